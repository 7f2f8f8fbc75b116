"""In which forms a person's numbers are looked for (X6, X10)."""

from __future__ import annotations

from registry_operators.domain.sync.identifiers import identifier_forms


def test_a_card_number_is_looked_for_in_both_cases() -> None:
    assert identifier_forms(["N105000007"], []) == ["N105000007", "n105000007"]


def test_a_short_card_number_is_not_looked_for() -> None:
    assert identifier_forms(["12345"], []) == []
    assert identifier_forms(["123456"], []) == ["123456"]


def test_a_national_id_is_looked_for_with_what_may_part_it() -> None:
    assert identifier_forms([], ["01019912345"]) == [
        "010199 12345", "010199-12345", "01019912345",
    ]  # fmt: skip


def test_a_duf_number_has_one_form() -> None:
    assert identifier_forms([], ["201012345678"]) == ["201012345678"]
