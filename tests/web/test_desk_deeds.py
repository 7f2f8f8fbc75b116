"""What a librarian does with one patron on the pages, and what the next night makes of it."""

from __future__ import annotations

import pytest

from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_library_config,
    a_national_id,
    a_patron,
    a_person_key,
)
from tests.web.desk_forms import DeskPages, done, hidden, section, told

SYNC, HISTORY = "SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"
CARD, OTHER_CARD = a_card_number(0), a_card_number(60)


@pytest.fixture
def desk(librarian) -> DeskPages:
    return DeskPages(librarian)


@pytest.fixture
def patron_id(desk: DeskPages) -> int:
    """A patron with card and PIN of their own, who does not consent."""
    return desk.create(0, card_number=CARD, pin="4719")


@pytest.fixture
def acts(db):
    return lambda: [
        action
        for (action,) in db.execute(
            "select action from patron_sync.audit_event where kind = 'act'"
            " and action not in ('show_patron', 'create_patron') order by event_no"
        )
    ]


class TestConsent:
    def test_is_given_after_the_page_has_said_what_then(self, desk, patron_id, world, acts):
        asked = desk.patron(patron_id, "/consent")

        given = desk.do(patron_id, "consent", use=SYNC, consent="yes")

        assert "The next run to the registry reads the patron" in told(asked)
        assert "exchanging name, national id, card number and PIN" in told(asked)
        assert "The consent is in force." in desk.after(given)
        assert acts() == ["give_consent"]
        world.push()
        assert world.registry.of(0).card == CARD

    def test_is_not_given_without_a_tick(self, desk, patron_id, acts):
        answer = desk.do(patron_id, "consent", use=SYNC)

        assert answer.status_code == 400
        assert "Tick that the patron consents." in answer.text
        assert acts() == []

    def test_is_withdrawn_and_drops_what_waits(self, desk, world, db):
        patron_id = desk.create(0, card_number=CARD, pin="4719", consent="yes")
        asked = desk.patron(patron_id, "/consent")

        withdrawn = desk.do(patron_id, "consent/withdraw", use=SYNC)

        assert "1 thing that waits is dropped." in told(asked)
        assert "the relation to the library included, stays there" in told(asked)
        assert "What waited is dropped" in desk.after(withdrawn)
        assert db.execute("select count(*) from patron_sync.pending").fetchone() == (0,)
        world.push()
        assert world.registry.mentions(a_national_id(0), CARD) == []

    def test_tells_its_history_with_doors(self, desk, patron_id):
        desk.do(patron_id, "consent", use=SYNC, consent="yes")
        desk.do(patron_id, "consent/withdraw", use=SYNC)

        rows = section(desk.patron(patron_id), "Consent")

        assert "Synchronisation with the national registry" in rows
        assert rows.count("the librarian at the desk") == 2

    def test_to_keep_past_loans_is_another_one(self, desk, patron_id, world):
        given = desk.do(patron_id, "consent", use=HISTORY, consent="yes")
        assert done(given) == "history-consent"
        assert "Withdraw this consent" in desk.patron(patron_id, "/consent").text
        world.push()
        assert world.registry.calls == []

        withdrawn = desk.do(patron_id, "consent/withdraw", use=HISTORY)

        assert done(withdrawn) == "history-withdrawn"
        assert "Write down this consent" in desk.patron(patron_id, "/consent").text

    def test_has_no_effect_without_a_national_id_and_says_so(self, desk):
        patron_id = desk.create(None, card_number=CARD)

        assert "the consent has no effect" in told(desk.patron(patron_id, "/consent"))

    def test_is_for_the_uses_that_there_are(self, desk, patron_id, acts):
        assert desk.do(patron_id, "consent", use="ALL", consent="yes").status_code == 400
        assert acts() == []


