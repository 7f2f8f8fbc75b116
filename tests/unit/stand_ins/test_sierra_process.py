import json
from pathlib import Path

import pytest

from stand_ins.process import NotStartedError
from stand_ins.sierra.process import running_sierra
from stand_ins.symphony.process import running_symphony
from tests.unit.stand_ins.json_caller import JsonCaller
from tests.unit.stand_ins.sierra_caller import logged_in
from tests.unit.stand_ins.symphony_caller import HEADERS, log_in


def test_it_runs_as_a_process_with_dials_from_a_file(tmp_path: Path) -> None:
    dials = tmp_path / "dials.json"
    dials.write_text(json.dumps({"dials": [{"dial": "server_error", "operation": "list"}]}))

    with running_sierra(patrons=30, seed=2, extra=[f"--faults={dials}", "--warm=,"]) as sierra:
        assert logged_in(sierra).get("/patrons/").status == 500
        assert logged_in(sierra).get("/patrons/1000001").status == 200
        assert sierra.admin.summary()["seed"] == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"dials": [{"dial": "earthquake"}]}', "no such dial"), ("{", "dials.json")],
    ids=["no_dial", "no_json"],
)
def test_wrong_dials_are_reported(tmp_path: Path, text, reason) -> None:
    dials = tmp_path / "dials.json"
    dials.write_text(text)

    with (
        pytest.raises(NotStartedError, match=reason),
        running_sierra(patrons=1, extra=[f"--faults={dials}"]),
    ):
        pass


def test_a_site_of_symphony_has_its_own_settings() -> None:
    extra = ["--webapp=demo_ilsws", "--indexes=ID,PROFILE", "--address-style=lines", "--warm=*"]
    with running_symphony(patrons=30, extra=extra) as symphony:
        caller = JsonCaller(f"{symphony.url}/demo_ilsws", dict(HEADERS))
        caller.headers["x-sirs-sessionToken"] = log_in(caller).json["sessionToken"]

        described = caller.get("/user/patron/describe").json
        lines = caller.get("/user/patron/key/1001", includeFields="address1").json["fields"]

    assert described["searchIndexList"] == [{"name": "ID"}, {"name": "PROFILE"}]
    codes = [line["fields"]["code"]["key"] for line in lines["address1"]]
    assert codes == ["LINE1", "LINE2", "EMAIL", "PHONE"]
