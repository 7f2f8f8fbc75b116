"""What differs between two configurations."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.domain.configuration_change import changed_fields, field_digests
from tests.factories import KEYS, a_config, a_library_config

A = {"name": "a", "series": [{"first": "1"}]}
ONE: dict[str, Any] = {"timezone": "Europe/Oslo", "libraries": {"1": A}}


def test_every_field_has_a_digest_that_depends_on_its_name() -> None:
    digests = field_digests({"a": "1", "b": "1", "c": {"a": "1", "none": {}}}, KEYS)

    assert sorted(digests) == ["a", "b", "c.a"]
    assert len(set(digests.values())) == 3


def test_the_same_content_has_the_same_digests() -> None:
    config = a_config()

    assert field_digests(config.content, KEYS) == field_digests(config.content, KEYS)


@pytest.mark.parametrize(
    ("other", "changed"),
    [
        (ONE, []),
        ({**ONE, "timezone": "UTC"}, ["timezone"]),
        ({**ONE, "more": 1}, ["more"]),
        ({"timezone": "Europe/Oslo"}, ["-libraries.1"]),
        ({**ONE, "libraries": {"1": A, "2": {"name": "b"}}}, ["+libraries.2"]),
        ({**ONE, "libraries": {"1": {**A, "series": []}}}, ["libraries.1.series"]),
        (
            {**ONE, "libraries": {"1": {**A, "limits": {"x": 1}}}},
            ["libraries.1.limits.x"],
        ),
    ],
    ids=["nothing", "a value", "a new field", "a library less", "a library more", "a list",
         "a field that a library got"],
)  # fmt: skip
def test_changed_fields_are_named(other, changed) -> None:
    before, after = field_digests(ONE, KEYS), field_digests(other, KEYS)

    assert changed_fields(before, after) == changed


def test_an_effective_configuration_has_its_defaults() -> None:
    content = a_config(_2030000=a_library_config()).content

    assert content["libraries"]["2030000"]["conflicts"] == {
        "card_number": "sender_wins", "pin": "sender_wins",
    }  # fmt: skip
