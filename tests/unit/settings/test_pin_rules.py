"""How a library hands out PINs, and which ones it takes (spec N2.5)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from registry_operators.domain.pin import Pin
from registry_operators.settings.libraries import PinRules
from tests.factories import DEFAULT_PIN, LIBRARY, a_config, a_library_config


def rules_of(**written: Any) -> PinRules:
    return PinRules.model_validate(written)


def test_who_says_nothing_hands_out_the_default_pin_and_takes_no_simple_one() -> None:
    library = a_config().libraries[LIBRARY]

    assert library.pin_rules == rules_of(
        newcomers="default", refuse_simple=True, log_in_before_change=True
    )
    assert library.pin_for_all == Pin(DEFAULT_PIN)


def test_where_each_gets_another_pin_there_is_none_for_all() -> None:
    block = a_library_config(pin_rules={"newcomers": "random"})

    assert a_config(**{f"_{LIBRARY}": block}).libraries[LIBRARY].pin_for_all is None


@pytest.mark.parametrize(
    "written",
    [
        {"newcomers": "secret"},
        {"newcomers": None},
        {"refuse_simple": "yes"},
        {"log_in_before_change": 1},
        {"refuse_simpel": True},
    ],
)
def test_what_is_not_known_is_an_error(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rules_of(**written)


def test_a_run_is_pinned_to_the_rules() -> None:
    digests = {
        a_config(**{f"_{LIBRARY}": a_library_config(pin_rules=rules)}).digest
        for rules in ({}, {"newcomers": "random"}, {"refuse_simple": False})
    }

    assert len(digests) == 3