class TestCard:
    def test_another_one_replaces_the_first_and_is_sent(self, desk, world, cicero):
        patron_id = desk.create(0, card_number=CARD, pin="4719", consent="yes")
        world.push()

        given = desk.do(patron_id, "card", card_number=f" {OTHER_CARD} ")

        assert "The national card is in force." in desk.after(given)
        assert {number: card[1] for number, card in cicero.cards(patron_id).items()} == {
            CARD: "replaced", OTHER_CARD: "active"
        }  # fmt: skip
        world.push()
        assert world.registry.of(0).card == OTHER_CARD

    def test_a_local_one_stays_here(self, desk, patron_id, cicero):
        given = desk.do(patron_id, "card", card_number="LOCAL-1")

        assert done(given) == "local"
        assert cicero.card(patron_id) == CARD

    def test_the_next_of_the_sequence_can_be_taken(self, desk, patron_id, cicero):
        assert done(desk.do(patron_id, "card", from_sequence="yes")) == "national"
        assert cicero.card(patron_id) == "N105000000"

    def test_a_double_click_takes_one_number_of_the_sequence(self, desk, patron_id, cicero, acts):
        seen = hidden(desk.patron(patron_id, "/card"), "cards_seen")

        first, second = (
            desk.do(patron_id, "card", from_sequence="yes", cards_seen=seen) for _ in range(2)
        )

        assert (done(first), second.status_code) == ("national", 400)
        assert "has got another card since you opened the form" in told(second)
        assert cicero.card(patron_id) == "N105000000"
        assert acts() == ["change_card"]

    @pytest.mark.parametrize(
        ("form", "says"),
        [
            ({}, "Type a card number, or tick"),
            ({"card_number": "17", "from_sequence": "yes"}, "Either type a card number or tick"),
            ({"card_number": "N 1"}, "This is no card number."),
            ({"card_number": a_card_number(1)}, "is or was somebody else's"),
        ],
    )
    def test_a_wrong_one_is_refused_beside_the_field(
        self, desk, patron_id, cicero, acts, form, says
    ):
        cicero.add(a_patron(1))

        answer = desk.do(patron_id, "card", **form)

        assert answer.status_code == 400
        assert says in told(answer)
        assert acts() == []

    def test_no_number_is_left_to_take(self, desk, patron_id, libraries_yaml, ledger):
        sequence = {"prefix": "N", "first": "105000000", "last": "105000000", "next": "105000000"}
        libraries_yaml(libraries={LIBRARY: a_library_config(card_sequence=sequence)})
        desk.do(patron_id, "card", from_sequence="yes")

        answer = desk.do(patron_id, "card", from_sequence="yes")

        assert answer.status_code == 400
        assert "The library's card sequence has no number left." in told(answer)

    def test_a_lost_one_is_blocked_after_a_question(self, desk, patron_id, cicero, acts):
        asked = desk.do(patron_id, "block", card_number=CARD)
        before = acts()

        blocked = desk.do(patron_id, "block/yes", card_number=hidden(asked, "card_number"))

        assert f"Card {CARD} will open nothing" in told(asked)
        assert before == []
        assert "The card is blocked." in desk.after(blocked)
        assert cicero.cards(patron_id)[CARD][1] == "blocked"
        assert "Block card" not in desk.patron(patron_id).text

    def test_only_the_patrons_own_is_blocked(self, desk, patron_id, cicero):
        other = cicero.add(a_patron(1))

        answer = desk.do(patron_id, "block/yes", card_number=a_card_number(1))

        assert answer.status_code == 404
        assert "The patron has no card in force with this number." in told(answer)
        assert cicero.card(other) == a_card_number(1)

    def test_nothing_but_a_card_of_the_patron_is_asked_about(self, desk, patron_id):
        asked = desk.do(patron_id, "block", card_number="<script>1</script>")

        assert asked.status_code == 404
        assert "script>1" not in asked.text

    @pytest.mark.parametrize("consent", [True, False])
    @pytest.mark.parametrize("syncs", [True, False])
    def test_the_page_says_whether_it_will_be_sent(self, desk, libraries_yaml, consent, syncs):
        switches = {"card_number": syncs, "pin": True}
        libraries_yaml(libraries={LIBRARY: a_library_config(synchronise=switches)})
        given = {"consent": "yes"} if consent else {}
        patron_id = desk.create(0, card_number=CARD, pin="4719", **given)

        said = told(desk.patron(patron_id, "/card"))

        assert ("The next run sends a national number" in said) == (consent and syncs)


class TestName:
    def test_is_corrected_and_never_shown(self, desk, patron_id, db):
        asked = desk.patron(patron_id, "/name")

        changed = desk.do(patron_id, "name", surname=" Vik ", first_name="Nora")

        assert "Nyberg" not in asked.text
        assert done(changed) == "name"
        assert db.execute("select surname, name_origin from cicero.patron").fetchall() == [
            ("Vik", "librarian")
        ]

    def test_needs_a_surname(self, desk, patron_id, acts):
        answer = desk.do(patron_id, "name", surname=" ", first_name="Nora")

        assert answer.status_code == 400
        assert "The name is missing." in told(answer)
        assert acts() == []


