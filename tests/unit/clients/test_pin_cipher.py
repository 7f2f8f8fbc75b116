from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.clients.pin_cipher import PinCipher, parse_vendor_key
from registry_operators.domain.pin import Pin
from stand_ins.registry.pins import PinCipher as RegistrysOwn

KEY = "00112233445566778899aabbccddeeff"
CIPHER = PinCipher(bytes.fromhex(KEY))
PINS = st.integers(0, 9999).map("{:04d}".format)


def test_the_known_vector_holds() -> None:
    assert CIPHER.encrypt(Pin("1234")) == "31e265cc870f872fcaf9c41763c53783"


@given(PINS)
def test_what_was_encrypted_is_decrypted_in_any_case_of_letters(digits: str) -> None:
    wire = CIPHER.encrypt(Pin(digits))

    assert CIPHER.decrypt(wire) == CIPHER.decrypt(wire.upper()) == Pin(digits)


@given(PINS)
def test_the_registry_reads_it_as_we_do(digits: str) -> None:
    assert RegistrysOwn(bytes.fromhex(KEY)).decrypt(CIPHER.encrypt(Pin(digits))) == digits


@pytest.mark.parametrize("wire", ["", "1234", "f" * 32, "31e265cc", "zz" * 16, "31e2" * 16])
def test_what_is_no_pin_is_none(wire: str) -> None:
    assert CIPHER.decrypt(wire) is None


def test_another_key_reads_nothing() -> None:
    other = PinCipher(bytes(16))

    assert other.decrypt(CIPHER.encrypt(Pin("1234"))) is None


@pytest.mark.parametrize("text", ["", "geheim", KEY[:-2], KEY + "00", KEY[:-1]])
def test_a_wrong_vendor_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="PIN key") as caught:
        parse_vendor_key(text)

    assert not text or text not in str(caught.value)
