"""The PIN of one patron on the pages: typed twice, told once if it was drawn (N2.5, N3.6)."""

from __future__ import annotations

import pytest

from tests.factories import LIBRARY, a_card_number, a_library_config
from tests.web.desk_forms import DeskPages, hidden, told

CARD = a_card_number(0)


@pytest.fixture
def desk(librarian) -> DeskPages:
    return DeskPages(librarian)


@pytest.fixture
def patron_id(desk: DeskPages) -> int:
    """A patron with card and PIN of their own, who does not consent."""
    return desk.create(0, card_number=CARD, pin="4719")


@pytest.fixture
def acts(db):
    return lambda: db.execute(
        "select action from patron_sync.audit_event where kind = 'act'"
        " and action not in ('show_patron', 'create_patron') order by event_no"
    ).fetchall()


def test_a_pin_is_typed_twice_and_sent_by_the_next_night(desk, world, cicero, acts):
    patron_id = desk.create(0, card_number=CARD, pin="4719", consent="yes")
    world.push()

    changed = desk.do(patron_id, "pin", pin="8642", pin_again="8642")

    assert "The PIN is changed." in desk.after(changed)
    assert cicero.pin(patron_id) == ("8642", False, "librarian")
    assert acts() == [("change_pin",)]
    world.push()
    assert world.registry.pin_of(0) == "8642"


@pytest.mark.parametrize(
    ("pin", "again", "says"),
    [
        ("8642", "8643", "The two PINs differ."),
        ("864", "864", "This is no PIN."),
        ("", "", "This is no PIN."),
        ("1234", "1234", "too easy to guess"),
        ("7314", "7314", "one that the library hands out"),
    ],
)
def test_a_pin_is_refused_with_the_rules(desk, patron_id, cicero, acts, pin, again, says):
    before = cicero.pin(patron_id)

    answer = desk.do(patron_id, "pin", pin=pin, pin_again=again)

    assert answer.status_code == 400
    assert says in told(answer)
    assert "Four digits." in told(answer)
    assert 'type="password"' in answer.text
    assert 'value="' not in answer.text.partition('id="pin"')[2].partition("</form>")[0]
    assert cicero.pin(patron_id) == before
    assert acts() == []


def test_a_pin_that_was_handed_out_to_the_patron_is_no_choice(
    desk, patron_id, cicero, libraries_yaml
):
    block = a_library_config(pin_rules={"newcomers": "random"})
    libraries_yaml(libraries={LIBRARY: block})
    desk.do(patron_id, "pin/hand-out")
    drawn = cicero.pin(patron_id)[0]

    assert desk.do(patron_id, "pin", pin=drawn, pin_again=drawn).status_code == 400


def test_a_pin_is_reset_to_the_default_without_being_shown(desk, patron_id, cicero):
    reset = desk.do(patron_id, "pin/hand-out")

    assert "The library's default PIN is in force." in desk.after(reset)
    assert cicero.pin(patron_id) == ("7314", True, "default")
    assert "7314" not in told(desk.patron(patron_id))


def test_a_pin_is_drawn_and_told_once(desk, patron_id, cicero, libraries_yaml):
    block = a_library_config(pin_rules={"newcomers": "random"})
    libraries_yaml(libraries={LIBRARY: block})
    asked = desk.patron(patron_id, "/pin")

    reset = desk.do(patron_id, "pin/hand-out")

    digits, must_change, _ = cicero.pin(patron_id)
    assert "A PIN is drawn for the patron and shown to you once." in told(asked)
    assert must_change
    assert f"<strong>{digits}</strong>" in reset.text
    assert f">{digits}<" not in desk.patron(patron_id).text


def test_a_double_click_tells_the_pin_that_is_in_force(desk, patron_id, cicero, libraries_yaml):
    block = a_library_config(pin_rules={"newcomers": "random"})
    libraries_yaml(libraries={LIBRARY: block})
    ticket = hidden(desk.patron(patron_id, "/pin"), "ticket")

    answers = [desk.do(patron_id, "pin/hand-out", ticket=ticket) for _ in range(2)]

    digits, _, _ = cicero.pin(patron_id)
    assert [f"<strong>{digits}</strong>" in answer.text for answer in answers] == [True, True]
    assert hidden(desk.patron(patron_id, "/pin"), "ticket") != ticket
    assert desk.do(patron_id, "pin/hand-out", ticket="x").status_code == 400


@pytest.mark.parametrize("consent", [True, False])
@pytest.mark.parametrize("syncs", [True, False])
def test_the_page_says_whether_it_will_be_sent(desk, libraries_yaml, consent, syncs):
    switches = {"card_number": True, "pin": syncs}
    libraries_yaml(libraries={LIBRARY: a_library_config(synchronise=switches)})
    given = {"consent": "yes"} if consent else {}
    patron_id = desk.create(0, card_number=CARD, pin="4719", **given)

    said = told(desk.patron(patron_id, "/pin"))

    assert ("The next run sends it to the registry." in said) == (consent and syncs)