class TestGuardian:
    def test_is_named_and_then_another_one(self, desk, patron_id, db):
        for index, name in ((9, "Kari Dal"), (8, "Ola Dal")):
            answer = desk.do(
                patron_id, "guardian", guardian_id=a_national_id(index), guardian_name=name,
                guardian_email="dal@example.org",
            )  # fmt: skip
            assert done(answer) == "guardian"

        assert db.execute("select name, person_key, contact from cicero.guardian").fetchall() == [
            ("Ola Dal", a_person_key(8), {"email": "dal@example.org"})
        ]
        assert "takes the place of the guardian" in told(desk.patron(patron_id, "/guardian"))

    @pytest.mark.parametrize(
        ("index", "name", "says"),
        [
            (0, "Kari Dal", "Guardian and patron are the same person."),
            (9, " ", "The name is missing."),
            (None, "Kari Dal", "This is no national id"),
        ],
    )
    def test_a_wrong_one_is_refused(self, desk, patron_id, db, index, name, says):
        typed = "12345678901" if index is None else a_national_id(index)

        answer = desk.do(patron_id, "guardian", guardian_id=typed, guardian_name=name)

        assert answer.status_code == 400
        assert says in told(answer)
        assert typed not in answer.text
        assert db.execute("select count(*) from cicero.guardian").fetchone() == (0,)


class TestDelete:
    def test_tells_what_goes_and_what_stays(self, desk, world):
        consenting = desk.create(0, card_number=CARD, pin="4719", consent="yes")
        silent = desk.create(1, card_number=OTHER_CARD, pin="4719")

        with_consent = desk.patron(consenting, "/delete")
        without = desk.patron(silent, "/delete")

        assert "the next run removes it" in section(with_consent, "What goes")
        assert "the next run removes it" not in section(without, "What goes")
        assert "without consent the registry is not called" in section(without, "What stays")
        for page in (with_consent, without):
            assert "The person's record in the registry" in section(page, "What stays")

    def test_removes_the_relation_with_the_next_night(self, desk, world, acts):
        patron_id = desk.create(0, card_number=CARD, pin="4719", consent="yes")
        world.push()

        deleted = desk.do(patron_id, "delete")

        assert "waits to be removed" in desk.after(deleted)
        assert acts() == ["delete_patron"]
        world.push()
        assert world.registry.of(0).relations == set()
        assert "The removal is settled" in told(desk.patron(patron_id))

    def test_by_a_double_click_is_one_and_tells_how_far_it_is(
        self, desk, as_, libraries_yaml, acts
    ):
        patron_id = desk.create(0, card_number=CARD, pin="4719", consent="yes")

        first, second = (desk.do(patron_id, "delete") for _ in range(2))

        assert second.headers["location"] == first.headers["location"]
        assert "waits to be removed" in desk.after(second)
        assert acts() == ["delete_patron"]
        libraries_yaml(pages={"librarians": {"librarian": [OTHER_LIBRARY]}})
        assert desk.do(patron_id, "delete").status_code == 404

    def test_of_somebody_without_an_id_leaves_nothing(self, desk):
        patron_id = desk.create(None, card_number=CARD)

        deleted = desk.do(patron_id, "delete")

        assert deleted.headers["location"] == "/patron-sync/desk?done=deleted"
        assert "The patron is deleted." in desk.after(deleted)
        assert desk.patron(patron_id).status_code == 404


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("look-up", {}),
        ("consent", {"use": SYNC, "consent": "yes"}),
        ("consent/withdraw", {"use": SYNC}),
        ("card", {"from_sequence": "yes"}),
        ("block", {"card_number": a_card_number(1, OTHER_LIBRARY)}),
        ("block/yes", {"card_number": a_card_number(1, OTHER_LIBRARY)}),
        ("pin", {"pin": "8642", "pin_again": "8642"}),
        ("pin/hand-out", {}),
        ("name", {"surname": "Vik"}),
        ("guardian", {"guardian_id": a_national_id(9), "guardian_name": "Kari"}),
        ("delete", {}),
    ],
)
def test_nothing_is_done_to_another_librarys_patron(desk, world, acts, path, form):
    other = world.cicero.add(a_patron(1, library=OTHER_LIBRARY))
    before = world.state()

    answer = desk.do(other, path, **form)

    assert answer.status_code == 404
    assert world.state() == before
    assert acts() == []
