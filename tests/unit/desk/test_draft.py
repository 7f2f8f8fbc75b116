"""What a page may carry of a patron to be created."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from registry_operators.desk.draft import GOOD_FOR, Draft, DraftVault
from registry_operators.desk.new_patron import Guardian, NewPatron
from registry_operators.domain.creation import Actor, CreationCase, decide_creation
from registry_operators.domain.keys import SyncKeys
from registry_operators.domain.person_name import PersonName
from tests.factories import KEYS, a_national_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGREED = decide_creation(
    CreationCase(
        Actor.LIBRARIAN, has_consent=True, has_card=True, has_pin=True, syncs_card=True,
        syncs_pin=False,
    )
)  # fmt: skip
DRAFT = Draft(
    NewPatron(
        "2030000", a_national_id(), PersonName("Nyberg", "Åse"), None, "8642", has_consent=True,
        guardian=Guardian(a_national_id(9), "Kari Dal", {"email": "kari@example.org"}),
        ticket="ab" * 32,
    ),
    AGREED,
    NOW,
)  # fmt: skip
VAULT = DraftVault(KEYS)


@pytest.mark.parametrize("agreed", [AGREED, None])
def test_a_draft_comes_back_as_it_was(agreed) -> None:
    draft = Draft(DRAFT.request, agreed, NOW)

    assert VAULT.open(VAULT.seal(draft, "kari"), "kari", NOW + GOOD_FOR) == draft


def test_it_shows_nothing_of_what_it_holds() -> None:
    sealed = VAULT.seal(DRAFT, "kari")

    content = base64.urlsafe_b64decode(sealed)
    assert VAULT.seal(DRAFT, "kari") != sealed
    for secret in (a_national_id(), a_national_id(9), "8642", "Nyberg", "2030000"):
        assert secret.encode() not in content
        assert secret not in repr(DRAFT)


@pytest.mark.parametrize(
    ("holder", "later", "key"),
    [
        ("ola", timedelta(), bytes(range(32))),
        ("kari", GOOD_FOR + timedelta(seconds=1), bytes(range(32))),
        ("kari", timedelta(), bytes(range(1, 33))),
    ],
    ids=["somebody else's", "too old", "another installation's"],
)
def test_it_opens_for_nobody_else(holder, later, key) -> None:
    vault = DraftVault(SyncKeys.from_master(key))

    assert vault.open(VAULT.seal(DRAFT, "kari"), holder, NOW + later) is None


@pytest.mark.parametrize("damage", ["", "x", "å", "AAAA", "=" * 9, "A" * 400])
def test_what_is_no_draft_is_none(damage) -> None:
    assert VAULT.open(damage, "kari", NOW) is None


def test_one_that_was_changed_is_none() -> None:
    sealed = VAULT.seal(DRAFT, "kari")

    for place in (0, len(sealed) // 2, len(sealed) - 10):
        changed = "B" if sealed[place] == "A" else "A"
        assert VAULT.open(sealed[:place] + changed + sealed[place + 1 :], "kari", NOW) is None
