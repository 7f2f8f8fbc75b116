"""What a web site asks for reaches the registry at the next push, and without consent never."""

from __future__ import annotations

import pytest

from tests.cms.foreign_client import ForeignClient
from tests.cms.live_world import SETTINGS, LiveWorld
from tests.factories import DEFAULT_PIN, LIBRARY, a_card_number, a_national_id

PIN, OTHER_PIN, THEIR_PIN = "4719", "8264", "5093"


@pytest.fixture
def index(live: LiveWorld) -> int:
    return live.newcomer()


def consenting(foreign: ForeignClient, index: int, **more: str) -> int:
    made = foreign.create(a_national_id(index), SETTINGS, nationalRegistryConsent=True, **more)
    assert made["hasNationalRegistrySynchronizationConsent"] is True
    return int(made["patronId"])


def test_an_unknown_person_gets_a_record_with_the_cards_number(live, foreign, index) -> None:
    patron_id = consenting(foreign, index, pincode=PIN)
    assert live.record(a_national_id(index)) is None

    live.world.push()

    assert live.record(a_national_id(index)) == {
        "card": foreign.card(patron_id), "pin": PIN, "relations": [LIBRARY],
    }  # fmt: skip


def test_a_known_person_brings_card_pin_name_and_birthday(live, foreign, index) -> None:
    person_id, card = a_national_id(index), a_card_number(index)
    live.put(person_id, card, THEIR_PIN, navn="Nyberg, Nora", fdato="1990-04-30")

    patron_id = consenting(foreign, index)

    assert foreign.card(patron_id) == card
    assert foreign.authenticate(card, THEIR_PIN).status == "VALID"
    patron = foreign.patron(patron_id)
    assert (patron["name"], patron["birthday"]) == ("Nora Nyberg", "1990-04-30")
    live.world.push()
    assert live.record(person_id) == {"card": card, "pin": THEIR_PIN, "relations": [LIBRARY]}


def test_without_consent_nobody_is_asked_or_told(live, foreign, index) -> None:
    live.put(a_national_id(index), a_card_number(index), THEIR_PIN)
    before = live.calls()

    patron_id = foreign.create(a_national_id(index), SETTINGS, pincode=PIN)["patronId"]
    asked = live.calls() - before
    live.world.push()
    live.world.pull()

    assert asked == 0
    assert live.record(a_national_id(index)) == {
        "card": a_card_number(index), "pin": THEIR_PIN, "relations": [],
    }  # fmt: skip
    assert foreign.card(patron_id) != a_card_number(index)
    assert foreign.authenticate(foreign.card(patron_id), PIN).status == "VALID"


def test_consent_given_later_counts_from_the_next_push(live, foreign, index) -> None:
    patron_id = int(foreign.create(a_national_id(index), SETTINGS, pincode=PIN)["patronId"])
    live.world.push()
    assert live.record(a_national_id(index)) is None

    foreign.consent(patron_id, True)
    live.world.push()

    record = live.record(a_national_id(index))
    assert record == {"card": foreign.card(patron_id), "pin": PIN, "relations": [LIBRARY]}


def test_a_withdrawn_consent_stops_what_waits_and_both_directions(live, foreign, index) -> None:
    person_id = a_national_id(index)
    patron_id = consenting(foreign, index, pincode=PIN)
    live.world.push()
    before = live.record(person_id)
    foreign.change_pin(patron_id, foreign.card(patron_id), OTHER_PIN)

    foreign.consent(patron_id, False)
    live.world.push()
    assert live.record(person_id) == before
    live.registry.admin.patch({}, national_id=person_id, pin=THEIR_PIN)
    live.world.pull()

    assert foreign.authenticate(foreign.card(patron_id), OTHER_PIN).status == "VALID"
    assert foreign.authenticate(foreign.card(patron_id), THEIR_PIN).status == "INVALID"


def test_a_creation_withdrawn_before_the_push_reaches_nobody(live, foreign, index) -> None:
    patron_id = consenting(foreign, index, pincode=PIN)

    assert foreign.consent(patron_id, False) == {}
    live.world.push()

    assert live.record(a_national_id(index)) is None


def test_a_new_pin_is_in_the_registry_after_the_next_push(live, foreign, index) -> None:
    patron_id = consenting(foreign, index, pincode=PIN)
    live.world.push()

    foreign.change_pin(patron_id, foreign.card(patron_id), OTHER_PIN)
    live.world.push()

    record = live.record(a_national_id(index))
    assert record is not None
    assert record["pin"] == OTHER_PIN


def test_a_default_pin_is_sent_only_after_it_was_changed(live, foreign, index) -> None:
    patron_id = consenting(foreign, index)
    live.world.push()
    record = live.record(a_national_id(index))
    assert record is not None
    assert record["pin"] is None
    assert foreign.authenticate(foreign.card(patron_id), DEFAULT_PIN).status == "VALID"

    foreign.change_pin(patron_id, a_national_id(index), PIN)
    live.world.push()

    record = live.record(a_national_id(index))
    assert record is not None
    assert record["pin"] == PIN


def test_a_pin_changed_elsewhere_opens_here_after_the_pull(live, foreign, index) -> None:
    patron_id = consenting(foreign, index, pincode=PIN)
    live.world.push()
    live.world.pull()

    live.registry.admin.patch({}, national_id=a_national_id(index), pin=THEIR_PIN)
    live.world.pull()

    assert foreign.authenticate(foreign.card(patron_id), THEIR_PIN).status == "VALID"


def test_a_deletion_takes_the_relation_away_and_leaves_the_person(live, foreign, index) -> None:
    person_id = a_national_id(index)
    patron_id = consenting(foreign, index, pincode=PIN)
    live.world.push()
    before = live.record(person_id)
    assert before is not None

    foreign.delete(patron_id)
    assert live.record(person_id) == before
    live.world.push()

    assert live.record(person_id) == before | {"relations": []}


def test_a_blocked_card_stays_at_home(live, foreign, index) -> None:
    patron_id = consenting(foreign, index, pincode=PIN)

    foreign.block(patron_id, foreign.card(patron_id))
    live.world.push()

    assert live.record(a_national_id(index)) is None
