from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.keys import (
    SyncKeys,
    drawn_pin,
    fingerprint,
    person_key,
    pin_fingerprint,
)
from registry_operators.domain.national_id import NationalId
from registry_operators.domain.pin import Pin, is_simple
from registry_operators.ledger.pin_vault import PinVault
from tests.factories import KEYS, a_national_id

ONE, OTHER = (person_key(NationalId(a_national_id(index)), KEYS) for index in (0, 1))


def test_the_three_keys_of_a_master_differ_and_are_always_the_same() -> None:
    again = SyncKeys.from_master(bytes(range(32)))

    assert len({KEYS.person, KEYS.fingerprint, KEYS.pin}) == 3
    assert again == KEYS
    assert SyncKeys.from_master(bytes(32)) != KEYS


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SyncKeys.from_master(bytes(31))


def test_keys_and_their_parts_hide_themselves() -> None:
    assert KEYS.person.hex() not in repr(KEYS)
    assert repr(KEYS.person) not in repr(KEYS)


def test_a_person_key_says_nothing_of_the_national_id() -> None:
    assert len(ONE) == 32
    assert ONE != OTHER
    assert hashlib.sha256(a_national_id(0).encode()).digest() != ONE


def test_equal_values_of_two_people_differ_and_so_do_fields() -> None:
    marks = {
        fingerprint(person, field, "4711", KEYS)
        for person in (ONE, OTHER)
        for field in ("card", "pin", "relation")
    }

    assert len(marks) == 6


def test_a_pins_fingerprint_is_that_of_its_digits() -> None:
    assert pin_fingerprint(ONE, Pin("4711"), KEYS) == fingerprint(ONE, "pin", "4711", KEYS)


@given(st.binary(max_size=100))
def test_the_pads_make_the_same_hmac(message: bytes) -> None:
    inner, outer = KEYS.fingerprint_pads

    made = hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()

    assert made == hmac.digest(KEYS.fingerprint, message, "sha256")


class TestPinVault:
    def test_a_sealed_pin_opens_for_its_person_only(self) -> None:
        sealed = PinVault(KEYS).seal(ONE, Pin("4711"))

        assert PinVault(KEYS).open(ONE, sealed) == Pin("4711")
        assert PinVault(KEYS).open(OTHER, sealed) is None

    def test_the_same_pin_is_sealed_differently_each_time(self) -> None:
        vault = PinVault(KEYS)

        assert vault.seal(ONE, Pin("4711")) != vault.seal(ONE, Pin("4711"))

    @pytest.mark.parametrize("sealed", [b"", b"x" * 11, b"x" * 40])
    def test_what_was_not_sealed_does_not_open(self, sealed: bytes) -> None:
        assert PinVault(KEYS).open(ONE, sealed) is None

    def test_another_key_opens_nothing(self) -> None:
        sealed = PinVault(KEYS).seal(ONE, Pin("4711"))

        assert PinVault(SyncKeys.from_master(bytes(32))).open(ONE, sealed) is None

    def test_one_changed_byte_is_noticed(self) -> None:
        sealed = bytearray(PinVault(KEYS).seal(ONE, Pin("4711")))
        sealed[14] ^= 1

        assert PinVault(KEYS).open(ONE, bytes(sealed)) is None


def test_a_drawn_pin_is_always_the_same_for_person_keys_and_occasion() -> None:
    other_keys = SyncKeys.from_master(bytes(32))
    drawn = drawn_pin(ONE, KEYS)

    assert drawn_pin(ONE, KEYS) == drawn
    assert len({drawn, drawn_pin(OTHER, KEYS), drawn_pin(ONE, other_keys),
                drawn_pin(ONE, KEYS, b"again")}) == 4  # fmt: skip


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=16))
def test_a_drawn_pin_is_never_a_simple_one(person: bytes, occasion: bytes) -> None:
    assert not is_simple(drawn_pin(person, KEYS, occasion))


def test_drawn_pins_are_spread_over_all_that_may_be() -> None:
    drawn = [drawn_pin(bytes(28) + number.to_bytes(4, "big"), KEYS) for number in range(20_000)]

    assert len(set(drawn)) > 8_000
    firsts = [sum(pin.digits[0] == digit for pin in drawn) for digit in "0123456789"]
    assert min(firsts) > 1_700
    assert max(firsts) < 2_300
