"""Each mistake in limits and conflict policies gives one clear line (spec N2.7, X2, X3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from registry_operators.domain.guards import Alarm, GuardKind, Limit
from registry_operators.errors import ConfigurationError
from registry_operators.settings.guards import Guards
from registry_operators.settings.libraries import load_libraries
from tests.factories import LIBRARY, OTHER_LIBRARY, a_config, a_library_config

ANNOUNCED = {
    "kind": "pin_overwrites", "per_night": 900, "until": "2026-12-31", "why": "new PIN rules",
}  # fmt: skip


@pytest.fixture
def problems(tmp_path: Path):
    """The lines that a file is refused with, below the first one that counts them."""

    def read(guards: object = None, **library: Any) -> list[str]:
        file = tmp_path / "libraries.yaml"
        content: dict[str, Any] = {"libraries": {LIBRARY: a_library_config(LIBRARY, **library)}}
        if guards is not None:
            content["guards"] = guards
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        with pytest.raises(ConfigurationError) as caught:
            load_libraries(file)
        first, *lines = str(caught.value).splitlines()
        assert str(file) in first
        return [line.strip() for line in lines]

    return read


@pytest.mark.parametrize(
    ("guards", "told"),
    [
        ({"limits": {"pin_overwrites": {"percent": 101}}}, ["limits.pin_overwrites", "100", "101"]),
        ({"limits": {"pin_overwrites": {"percent": -1}}}, ["limits.pin_overwrites", "0", "-1"]),
        ({"limits": {"pin_overwrites": {"percent": "many"}}}, ["percent", "number", "'many'"]),
        ({"limits": {"pin_overwrites": {}}}, ["limits.pin_overwrites.percent", "is missing"]),
        ({"limits": {"pin_overwrites": {"percent": 1, "at_least": -1}}}, ["at_least", "-1"]),
        ({"limits": {"pin_overwrites": {"percent": 1, "share": 2}}}, ["share", "not known"]),
        ({"limits": {"pins": {"percent": 1}}}, ["guards.limits.pins", "'pin_overwrites'"]),
        ({"limit": {}}, ["guards.limit", "not known"]),
        ({"source_shrink": {"percent": 200}}, ["source_shrink.percent", "200"]),
        ({"failing_records": {"warn_percent": 9}}, ["failing_records", "must not fall"]),
        ({"failing_records": {"critical_percent": 50}}, ["failing_records", "must not fall"]),
        ({"failing_records": {"stop_percent": 101}}, ["failing_records.stop_percent", "101"]),
        ({"approval": {"expire_days": 8}}, ["approval.expire_days", "7", "8"]),
        ({"approval": {"expire_days": 0}}, ["approval.expire_days", "0"]),
        ({"approval": {"four_eyes": "perhaps"}}, ["approval.four_eyes", "'perhaps'"]),
        ({"announced": [ANNOUNCED | {"kind": "pins"}]}, ["announced.0.kind", "'pins'"]),
        ({"announced": [ANNOUNCED | {"per_night": 0}]}, ["announced.0.per_night", "0"]),
        ({"announced": [ANNOUNCED | {"until": "soon"}]}, ["announced.0.until", "'soon'"]),
        ({"announced": [ANNOUNCED | {"why": ""}]}, ["announced.0.why", "''"]),
        ({"announced": [{**ANNOUNCED, "why": None}]}, ["announced.0.why", "string"]),
        ({"announced": [ANNOUNCED | {"libraries": [OTHER_LIBRARY]}]},
         ["guards.announced", f"library {OTHER_LIBRARY}"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_guards_is_told_in_one_line(problems, guards, told) -> None:
    (line,) = problems(guards)

    assert line.startswith("field guards")
    assert all(word in line for word in told), line


def test_an_announcement_without_a_reason_is_told(problems) -> None:
    (line,) = problems(
        {"announced": [{key: ANNOUNCED[key] for key in ("kind", "per_night", "until")}]}
    )

    assert line == "field guards.announced.0.why: is missing; add it"


@pytest.mark.parametrize(
    ("library", "told"),
    [
        ({"limits": {"pins": {"percent": 1}}}, ["limits.pins", "'pin_overwrites'"]),
        ({"limits": {"creations": {"percent": 120}}}, ["limits.creations.percent", "120"]),
        ({"conflicts": {"pin": "newest"}}, ["conflicts.pin", "'newest_wins'", "'newest'"]),
        ({"conflicts": {"card": "hold"}}, ["conflicts.card", "not known"]),
        ({"conflicts": "hold"}, ["conflicts", "'hold'"]),
    ],
)
def test_a_mistake_in_a_library_names_the_library(problems, library, told) -> None:
    (line,) = problems(**library)

    assert line.startswith(f"library {LIBRARY}, field ")
    assert all(word in line for word in told), line


def test_values_that_go_before_their_decision_are_told(tmp_path: Path) -> None:
    file = tmp_path / "libraries.yaml"
    content: dict[str, Any] = {"libraries": {LIBRARY: a_library_config()}}
    for expire_days in (6, 7):
        guards = {"approval": {"expire_days": expire_days}}
        content |= {"retention": {"staging_days": 6}, "guards": guards}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        if expire_days == 6:
            assert load_libraries(file).guards.approval.expire_days == 6
    with pytest.raises(ConfigurationError, match=r"staging_days \(6\) must be at least.*\(7\)"):
        load_libraries(file)


def test_the_defaults_are_those_of_the_documents() -> None:
    guards = Guards()

    assert {kind.value: guards.limit(kind) for kind in GuardKind} == {
        "relation_removals": Limit(5, 20, 500), "field_clears": Limit(2), "card_overwrites":
        Limit(1), "pin_overwrites": Limit(1), "creations": Limit(20), "consent_flips": Limit(5),
    }  # fmt: skip
    assert guards.source_shrink.limit == Limit(10)
    assert (guards.approval.four_eyes, guards.approval.expire_days) == (True, 7)
    assert [guards.failing_records.limits.judge(1000, failing) for failing in (9, 10, 50, 400)] == [
        Alarm.NONE, Alarm.WARN, Alarm.CRITICAL, Alarm.STOP
    ]  # fmt: skip


def test_a_library_has_its_own_limit_and_others_that_of_all() -> None:
    own = a_library_config(LIBRARY, limits={"creations": {"percent": 50}})
    config = a_config(
        {"limits": {"creations": {"percent": 30}}},
        **{f"_{LIBRARY}": own, f"_{OTHER_LIBRARY}": a_library_config(OTHER_LIBRARY)},
    )

    assert config.limit(LIBRARY, GuardKind.CREATIONS) == Limit(50)
    assert config.limit(OTHER_LIBRARY, GuardKind.CREATIONS) == Limit(30)
    assert config.limit(LIBRARY, GuardKind.PIN_OVERWRITES) == Limit(1)


def test_conflicts_are_decided_by_the_sender_unless_said_otherwise() -> None:
    policies = a_config(
        **{f"_{LIBRARY}": a_library_config(LIBRARY, conflicts={"pin": "hold"})}
    ).libraries[LIBRARY].conflicts  # fmt: skip

    assert (policies.card_number, policies.pin) == ("sender_wins", "hold")
