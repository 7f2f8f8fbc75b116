"""What is told about one record of a library system: a test for each kind of answer (X6)."""

from __future__ import annotations

import json

import pytest

from registry_operators.domain.why import Answer
from registry_operators.errors import ConfigurationError, LedgerError, UnavailableError
from registry_operators.settings.guards import ApprovalSetting
from registry_operators.settings.retention import Retention
from registry_operators.steps.data_sync.decide_sync import reject_sync
from registry_operators.steps.data_sync.forget_syncs import forget_syncs
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from registry_operators.steps.explain_patron import Question, explain_patron
from tests.db.sync_bench import FIELDS, SyncWorld, a_record, a_sync, a_sync_run_id, totals
from tests.factories import SECRETS, a_card_number, a_config, a_national_id, a_patron

FILTER = "[{field: category_id, equals: UGRD}, {field: surname, not_equals: Kanari}]"


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1), a_record(2, category_id="STAFF", email="nobody")]
    return syncs


def ask(world: SyncWorld, runs: int = 30, **question) -> Answer:
    return explain_patron(
        world.ledger, a_config(), SECRETS, Question(**question),
        runs=runs, other_fields=FIELDS.other_than_text(),
    )  # fmt: skip


def story(world: SyncWorld, number: int = 1):
    (told,) = ask(world, record=f"koha_main:{number}").records
    return told


def last(world: SyncWorld, number: int = 1):
    return story(world, number).history[0]


def code(episode) -> str | None:
    return episode.reason.code if episode.reason else None


class TestOutcomes:
    def test_created_with_the_names_of_the_fields(self, syncs) -> None:
        syncs.run(filter=FILTER)

        told = story(syncs)

        (episode,) = told.history
        assert (episode.sync, episode.version, episode.was_read) == ("readers", 1, True)
        assert (episode.outcome, episode.says) == ("created", "A profile was created.")
        assert episode.written == (
            "birth_date", "email", "first_name", "last_name", "library_card_number",
        )  # fmt: skip
        assert f"created on {told.facts[0].split('created on ')[1]}" in told.facts[0]
        assert f"by run {a_sync_run_id(1)}" in told.facts[0]
        assert told.facts[1].startswith("It has values in: birth_date, email")

    def test_left_out_by_which_condition(self, syncs) -> None:
        syncs.run(filter=FILTER)

        told = last(syncs, 2)

        assert (told.outcome, code(told)) == ("left_out", "FILTERED")
        assert told.reason.rule == "D2.1"
        assert told.conditions == ("category_id equals",)
        assert told.problems == ("email NOT_AN_EMAIL",)
        assert story(syncs, 2).facts == ("The record has no profile.",)

    def test_left_out_by_the_type_of_the_sync(self, syncs) -> None:
        syncs.run(type="update")

        assert (last(syncs).outcome, code(last(syncs))) == ("left_out", "NO_PROFILE")

    def test_unchanged_updated_and_emptied_the_newest_first(self, syncs) -> None:
        syncs.run()
        syncs.run()
        syncs.ils.records[0] |= {"surname": "Berg", "cardnumber": ""}
        syncs.run(empty_fields="replace")

        history = story(syncs).history

        assert [one.outcome for one in history] == ["updated", "unchanged", "created"]
        assert history[0].written == ("last_name",)
        assert history[0].cleared == ("library_card_number",)
        assert history[1].says.startswith("Read and compared")

    def test_linked_to_a_profile_that_had_all_values(self, syncs, query) -> None:
        syncs.run()
        query("delete from profiles.source_link")
        syncs.run()

        assert last(syncs).outcome == "unchanged"
        assert "was linked to the record" in last(syncs).says

    def test_failed_with_its_reason(self, syncs, query) -> None:
        query("insert into profiles.profile (type, fields) select 'patron', %s::jsonb"
              " from generate_series(1, 2)", '{"email": "nora.1@example.org"}')  # fmt: skip
        syncs.run()

        assert (last(syncs).outcome, code(last(syncs))) == ("failed", "SEVERAL_PROFILES")
        assert last(syncs).reason.rule == "D0.3"

    def test_held_rejected_and_undone(self, syncs) -> None:
        syncs.run()
        syncs.ils.records += [a_record(index) for index in range(10, 50)]
        assert totals(syncs.run())["held"] == 40
        held = last(syncs, 10)
        reject_sync(syncs.ledger, a_sync_run_id(2), ApprovalSetting(), decided_by="k", reason="r")

        assert (held.outcome, code(held)) == ("held", "LIMIT_EXCEEDED")
        assert (last(syncs, 10).outcome, code(last(syncs, 10))) == ("left_out", "REJECTED")

    def test_put_back_by_an_undo_and_left_by_it(self, syncs, query) -> None:
        syncs.run()
        syncs.ils.records[0] |= {"surname": "Berg", "firstname": "Norah"}
        syncs.run()
        query('update profiles.profile set fields = fields || \'{"last_name": "Lie"}\'')
        undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari"))

        told = last(syncs)

        assert (told.outcome, told.reversed, told.kept) == (
            "updated", ("first_name",), ("last_name",),
        )  # fmt: skip
        assert "Put back by an undo: first_name" in told.details

    def test_planned_in_a_dry_run(self, syncs) -> None:
        syncs.run(is_dry_run=True)

        assert (last(syncs).is_dry_run, last(syncs).outcome) == (True, "created")
        assert "nothing was written" in last(syncs).says


