"""Each check of the configuration has its own verdict, whatever the others say (N2.7)."""

from __future__ import annotations

import json

import pytest
import yaml

from registry_operators.settings.configuration_checks import Check, Verdict, check_configuration
from registry_operators.settings.connections import ConnectionFields, connection_from
from registry_operators.settings.libraries import parse_libraries
from tests.factories import DEMO_KEYS_CONNECTION, LIBRARY, OTHER_LIBRARY, a_library_config

CORRECT, WARNING, WRONG, NOT_CHECKED = Verdict
KEYS = connection_from(
    {"AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION)}, "patron_sync_keys"
)


@pytest.fixture
def checked(tmp_path):
    """Check two libraries with what a test changes."""

    def check(connections=("registry_2030000", "registry_2040000"), keys=KEYS, **changes):
        content = {"libraries": {code: a_library_config(code) for code in (LIBRARY, OTHER_LIBRARY)}}
        file = tmp_path / "libraries.yaml"
        file.write_text(yaml.safe_dump(content | changes), encoding="utf-8")
        known = {conn_id: ConnectionFields(conn_id) for conn_id in connections}
        found = check_configuration(
            lambda: parse_libraries(file), {**known, "patron_sync_keys": keys}.get
        )
        return found, {one.check: one.verdict for one in found.checks}

    return check


def test_everything_is_correct(checked):
    found, verdicts = checked()

    assert verdicts == dict.fromkeys(Check, CORRECT)
    assert found.config is not None
    assert [one.lines for one in found.checks] == [()] * len(Check)


@pytest.mark.parametrize(
    ("change", "check", "verdict", "says"),
    [
        ({"timezone": "Mars"}, Check.FILE, WRONG, "timezone 'Mars' is unknown"),
        ({"connections": ()}, Check.CONNECTIONS, WRONG, "registry_2030000"),
        ({"keys": None}, Check.KEYS, WRONG, "patron_sync_keys"),
        ({"keys": ConnectionFields("k", password="00")}, Check.KEYS, WRONG, "64 hex digits"),
        (
            {"keys": ConnectionFields("k", password="00" * 32)}, Check.KEYS, WRONG,
            "registry_pin_secret",
        ),
        (
            {"pages": {"librarians": {"kari": ["1234567"]}}}, Check.NUMBERS, WRONG,
            "field pages.librarians.kari: library 1234567",
        ),
        (
            {"libraries": {LIBRARY: a_library_config(registry_series=[])}}, Check.SERIES, WARNING,
            "outside the registry_series",
        ),
    ],
)  # fmt: skip
def test_one_thing_is_wrong(checked, change, check, verdict, says):
    found, verdicts = checked(**change)

    assert verdicts[check] == verdict
    assert says in " ".join(line for one in found.checks for line in one.lines)
    assert [other for other, told in verdicts.items() if told in {WRONG, WARNING}] == [check]


def test_a_file_that_cannot_be_read_leaves_the_keys_to_check(checked):
    found, verdicts = checked(timezone="Mars")

    assert found.config is None
    assert verdicts == dict.fromkeys(Check, NOT_CHECKED) | {Check.FILE: WRONG, Check.KEYS: CORRECT}


def test_a_missing_file_is_told(tmp_path):
    found = check_configuration(lambda: parse_libraries(tmp_path / "none.yaml"), lambda _: None)

    assert "the file is missing" in found.checks[0].lines[0]
