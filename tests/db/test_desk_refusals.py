"""What the desk refuses to create, and that nothing is half done then (spec N3.2, N3.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry_operators.desk.new_patron import Guardian
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.person_name import PersonName
from tests.db.desk_bench import LIBRARIAN, SELF_SERVICE, DeskBench, configure
from tests.db.flow_world import World
from tests.db.sql_bench import put
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    a_run_id,
)
from tests.unit.steps.fake_registry import Person

CARD, OTHERS_CARD = a_card_number(0), a_card_number(1)
RIGHT = a_national_id(0)
ANOTHER_DIGIT = str((int(RIGHT[-1]) + 1) % 10)
ARABIC_CARD = CARD.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
ONE_NUMBER = {"prefix": "N", "first": "105000000", "last": "105000000", "next": "105000000"}


def refused(desk: DeskBench, refusal: Refusal, field: str | None = None, **request: Any) -> None:
    """Expect a creation to be refused, and nothing to have happened."""
    before = desk.everything()
    given = [text for text in request.values() if isinstance(text, str) and len(text) > 2]
    with pytest.raises(DeskError) as caught:
        desk.create(**request)
    assert caught.value.refusal is refusal
    assert field in (None, caught.value.field)
    told = str(caught.value)
    assert not [text for text in given if text in told and text != request.get("library")]
    assert RIGHT not in told
    assert desk.everything() == before


NO_IDS = {
    "none": "",
    "blanks": "  ",
    "words": "Nora Nyberg",
    "too_short": RIGHT[:-1],
    "too_long": RIGHT + "00",
    "last_digit": RIGHT[:-1] + ANOTHER_DIGIT,
    "digits_swapped": RIGHT[:4] + RIGHT[5] + RIGHT[4] + RIGHT[6:],
    "twelve_digits": "200001010000",
    "other_script": RIGHT.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
}


@pytest.mark.parametrize("caller", [LIBRARIAN, SELF_SERVICE], ids=["librarian", "self_service"])
@pytest.mark.parametrize("text", NO_IDS.values(), ids=NO_IDS)
def test_a_national_id_that_is_none(desk: DeskBench, caller, text: str) -> None:
    refused(desk, Refusal.INVALID_NATIONAL_ID, "personIdentifier", caller=caller, national_id=text)
    assert desk.world.registry.calls == []


FORMS: list[tuple[Refusal, str, dict[str, Any]]] = [
    (Refusal.INVALID_NATIONAL_ID, "personIdentifier",
     {"caller": SELF_SERVICE, "national_id": None}),
    (Refusal.INVALID_NATIONAL_ID, "guardian.personIdentifier",
     {"guardian": Guardian(RIGHT[:-1] + ANOTHER_DIGIT, "Kari Nyberg", {})}),
    (Refusal.GUARDIAN_IS_CHILD, "guardian.personIdentifier",
     {"guardian": Guardian(RIGHT, "Kari Nyberg", {})}),
    (Refusal.GUARDIAN_IS_CHILD, "guardian.personIdentifier",
     {"guardian": Guardian(f" {RIGHT[:6]} {RIGHT[6:]}", "Kari Nyberg", {})}),
    (Refusal.NAME_MISSING, "guardian.name",
     {"guardian": Guardian(a_national_id(9), " ", {})}),
    (Refusal.NAME_MISSING, "surname", {"name": None}),
    (Refusal.NAME_MISSING, "surname", {"name": PersonName("", "Nora")}),
    (Refusal.NAME_MISSING, "surname", {"name": PersonName("  ", "Nora")}),
    *((Refusal.INVALID_CARD_NUMBER, "cardNumber", {"card_number": text})
      for text in ("", " ", "N 100000001", "N" * 21, "N10000000æ", f"{CARD}\n", ARABIC_CARD)),
    *((Refusal.INVALID_PIN, "pincode", {"pin": text})
      for text in ("", "471", "47111", "47a1", "4 71", "٤٧١١", "4711\n")),
    *((Refusal.SIMPLE_PIN, "pincode", {"pin": text})
      for text in ("0000", "1234", "9876", "6789", DEFAULT_PIN)),
    (Refusal.UNKNOWN_LIBRARY, "library", {"library": "2999999"}),
    (Refusal.UNKNOWN_LIBRARY, "library", {"library": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("refusal", "field", "request_"), FORMS, ids=lambda part: str(part)[:30])
def test_a_value_of_the_wrong_form(desk, refusal: Refusal, field: str, request_) -> None:
    refused(desk, refusal, field, **request_)
    assert desk.world.registry.calls == []


def test_a_simple_pin_is_refused_unless_the_library_takes_it(desk: DeskBench) -> None:
    refused(desk, Refusal.SIMPLE_PIN, pin="1234")
    configure(desk.world, pin_rules={"refuse_simple": False})

    made = desk.create(pin="1234")

    assert desk.pin(made.patron.patron_id) == "1234"


def test_the_default_pin_is_refused_even_where_simple_ones_are_taken(desk: DeskBench) -> None:
    """Nobody would have to change it any more, and the push would send it to all libraries."""
    configure(desk.world, pin_rules={"refuse_simple": False})

    refused(desk, Refusal.SIMPLE_PIN, "pincode", pin=DEFAULT_PIN)


def test_where_each_gets_another_pin_the_default_one_is_like_any_other(desk: DeskBench) -> None:
    configure(desk.world, pin_rules={"newcomers": "random"})

    made = desk.create(pin=DEFAULT_PIN)

    assert desk.pin(made.patron.patron_id) == DEFAULT_PIN


def patron_exists(world: World) -> None:
    world.cicero.add(a_patron())


def card_in_use_here(world: World) -> None:
    world.cicero.add(a_patron(1, card=CARD))


def card_replaced_here(world: World) -> None:
    world.cicero.change_card(world.cicero.add(a_patron(1, card=CARD)), OTHERS_CARD)


def local_card_in_use_here(world: World) -> None:
    world.cicero.add(a_patron(1, local_card="L-17"))


def card_in_use_elsewhere(world: World) -> None:
    world.cicero.add(a_patron(1, library=OTHER_LIBRARY, card=CARD))


def card_of_nobody_known_elsewhere(world: World) -> None:
    world.cicero.add(a_patron(1, library=OTHER_LIBRARY, card=CARD, national_id=None, pin=None))


def number_retired(world: World) -> None:
    put(world, "patron_sync.retired_card_number", card_number=CARD)


def number_taken(world: World) -> None:
    taken_by = world.cicero.add(a_patron(1, card=None))
    put(
        world, "patron_sync.taken_card_number", library=LIBRARY, patron_id=taken_by,
        card_number=CARD, run_id=a_run_id(7),
    )  # fmt: skip


def sequence_exhausted(world: World) -> None:
    configure(world, card_sequence=ONE_NUMBER)
    world.cicero.add(a_patron(1, card="N105000000"))


def several_in_registry(world: World) -> None:
    world.registry.add(0)
    world.registry.add(0, card=a_card_number(60))


class Stranger(Person):
    """A record that the registry hands out for somebody else's national id."""

    def told(self) -> Any:
        return Person.told(self)._replace(national_id=a_national_id(9))


