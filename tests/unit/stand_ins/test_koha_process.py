"""The command line, and the life of the process."""

import json
import socket
from pathlib import Path

import pytest

from stand_ins.koha.process import running_koha
from stand_ins.process import NotStartedError
from tests.unit.stand_ins.koha_caller import Caller


def test_it_runs_with_its_options_and_faults(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"dials": [{"dial": "html_503", "times": 1}]}))
    extra = [f"--faults={faults}", "--page-size=7", "--zone=UTC", "--extra-fields"]

    with running_koha(patrons=30, extra=extra) as running:
        koha = Caller(running)
        answers = [koha.get(), koha.get()]

    assert [answer.status_code for answer in answers] == [503, 200]
    assert len(answers[1].json()) == 7
    assert answers[1].json()[0]["updated_on"].endswith("+00:00")
    assert "x_local_code" in answers[1].json()[0]


def test_a_taken_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(NotStartedError, match=f"cannot listen on 127.0.0.1:{port}"),
            running_koha(extra=[f"--port={port}"]),
        ):
            pass


def test_a_wrong_dial_is_reported(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('{"dials": [{"dial": "nonsense"}]}')

    with (
        pytest.raises(NotStartedError, match="no such dial"),
        running_koha(extra=[f"--faults={faults}"]),
    ):
        pass
