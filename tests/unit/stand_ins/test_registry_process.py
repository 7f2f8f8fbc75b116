import os
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

from stand_ins.people import national_card_number
from stand_ins.registry.process import NotStartedError, RegistryProcess, running_registry


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_state_survives_a_restart(tmp_path: Path, client_of) -> None:
    state = tmp_path / "state.sqlite"
    with running_registry(patrons=20, state=state) as first:
        library = client_of(first.url, "2030000")
        library.call("endre", lnr=national_card_number(0), post={"epost": "kept@example.org"})
        first.admin.set_password("2040000", "kept")
        first.admin.set_clock(60)
        before = first.admin.listing()

    with running_registry(patrons=20, state=state) as second:
        assert second.admin.listing() == before
        assert second.admin.summary()["offset_s"] == 60
        library = client_of(second.url, "2040000", "kept")
        [record] = library.call("hent", identifikator=national_card_number(0)).records
    assert record["epost"] == "kept@example.org"


def test_a_state_of_another_seed_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with running_registry(patrons=5, state=state):
        pass

    with (
        pytest.raises(NotStartedError, match="was made with"),
        running_registry(patrons=5, seed=2, state=state),
    ):
        pass


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "notes.txt"
    state.write_text("not a database, but long enough to be looked at" * 50)

    with pytest.raises(NotStartedError, match="not a state file"), running_registry(state=state):
        pass
    assert state.read_text().startswith("not a database")


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    state = tmp_path / "nowhere" / "state.sqlite"

    with pytest.raises(NotStartedError, match="cannot be used"), running_registry(state=state):
        pass


def test_too_many_patrons_for_the_series_are_reported() -> None:
    with (
        pytest.raises(NotStartedError, match="4999999 patrons"),
        running_registry(patrons=5_000_000, libraries=["2030000"]),
    ):
        pass


def test_a_taken_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(NotStartedError, match=f"cannot listen on 127.0.0.1:{port}"),
            running_registry(extra=[f"--port={port}"]),
        ):
            pass


def test_the_process_ends_with_the_block_even_by_an_exception() -> None:
    pids = []

    def body() -> None:
        with running_registry(patrons=1) as running:
            pids.append(running.pid)
            raise KeyError

    with pytest.raises(KeyError):
        body()

    assert not is_running(pids[0])


def test_it_stops_on_request_with_success_and_leaves_no_file(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "stand_ins.registry", "--port=0", "--patrons=5"],
        cwd=Path(__file__).parents[3], env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    line = process.stdout.readline() if process.stdout else ""
    files = list(tmp_path.iterdir())

    process.terminate()
    out, err = process.communicate(timeout=10)

    assert line.startswith("registry stand-in listening on http://127.0.0.1:")
    assert len(files) == 1
    assert (process.returncode, out, err) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_one_connection_serves_many_requests(registry: RegistryProcess) -> None:
    connection = HTTPConnection(registry.url.removeprefix("http://"), timeout=10)

    for _ in range(3):
        connection.request("GET", "/admin/health")
        assert connection.getresponse().read() == b'{"status": "ok"}'
        assert connection.sock is not None
    connection.close()


def test_an_abandoned_stream_harms_nobody(fresh: RegistryProcess, client_of) -> None:
    library = client_of(fresh.url, "2030000")
    for _ in range(5):
        connection = HTTPConnection(fresh.url.removeprefix("http://"), timeout=10)
        connection.request("POST", "/laanekort/fl.php", library.feed_request(), library.headers)
        connection.getresponse().read(1_000)
        connection.close()

    assert library.call("endre", lnr=national_card_number(0), post={"epost": ""}).ok
    assert len(library.post(library.feed_request()).records) == 600