def somebody_else_in_registry(world: World) -> None:
    world.registry.people.append(Stranger(CARD, RIGHT))


def unreadable_pin(world: World) -> None:
    world.registry.add(0).pin = "0f" * 16


def their_card_is_ours(world: World) -> None:
    world.registry.add(0, card=CARD)
    world.cicero.add(a_patron(1, card=CARD))


def registry_away(world: World) -> None:
    world.registry.away_libraries.add(LIBRARY)


def registry_refuses_us(world: World) -> None:
    world.registry.refused_libraries.add(LIBRARY)


CASES: list[tuple[Callable[[World], None], Refusal, dict[str, Any]]] = [
    (patron_exists, Refusal.PATRON_EXISTS, {}),
    (patron_exists, Refusal.PATRON_EXISTS, {"caller": SELF_SERVICE, "name": None}),
    (patron_exists, Refusal.PATRON_EXISTS, {"national_id": f"{RIGHT[:6]} {RIGHT[6:]}"}),
    (card_in_use_here, Refusal.CARD_IN_USE, {"card_number": CARD}),
    (card_replaced_here, Refusal.CARD_IN_USE, {"card_number": CARD}),
    (local_card_in_use_here, Refusal.CARD_IN_USE, {"card_number": "L-17"}),
    (card_in_use_elsewhere, Refusal.CARD_IN_USE, {"card_number": CARD}),
    (card_of_nobody_known_elsewhere, Refusal.CARD_IN_USE, {"card_number": CARD}),
    (card_of_nobody_known_elsewhere, Refusal.CARD_IN_USE,
     {"card_number": CARD, "national_id": None}),
    (number_retired, Refusal.CARD_IN_USE, {"card_number": CARD}),
    (number_taken, Refusal.CARD_IN_USE, {"card_number": CARD}),
    (sequence_exhausted, Refusal.SEQUENCE_EXHAUSTED, {}),
    (sequence_exhausted, Refusal.SEQUENCE_EXHAUSTED, {"caller": SELF_SERVICE, "name": None}),
    (several_in_registry, Refusal.AMBIGUOUS_PERSON, {}),
    (somebody_else_in_registry, Refusal.AMBIGUOUS_PERSON, {}),
    (unreadable_pin, Refusal.PIN_UNREADABLE, {}),
    (their_card_is_ours, Refusal.CARD_IN_USE, {}),
    (their_card_is_ours, Refusal.CARD_IN_USE, {"caller": SELF_SERVICE, "name": None}),
    (registry_away, Refusal.REGISTRY_UNREACHABLE, {"caller": SELF_SERVICE, "name": None}),
    (registry_refuses_us, Refusal.REGISTRY_UNREACHABLE, {"caller": SELF_SERVICE, "name": None}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("circumstance", "refusal", "request_"),
    CASES,
    ids=[f"{case[0].__name__}-{number}" for number, case in enumerate(CASES)],
)
def test_a_creation_that_circumstances_forbid(desk, circumstance, refusal, request_) -> None:
    circumstance(desk.world)

    refused(desk, refusal, **request_)


def test_nobody_who_exists_is_looked_up_for_a_second_creation(desk: DeskBench) -> None:
    """Who has withdrawn consent must not be asked about because somebody types them in again."""
    desk.world.cicero.add(a_patron(withdrawn=True))

    refused(desk, Refusal.PATRON_EXISTS)

    assert desk.world.registry.calls == []


def test_a_pin_that_cannot_be_read_does_no_harm_where_one_is_given(desk: DeskBench) -> None:
    unreadable_pin(desk.world)

    made = desk.create(pin="8642")

    assert (desk.pin(made.patron.patron_id), made.creation.rule) == ("8642", "C2")
