from __future__ import annotations

from registry_operators.domain.pin import Pin
from registry_operators.ledger.journal_vault import JournalVault
from registry_operators.ledger.pin_vault import PinVault
from tests.factories import KEYS, a_person_key

VAULT = JournalVault(KEYS)
PERSON = a_person_key()


def test_gives_back_what_was_sealed() -> None:
    assert VAULT.open(PERSON, "card", VAULT.seal(PERSON, "card", "N100000001")) == "N100000001"


def test_the_same_value_looks_different_each_time() -> None:
    assert VAULT.seal(PERSON, "card", "N1") != VAULT.seal(PERSON, "card", "N1")


def test_opens_for_no_other_person_or_field_and_nothing_that_was_changed() -> None:
    sealed = VAULT.seal(PERSON, "card", "N100000001")

    assert VAULT.open(a_person_key(1), "card", sealed) is None
    assert VAULT.open(PERSON, "pin", sealed) is None
    assert VAULT.open(PERSON, "card", sealed[:-1] + b"x") is None


def test_has_a_key_of_its_own() -> None:
    assert PinVault(KEYS).open(PERSON, VAULT.seal(PERSON, "", "4711")) is None
    assert VAULT.open(PERSON, "", PinVault(KEYS).seal(PERSON, Pin("4711"))) is None
