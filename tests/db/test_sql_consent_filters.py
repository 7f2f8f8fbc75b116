"""Whom the filters of ``filter_consent`` take out and why, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from tests.db.flow_world import World
from tests.db.sql_bench import advance, know_persons, put, run_that_is_at, stage
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_patron, a_person_key

SYNC, LOANS = "SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"
GIVEN, WITHDRAWN = [(SYNC, False)], [(SYNC, True)]
STRANGER = {"person_key": a_person_key(9)}
VERDICTS = (
    "select reason, outcome, person_key is not null from patron_sync.verdict order by record_no"
)
DAY = "2026-03-0{} 12:00"


def a_known_patron(world: World, consents: list[tuple[str, bool]], index: int = 0) -> int:
    """A patron with these consents, each in force or withdrawn."""
    patron_id = world.cicero.add(a_patron(index, consent=False))
    for consent_type, is_withdrawn in consents:
        put(
            world, "cicero.consent", patron_id=patron_id, consent_type=consent_type,
            given_by="patron", given_at="2026-01-01",
            withdrawn_at="2026-01-02" if is_withdrawn else None,
            withdrawn_by="patron" if is_withdrawn else None,
        )  # fmt: skip
    know_persons(world)
    return patron_id


@pytest.mark.parametrize(
    ("consents", "record", "verdicts"),
    [
        pytest.param(GIVEN, {}, [], id="agreed"),
        pytest.param([*WITHDRAWN, *GIVEN], {}, [], id="agreed_again"),
        pytest.param([], {}, [("NO_CONSENT", "left_out", True)], id="never_agreed"),
        pytest.param(
            [(LOANS, False)], {}, [("NO_CONSENT", "left_out", True)], id="agreed_to_other_use"
        ),
        pytest.param(
            [(LOANS, True)], {}, [("NO_CONSENT", "left_out", True)], id="withdrew_other_use"
        ),
        pytest.param(WITHDRAWN, {}, [("CONSENT_WITHDRAWN", "left_out", True)], id="withdrew"),
        pytest.param(GIVEN, {"defect": "BAD"}, [("BAD", "failed", True)], id="defect"),
        pytest.param(
            [], {"defect": "BAD"}, [("NO_CONSENT", "left_out", True)], id="defect_without_consent"
        ),
        pytest.param(
            [], {"defect": "TOMBSTONE"}, [("TOMBSTONE", "left_out", True)], id="tombstone"
        ),
        pytest.param(
            GIVEN, {"defect": "NOT_IN_REGISTRY"}, [("NOT_IN_REGISTRY", "left_out", True)],
            id="not_in_registry",
        ),
        pytest.param(
            GIVEN, STRANGER, [("OTHER_PERSONS_CARD", "failed", True)], id="with_a_strangers_id"
        ),
        pytest.param(
            [], STRANGER, [("NO_CONSENT", "left_out", True)], id="strangers_id_without_consent"
        ),
        pytest.param(
            GIVEN, STRANGER | {"card_number": "N1"}, [("UNKNOWN_PERSON", "left_out", False)],
            id="stranger",
        ),
        pytest.param(
            GIVEN, STRANGER | {"card_number": "N1", "defect": "BAD"}, [("BAD", "left_out", False)],
            id="stranger_with_a_defect",
        ),
    ],
)  # fmt: skip
def test_filter_consent_of_a_pull(
    world: World, query, consents: list[Any], record: dict[str, Any], verdicts: list[Any]
) -> None:
    a_known_patron(world, consents)
    run_id = run_that_is_at(world, "pull", "staged")
    stage(world, run_id, **{"card_number": a_card_number(0)} | record)

    for count in (len(verdicts), 0):
        assert world.ledger.run("pull/filter_consent", run_id=run_id) == count

    assert query(VERDICTS) == verdicts


@pytest.mark.parametrize(
    "card", [{"kind": "local"}, {"library": OTHER_LIBRARY}], ids=["local", "elsewhere"]
)
def test_only_a_national_card_of_the_library_says_whom_a_stranger_is(world, query, card) -> None:
    library = card.get("library", LIBRARY)
    patron_id = world.cicero.add(a_patron(library=library, card=None))
    world.cicero.add_card(patron_id, "N900000001", kind=card.get("kind", "national"))
    run_id = run_that_is_at(world, "pull", "staged")
    stage(world, run_id, **STRANGER, card_number="N900000001")

    world.ledger.run("pull/filter_consent", run_id=run_id)

    assert query(VERDICTS) == [("UNKNOWN_PERSON", "left_out", False)]


@pytest.mark.parametrize(
    ("versions", "reasons"),
    [
        pytest.param([("N1", 1), ("N2", 2)], ["SUPERSEDED", None], id="last_is_newest"),
        pytest.param([("N1", 2), ("N2", 1)], [None, "SUPERSEDED"], id="first_is_newest"),
        pytest.param([("N1", 1), ("N2", None)], [None, "SUPERSEDED"], id="dated_before_undated"),
        pytest.param([("N1", 1), ("N1", 1)], ["SUPERSEDED", None], id="twice_the_same"),
        pytest.param(
            [("N1", 1), ("N2", 1)], ["SUPERSEDED", "AMBIGUOUS_PERSON"], id="which_is_right"
        ),
        pytest.param(
            [("N1", 1), ("N2", 1), ("N3", 2)], ["SUPERSEDED", "SUPERSEDED", None],
            id="settled_later",
        ),
    ],
)  # fmt: skip
def test_of_several_records_of_a_person_the_newest_counts(world, query, versions, reasons) -> None:
    """Each person is judged alone, at each library alone, whatever the numbers of the records."""
    for index in range(3):
        a_known_patron(world, GIVEN, index)
        world.cicero.add(a_patron(index, library=OTHER_LIBRARY))
    know_persons(world)
    run_id = run_that_is_at(world, "pull", "staged")
    query("update patron_sync.run_library set stage = 'staged' where run_id = %s", run_id)
    twice = [(1, "N7", 9), (1, "N8", 8)]
    records = {LIBRARY: [*((0, *one) for one in versions), *twice, (2, "N9", 9)]}
    for library, several in (records | {OTHER_LIBRARY: twice}).items():
        for number, (index, card, day) in enumerate(several, start=1):
            stage(
                world, run_id, library=library, record_no=number, person_key=a_person_key(index),
                card_number=card, changed_at=day and DAY.format(day),
            )  # fmt: skip

    world.ledger.run("pull/filter_consent", run_id=run_id)

    found = "select record_no, reason from patron_sync.verdict where library = %s"
    assert dict(query(found, OTHER_LIBRARY)) == {2: "SUPERSEDED"}
    assert dict(query(found, LIBRARY)) == {
        number: reason
        for number, reason in enumerate([*reasons, None, "SUPERSEDED"], start=1)
        if reason
    }


@pytest.mark.parametrize(
    ("consents", "verdicts"),
    [
        pytest.param(GIVEN, [], id="agreed"),
        pytest.param([*WITHDRAWN, *GIVEN, (LOANS, False)], [], id="agreed_again"),
        pytest.param([(LOANS, False)], [("NO_CONSENT", "left_out", True)], id="to_other_use"),
        pytest.param([(LOANS, True)], [("NO_CONSENT", "left_out", True)], id="withdrew_other_use"),
        pytest.param(WITHDRAWN, [("CONSENT_WITHDRAWN", "left_out", True)], id="withdrew"),
    ],
)
def test_filter_consent_of_a_push(world: World, query, consents, verdicts) -> None:
    patron_id = a_known_patron(world, consents)
    a_known_patron(world, WITHDRAWN, 1)
    run_id = run_that_is_at(world, "push", "staged")
    stage(world, run_id, patron_id=patron_id)

    for count in (len(verdicts), 0):
        assert world.ledger.run("push/filter_consent", run_id=run_id) == count

    assert query(VERDICTS) == verdicts


def test_filter_consent_of_a_push_names_who_is_gone_or_has_no_valid_id(world, query) -> None:
    patron_id = world.cicero.add(a_patron())
    run_id = run_that_is_at(world, "push", "staged")
    stage(world, run_id, patron_id=patron_id + 1)
    stage(world, run_id, patron_id=patron_id, person_key=None, record_no=2)

    world.ledger.run("push/filter_consent", run_id=run_id)

    assert query(VERDICTS) == [
        ("PATRON_DELETED", "left_out", True), ("INVALID_NATIONAL_ID", "failed", False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("deletion", "again", "reason"),
    [
        pytest.param({}, None, None, id="had_agreed"),
        pytest.param({"had_consent": False}, None, "NO_CONSENT", id="had_not_agreed"),
        pytest.param({"national_id": None}, None, "NO_NATIONAL_ID", id="erased"),
        pytest.param({"person_key": None}, None, "NEVER_SYNCED", id="never_synced"),
        pytest.param({}, a_patron(7), "RECREATED", id="here_again"),
        pytest.param({}, a_patron(7, library=OTHER_LIBRARY), None, id="here_elsewhere"),
        pytest.param({}, a_patron(8), None, id="another_came"),
    ],
)
def test_filter_consent_of_a_removal(world: World, query, deletion, again, reason) -> None:
    """The patron may be there still, with a corrected national id, and may have withdrawn since."""
    patron_id = a_known_patron(world, WITHDRAWN)
    facts = {"person_key": a_person_key(7), "national_id": "1" * 11, "had_consent": True} | deletion
    for one in (facts | {"had_consent": not facts["had_consent"]}, facts):
        put(world, "cicero.deleted_patron", patron_id=patron_id, library=LIBRARY, **one)
    ((deletion_id,),) = query("select max(deletion_id) from cicero.deleted_patron")
    if again:
        world.cicero.add(again)
        know_persons(world)
    run_id = run_that_is_at(world, "push", "staged")
    stage(
        world, run_id, patron_id=patron_id, person_key=facts["person_key"], deletion_id=deletion_id
    )

    world.ledger.run("push/filter_consent", run_id=run_id)
    advance(world.ledger, run_id, "consent_filtered")

    expected = [(reason, "left_out", reason != "NEVER_SYNCED")] if reason else []
    assert query(VERDICTS) == expected