class TestNotRead:
    def test_because_the_system_did_not_give_it(self, syncs) -> None:
        syncs.run()
        del syncs.ils.records[0]
        syncs.run()
        syncs.run(filter=FILTER)

        newest, before, _ = story(syncs).history

        assert (before.was_read, before.outcome, before.conditions) == (False, None, ())
        assert before.says == "Not read: the library system did not give the record."
        assert "evaluated a condition" in newest.says
        assert newest.conditions == ("category_id equals", "surname not_equals")

    def test_because_the_run_broke_off(self, syncs) -> None:
        syncs.run()
        syncs.ils.fail_behind, syncs.ils.error = 0, UnavailableError("away")
        with pytest.raises(UnavailableError):
            syncs.run()

        assert last(syncs).was_read is False
        assert last(syncs).says.endswith("did not come to the end of the reading (UNAVAILABLE).")

    def test_and_not_judged_because_the_run_broke_off_later(self, syncs, monkeypatch) -> None:
        from registry_operators.steps.data_sync import run_sync as steps

        def breaks(*_, **__):
            raise LedgerError("broken")

        monkeypatch.setattr(steps, "plan_profiles", breaks)
        with pytest.raises(LedgerError):
            syncs.run()

        assert (last(syncs).was_read, last(syncs).outcome) == (True, None)
        assert "not judged" in last(syncs).says

    def test_written_is_told_as_waiting_until_it_is(self, syncs, monkeypatch) -> None:
        from registry_operators.steps.data_sync import run_sync as steps

        def breaks(*_, **__):
            raise LedgerError("broken")

        monkeypatch.setattr(steps, "load_profiles", breaks)
        with pytest.raises(LedgerError):
            syncs.run()

        assert last(syncs).outcome == "waiting"


class TestWhatIsForgotten:
    def age(self, world, query, days) -> None:
        query("update data_sync.run set started_at = started_at - make_interval(days => %s),"
              " finished_at = finished_at - make_interval(days => %s)", days, days)  # fmt: skip
        forget_syncs(world.ledger, Retention())

    def test_which_condition_it_was_after_a_week(self, syncs, query) -> None:
        syncs.run(filter=FILTER)
        self.age(syncs, query, 8)

        told = last(syncs, 2)

        assert told.conditions == ("category_id equals", "surname not_equals")
        assert "is not remembered any more" in told.says
        assert code(told) == "FILTERED"

    def test_names_of_fields_stay_when_values_are_gone(self, syncs, query) -> None:
        syncs.run()
        self.age(syncs, query, 15)

        assert "last_name" in last(syncs).written

    def test_everything_after_a_month(self, syncs, query) -> None:
        syncs.run()
        self.age(syncs, query, 31)

        told = last(syncs)

        assert (told.was_read, told.outcome, told.written) == (None, None, ())
        assert "removed for their age" in told.says


class TestWhoIsFound:
    def test_nobody(self, syncs) -> None:
        syncs.run()

        told = ask(syncs, record="koha_main:99")

        assert (told.is_known, told.records) == (False, ())
        assert told.says.startswith("No data sync knows this record")

    def test_a_card_number_that_no_patron_has(self, syncs) -> None:
        syncs.run()

        told = ask(syncs, card_number="29000000000001")

        assert (told.is_known, told.patrons) == (True, ())
        assert told.says == "No patron in Cicero, and in library systems: koha_main:1."

    def test_a_patron_with_the_records_that_are_the_same_person(self, syncs, cicero) -> None:
        patron = cicero.add(a_patron(0))
        syncs.ils.records[0]["cardnumber"] = a_card_number(0)
        syncs.run()

        for question in (
            {"patron_id": patron},
            {"card_number": a_card_number(0)},
            {"national_id": a_national_id(0)},
        ):
            told = ask(syncs, **question)
            assert [one.patron_id for one in told.patrons] == [patron]
            assert [one.name for one in told.records] == ["koha_main:1"]

    def test_so_many_runs_as_were_asked_for(self, syncs) -> None:
        for _ in range(3):
            syncs.run()

        assert len(ask(syncs, runs=2, record="koha_main:1").records[0].history) == 2

    def test_a_profile_that_is_no_record(self, syncs, query) -> None:
        query("insert into profiles.profile (type, fields) values ('patron', %s::jsonb)",
              '{"library_card_number": "29000000000077"}')  # fmt: skip

        (told,) = ask(syncs, card_number="29000000000077").records

        assert (told.name, told.history) == ("no record", ())
        assert "by no data sync" in told.facts[0]

    def test_a_record_must_name_system_and_id(self, syncs) -> None:
        with pytest.raises(ConfigurationError, match="koha_main:17"):
            ask(syncs, record="17")


def test_no_value_of_a_person_is_in_the_answer(syncs, query) -> None:
    syncs.run(a_sync(filter=FILTER, empty_fields="replace"))
    syncs.ils.records[0] |= {"surname": "Berg", "cardnumber": ""}
    syncs.run(filter=FILTER, empty_fields="replace")
    undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari"))

    told = "".join(
        json.dumps(ask(syncs, record=f"koha_main:{number}").as_dict(), default=str)
        for number in (1, 2)
    )

    for value in ("Nora", "Nyberg", "Berg", "example.org", "nobody", "29000000", "2004-", "UGRD",
                  "STAFF", "Kanari"):  # fmt: skip
        assert value not in told
