"""What a librarian does at the desk, in each way of looking: every scenario of a new patron."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from registry_operators.domain.creation import LookUp, ValueSource
from registry_operators.web.views.desk_words import CARD_SOURCES, LOOK_UPS
from stand_ins.people import SyntheticPerson
from stand_ins.people import person as invented
from tests.browser.history import in_order
from tests.browser.look import IN_AIRFLOW, JOURNEY, PHONE, WITHOUT_SCRIPT, Look
from tests.browser.person import Person, Someone

FJORDBY = "2030000"
_STRANGERS = 5000
"""From here on are people whom the registry does not know."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    One way in which a patron is created.

    :param is_known: The registry has a record of the person.
    :param card: ``national``, ``local`` or ``None`` where none is typed.
    :param answers: The registry answers.
    :param look_up: What the page says of the registry, ``None`` where it is not asked.
    :param origin: Where the card number that is then in force comes from.
    :param queued: Whether the next push takes the patron up.
    """

    name: str
    is_known: bool = False
    has_consent: bool = True
    card: str | None = None
    has_pin: bool = False
    has_id: bool = True
    answers: bool = True
    look_up: LookUp | None = None
    card_source: ValueSource = ValueSource.GIVEN
    origin: str = "librarian"

    def __str__(self) -> str:
        return self.name


SCENARIOS = [
    Scenario("card and PIN are typed", card="national", has_pin=True),
    Scenario("the registry knows the person", is_known=True, look_up=LookUp.FOUND,
             card_source=ValueSource.REGISTRY, origin="registry"),
    Scenario("the registry does not know the person", look_up=LookUp.NOT_FOUND,
             card_source=ValueSource.SEQUENCE, origin="sequence"),
    Scenario("the registry does not answer", answers=False, look_up=LookUp.UNREACHABLE,
             card_source=ValueSource.SEQUENCE, origin="sequence"),
    Scenario("only the PIN is typed", has_pin=True, look_up=LookUp.NOT_FOUND,
             card_source=ValueSource.SEQUENCE, origin="sequence"),
    Scenario("a local card is typed", card="local", has_pin=True),
    Scenario("there is no consent", has_consent=False,
             card_source=ValueSource.SEQUENCE, origin="sequence"),
    Scenario("there is no national id", has_id=False, card_source=ValueSource.SEQUENCE,
             origin="sequence"),
]  # fmt: skip
WAYS = [
    *((look, one) for look in (IN_AIRFLOW, PHONE) for one in SCENARIOS),
    *((WITHOUT_SCRIPT, one) for one in SCENARIOS[:3]),
]


@pytest.fixture
def registry_silent(stage) -> Iterator[None]:
    """The registry takes calls and answers none of them."""
    stage.registry.set_faults({"dial": "server_error", "status": 503})
    yield
    stage.registry.set_faults()


def at_the_desk(person: Someone, look: Look) -> Person:
    one = person("librarian", look)
    one.open("desk")
    if one.here.locator("#library").input_value() != FJORDBY:
        one.choose("Library", value=FJORDBY)
        one.press("Stand at this desk")
        one.reads("Find a patron")
    return one


def next_number(stage) -> int:
    """A number that was not given to anybody on this stage."""
    ((last,),) = stage.query(
        "select last_value from pg_sequences where (schemaname, sequencename)"
        " = ('cicero', 'patron_patron_id_seq')"
    )
    return int(last) + 1


def somebody_known(stage) -> SyntheticPerson:
    """A person in perfect order at another library, whom the registry knows and this one not."""
    for number in in_order(1):
        who = invented(number)
        if not stage.query(
            "select 1 from cicero.patron where library = %s and national_id = %s",
            FJORDBY, who.national_id,
        ):  # fmt: skip
            return who
    raise AssertionError("everybody is at this library; start the stage anew")


def fill_in(one: Person, scenario: Scenario) -> str:
    """Fill in the form; return the surname."""
    number = next_number(one.stage)
    surname = f"Prøvesen {number}"
    one.follow("Create a patron")
    one.headed("New patron")
    if scenario.has_id:
        who = somebody_known(one.stage) if scenario.is_known else invented(_STRANGERS + number)
        one.fill("National id", who.national_id)
    else:
        one.field("The patron has no national id").check()
    one.fill("Surname", surname)
    one.fill("First name", "Kim")
    if scenario.has_consent:
        one.here.locator("#consent").check()
    if scenario.card:
        one.fill("Card number", f"N10480{number:04d}" if scenario.card == "national"
                 else f"L77{number:05d}")  # fmt: skip
    if scenario.has_pin:
        one.fill("PIN", "2846")
        one.fill("PIN once more", "2846")
    return surname


@pytest.mark.parametrize(
    ("look", "scenario"), WAYS, ids=[f"{look}-{scenario}" for look, scenario in WAYS]
)
def test_a_patron_is_created_as_it_was_foretold(person, stage, look, scenario, request, shoot):
    if not scenario.answers:
        request.getfixturevalue("registry_silent")
    one = at_the_desk(person, look)
    surname = fill_in(one, scenario)

    one.press("See what will happen")
    one.headed("What will happen")
    one.reads(CARD_SOURCES[scenario.card_source])
    one.reads(LOOK_UPS[scenario.look_up])
    before = stage.query("select count(*) from cicero.patron where surname = %s", surname)
    if look is PHONE and scenario is SCENARIOS[1]:
        shoot(one, "desk-foretold-phone")
    one.press("Create the patron")
    one.reads("The patron is created.")

    found = stage.query(
        "select patron.patron_id, card.origin from cicero.patron"
        " left join cicero.card on card.patron_id = patron.patron_id and card.status = 'active'"
        " where surname = %s",
        surname,
    )
    assert before == [(0,)]
    assert [origin for _, origin in found] == [scenario.origin]
    if not one.address.startswith("desk/patrons/"):  # a PIN that was drawn is told first
        one.follow("Back to patron %(number)s", number=found[0][0])
    one.headed("Patron %(number)s", number=found[0][0])
    assert surname not in one.text()


class TestOnePatron:
    @pytest.fixture
    def number(self, stage) -> int:
        """A patron with consent, card and PIN whom nobody has touched."""
        ((found,),) = stage.query(
            "select patron.patron_id from cicero.patron inner join cicero.consent using (patron_id)"
            " inner join cicero.pin using (patron_id) where library = %s and withdrawn_at is null"
            " and national_id is not null and not must_change and patron_id between 290 and 400"
            " and not exists (select from patron_sync.pending as pending"
            "     where pending.patron_id = patron.patron_id)"
            " and (select count(*) from cicero.card where card.patron_id = patron.patron_id) = 1"
            " order by patron_id desc limit 1",
            FJORDBY,
        )
        return int(found)

    @pytest.mark.parametrize("look", JOURNEY, ids=str)
    def test_is_found_shown_on_request_and_followed_through_the_nights(
        self, person, stage, number, look
    ):
        ((card,),) = stage.query(
            "select card_number from cicero.card where patron_id = %s and status = 'active'"
            " and kind = 'national'", number,
        )  # fmt: skip
        ((surname,),) = stage.query(
            "select surname from cicero.patron where patron_id = %s", number
        )
        one = at_the_desk(person, look)

        one.fill("Number", card)
        one.press("Find")
        one.headed("Patron %(number)s", number=number)
        covered = one.text()
        one.press("Show name, national id and date of birth")
        one.reads("Shown once, to you. That you looked stands in the audit trail.")
        shown = one.text()
        one.open(f"desk/patrons/{number}")
        one.follow("What the runs did, and what the next ones will do")

        one.headed("The runs for patron %(number)s", number=number)
        assert (surname in covered, surname in shown) == (False, True)
        assert re.search(r"\b\d{11,12}\b", covered) is None

    @pytest.mark.parametrize("look", JOURNEY, ids=str)
    def test_card_pin_and_consent_are_changed(self, person, stage, number, look):
        fresh = f"N10481{number:04d}"
        one = at_the_desk(person, look)
        one.open(f"desk/patrons/{number}")

        one.follow("Give another card")
        one.fill("Card number", fresh)
        one.press("Give the card")
        one.reads(
            "The national card is in force. The next run to the registry sends its number if the "
            "patron consents and the library synchronises card numbers."
        )
        one.follow("Change or reset the PIN")
        one.fill("PIN", "3957")
        one.fill("PIN once more", "3957")
        one.press("Change the PIN")
        one.headed("Patron %(number)s", number=number)
        one.follow("Give or withdraw consent")
        one.press("Withdraw the consent")

        one.reads("The consent is withdrawn. What waited is dropped, and nothing more is sent.")
        assert "3957" not in one.page.content()
        assert stage.query(
            "select card_number from cicero.card where patron_id = %s and status = 'active'"
            " and kind = 'national'", number,
        ) == [(fresh,)]  # fmt: skip

    def test_is_deleted_after_it_was_told_what_goes(self, person, stage, number):
        one = at_the_desk(person, PHONE)
        one.open(f"desk/patrons/{number}")

        one.follow("Delete the patron")
        one.headed("Delete patron %(number)s?", number=number)
        one.press("Delete the patron")

        one.reads("Deleted")
        assert stage.query("select 1 from cicero.patron where patron_id = %s", number) == []


def test_a_pin_that_was_typed_wrong_is_asked_for_again_and_shown_nowhere(person):
    one = at_the_desk(person, PHONE)
    one.complaints = []
    fill_in(one, SCENARIOS[0])
    one.fill("PIN once more", "2847")

    one.press("See what will happen")

    one.reads("The two PINs differ. Type both again.")
    assert one.field("PIN").input_value() == ""
    assert "2846" not in one.page.content()
    one.complaints.clear()  # the answer to a form with a mistake is 400
