from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from registry_operators.domain.signed_head import SignedHead, head_of
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier

# RFC 8032, section 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
KEY = AuditKey(SEED)


@pytest.fixture
def head() -> SignedHead:
    return KEY.sign(head_of(7, bytes(32), datetime(2026, 11, 22, tzinfo=UTC), KEY.key_id))


def test_the_public_key_is_that_of_the_standard() -> None:
    assert KEY.public_key == PUBLIC


def test_the_key_of_a_master_is_always_the_same_and_another_for_another() -> None:
    master = bytes(range(32))

    made = AuditKey.from_master(master)

    assert made.public_key == AuditKey.from_master(master).public_key
    assert made.public_key != AuditKey.from_master(bytes(32)).public_key
    assert made.public_key != AuditKey(master).public_key


def test_a_signature_is_accepted_with_the_public_key_alone(head: SignedHead) -> None:
    assert AuditVerifier([PUBLIC]).accepts(head)
    assert AuditVerifier([AuditKey(bytes(32)).public_key, PUBLIC]).accepts(head)


@pytest.mark.parametrize(
    "change",
    [{"event_no": 8}, {"digest": "01" * 32}, {"at": "2026-11-23T00:00:00+00:00"},
     {"key_id": "00" * 8}, {"signature": "00" * 64}, {"signature": "00"}],
)  # fmt: skip
def test_a_changed_head_is_not(head: SignedHead, change: dict[str, object]) -> None:
    assert not AuditVerifier([PUBLIC]).accepts(replace(head, **change))  # type: ignore[arg-type]


def test_another_key_accepts_nothing(head: SignedHead) -> None:
    other = AuditKey(bytes(32))

    assert not AuditVerifier([other.public_key]).accepts(head)
    assert not AuditVerifier([other.public_key]).accepts(replace(head, key_id=other.key_id))
    assert not AuditVerifier([]).accepts(head)


def test_a_key_hides_itself() -> None:
    assert SEED.hex() not in repr(KEY)
    assert SEED.hex() not in str(vars(KEY))
