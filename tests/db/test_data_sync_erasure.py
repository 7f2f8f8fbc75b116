"""Nothing of a person is left in profiles and data syncs when they ask for it (X10)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry_operators.errors import ConfigurationError, DecisionRefusedError, UnavailableError
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.settings.guards import ApprovalSetting
from registry_operators.steps.data_sync.decide_sync import approve_sync
from registry_operators.steps.data_sync.extract_records import extract_records
from registry_operators.steps.data_sync.filter_records import filter_records
from registry_operators.steps.data_sync.guard_plan import guard_plan
from registry_operators.steps.data_sync.list_results import list_records
from registry_operators.steps.data_sync.load_profiles import load_profiles
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from registry_operators.steps.data_sync.plan_profiles import plan_profiles
from registry_operators.steps.data_sync.report_sync import count_sync, report_sync
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from registry_operators.steps.erase_person import ErasureRequest, erase_person
from registry_operators.steps.sign_audit import sign_head
from registry_operators.steps.verify_audit import verify_audit
from tests.db.sync_bench import (
    FIELDS,
    TODAY,
    SyncWorld,
    a_record,
    a_sync,
    a_sync_run_id,
    totals,
)
from tests.factories import KEYS, LIBRARY, a_card_number, a_national_id, a_patron

CARD = "29000000000001"
FILTER = "[{field: category_id, equals: UGRD}]"
CICERO = """\
name: patrons
source: {ils: cicero, connection: cicero_main}
type: create_and_update
profile_type: patron
mapping:
  - {from: surname, to: last_name}
"""
_TABLES = ("profiles.profile", "profiles.source_link", *(f"data_sync.{name}" for name in (
    "staged", "verdict", "match", "plan", "reversal")))  # fmt: skip


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """Run 1 creates three profiles; run 2 changes the first; a dry run would change it again."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(index) for index in (1, 2, 3)]
    syncs.run(filter=FILTER)
    syncs.ils.records[0] |= {"surname": "Kanarifugl", "email": "kanari@example.org"}
    syncs.run(filter=FILTER)
    syncs.ils.records[0]["firstname"] = "Kanaria"
    syncs.run(filter=FILTER, is_dry_run=True)
    return syncs


def erase(world: SyncWorld, **request):
    return erase_person(
        world.ledger, KEYS, ErasureRequest("kari", **request),
        other_fields=FIELDS.other_than_text(),
    )  # fmt: skip


def traces(query, *marks: str) -> list[str]:
    """Rows in which one of some texts stands."""
    return [
        f"{table}: {row}"
        for table in _TABLES
        for (row,) in query(f"select one::text from {table} as one")  # noqa: S608
        if any(mark in row for mark in marks)
    ]


def marks_of(index: int = 1) -> tuple[str, ...]:
    return (f"Nora {index}", f"nora.{index}@", f"2900000{index:07d}", "anari")


def accounts(world: SyncWorld, *numbers: int):
    return [count_sync(world.ledger, a_sync_run_id(number)) for number in numbers]


class TestWhatIsErased:
    @pytest.mark.parametrize(
        "who", [{"card_number": CARD}, {"record": "koha_main:1"}], ids=["card", "record"]
    )
    def test_profile_links_staging_and_plans_lose_the_person(self, syncs, query, who) -> None:
        others = traces(query, *marks_of(2)[:3], *marks_of(3)[:3])
        assert traces(query, *marks_of())

        erasure = erase(syncs, **who)

        assert traces(query, *marks_of()) == []
        assert traces(query, *marks_of(2)[:3], *marks_of(3)[:3]) == others
        assert {name: erasure.rows[name] for name in (
            "profile", "source_link", "sync_staged", "sync_plan")} == {
            "profile": 1, "source_link": 1, "sync_staged": 3, "sync_plan": 3,
        }  # fmt: skip
        assert erasure.records == ("koha_main:1",)
        assert query("select record_id from data_sync.staged where record_id = '1'") == []
        assert query("select record_id from data_sync.plan where record_id = '1'") == []

    def test_every_account_stays_and_lists_name_nobody(self, syncs) -> None:
        before = accounts(syncs, 1, 2, 3)

        erase(syncs, record="koha_main:1")

        assert accounts(syncs, 1, 2, 3) == before
        for number in (1, 2, 3):
            report_sync(syncs.ledger, run_id=a_sync_run_id(number))
        assert accounts(syncs, 1, 2, 3) == before
        (row,) = list_records(syncs.ledger, a_sync_run_id(2), "updated")
        assert (row.record_id, row.fields) == (None, ["email", "last_name"])

    def test_a_dry_run_counts_the_same_and_removes_nothing(self, syncs, query) -> None:
        before = traces(query, "")

        told = erase(syncs, record="koha_main:1", is_dry_run=True)

        assert traces(query, "") == before
        assert erase(syncs, record="koha_main:1") == told

    def test_a_second_erasure_finds_nobody(self, syncs) -> None:
        erase(syncs, record="koha_main:1")

        with pytest.raises(DecisionRefusedError, match="no trace"):
            erase(syncs, record="koha_main:1")

    def test_all_records_of_a_profile_go_with_it(self, syncs, query) -> None:
        query("insert into profiles.source_link (source, record_id, profile_id)"
              " select 'alma_main', 'A17', profile_id from profiles.source_link"
              " where record_id = '1'")  # fmt: skip

        assert erase(syncs, card_number=CARD).records == ("alma_main:A17", "koha_main:1")

        assert query("select record_id from profiles.source_link order by 1") == [("2",), ("3",)]

    def test_who_was_left_out_or_failed_is_found_in_staging(self, syncs, query) -> None:
        syncs.ils.records = [a_record(8, category_id="STAFF"), a_record(2)]
        syncs.run(filter=FILTER)
        before = accounts(syncs, 4)

        erasure = erase(syncs, card_number=f"2900000{8:07d}")

        assert erasure.records == ("koha_main:8",)
        assert traces(query, *marks_of(8)[:3]) == []
        assert accounts(syncs, 4) == before

    def test_what_was_undone_is_found_in_the_plan(self, syncs, query) -> None:
        undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari"))
        undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(1), "kari"))
        query("update data_sync.staged set fields = null, filters = null")

        erasure = erase(syncs, card_number=CARD)

        assert erasure.rows["sync_plan"] == 3
        assert traces(query, *marks_of()) == []

    def test_the_trail_verifies_and_knows_nobody(self, syncs, query, tmp_path) -> None:
        key = AuditKey(bytes(range(32)))
        erase(syncs, record="koha_main:1", note="asked by letter")
        sign_head(syncs.ledger, key, tmp_path, datetime(2026, 11, 22, tzinfo=UTC))

        account = verify_audit(syncs.ledger, AuditVerifier([key.public_key]), tmp_path)

        assert (account.broken, account.sealed) == (None, 4)
        assert query("select actor, person, detail ->> 'note' from patron_sync.audit_event"
                     " where action = 'erase'") == [("kari", None, "asked by letter")]  # fmt: skip

    def test_an_undo_afterwards_takes_back_the_others(self, syncs) -> None:
        erase(syncs, record="koha_main:1")

        undone = undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(1), "kari"))

        assert (undone.reversed, undone.kept) == (2, 1)
        assert syncs.profiles() == []

    def test_the_next_run_makes_a_profile_again(self, syncs) -> None:
        erase(syncs, record="koha_main:1")

        assert totals(syncs.run(filter=FILTER)) == {"created": 1, "unchanged": 2}


class TestRunsUnderWay:
    STEPS = ("extracted", "filtered", "planned", "guarded")

    @pytest.mark.parametrize("stage", STEPS)
    @pytest.mark.parametrize("index", [1, 2, 7], ids=["update", "unchanged", "create"])
    def test_go_on_and_add_up_without_the_person(self, syncs, query, stage, index) -> None:
        ledger, sync, run_id = syncs.ledger, a_sync(), a_sync_run_id(9)
        syncs.ils.records.append(a_record(7))
        open_sync(ledger, sync, SyncRequest(), run_id, TODAY)
        steps = [
            lambda: extract_records(ledger, syncs.ils, sync, run_id=run_id, today=TODAY),
            lambda: filter_records(ledger, run_id=run_id),
            lambda: plan_profiles(ledger, run_id=run_id),
            lambda: guard_plan(ledger, syncs.guards, run_id=run_id),
            lambda: load_profiles(ledger, run_id=run_id),
            lambda: report_sync(ledger, run_id=run_id),
        ]
        reached = self.STEPS.index(stage) + 1
        for step in steps[:reached]:
            step()

        erasure = erase(syncs, record=f"koha_main:{index}")
        for step in steps[reached:]:
            step()

        assert erasure.running == 1
        account = count_sync(ledger, run_id)
        assert account.adds_up
        assert account.read == 4
        planned_already = stage in ("planned", "guarded")
        if not (planned_already and index == 2):
            assert account.reasons["left_out"] == {"ERASED": 1}
        assert traces(query, *marks_of(index)[:3]) == []

    def test_held_changes_of_the_person_are_dropped_and_the_others_wait_on(
        self, syncs, query
    ) -> None:
        syncs.ils.records += [a_record(index) for index in range(10, 50)]
        assert totals(syncs.run())["held"] == 40

        erase(syncs, card_number=f"2900000{10:07d}")

        account = count_sync(syncs.ledger, a_sync_run_id(4))
        assert (account.totals["held"], account.adds_up) == (39, True)
        assert account.reasons["left_out"] == {"ERASED": 1}
        approved = approve_sync(
            syncs.ledger, a_sync_run_id(4), ApprovalSetting(), decided_by="kari", reason="right"
        )
        assert approved.totals["created"] == 39
        assert traces(query, *marks_of(10)[:3]) == []

    def test_a_batch_that_is_being_written_is_waited_for(self, syncs, query) -> None:
        query("select pg_advisory_lock(hashtextextended('profiles', 0))")
        syncs.ledger._connection.execute("set lock_timeout = '100ms'")

        with pytest.raises(UnavailableError, match="LockNotAvailable"):
            erase(syncs, record="koha_main:1")

        query("select pg_advisory_unlock_all()")
        assert erase(syncs, record="koha_main:1").rows["profile"] == 1

    def test_a_run_that_held_nobody_else_waits_no_more(self, syncs, query) -> None:
        syncs.run(filter=FILTER)
        query("update data_sync.plan set state = 'held', reason = 'LIMIT_EXCEEDED' where run_id ="
              " %s", a_sync_run_id(4))  # fmt: skip
        query("update data_sync.run set state = 'held' where run_id = %s", a_sync_run_id(4))

        erase(syncs, record="koha_main:1")

        assert query("select state from data_sync.run where run_id = %s", a_sync_run_id(4)) == [
            ("succeeded",)
        ]


class TestWhoIsFound:
    @pytest.fixture
    def patron(self, syncs, cicero) -> int:
        """The person of record 1 is a patron in Cicero, too; record 2 has the national id."""
        return int(cicero.add(a_patron(0, card=a_card_number(0))))

    def profile(self, query, number: str, field: str, value: str) -> None:
        query("update profiles.profile set fields = fields || jsonb_build_object(%s::text,"
              " %s::text) where profile_id = (select profile_id from profiles.source_link"
              " where record_id = %s)", field, value, number)  # fmt: skip

    @pytest.mark.parametrize("between", ["", " ", "-"], ids=["plain", "blank", "hyphen"])
    def test_by_the_national_id_in_any_text_field(self, syncs, query, between) -> None:
        digits = a_national_id(0)
        self.profile(query, "2", "college_id", f"{digits[:6]}{between}{digits[6:]}")

        assert erase(syncs, national_id=a_national_id(0)).records == ("koha_main:2",)

    @pytest.mark.parametrize("who", ["patron", "national id", "national card"])
    def test_by_what_cicero_knows_of_the_patron(self, syncs, patron, query, who) -> None:
        self.profile(query, "1", "library_card_number", a_card_number(0).lower())
        self.profile(query, "2", "college_id", a_national_id(0))
        named = {
            "patron": {"patron_id": patron},
            "national id": {"national_id": a_national_id(0)},
            "national card": {"card_number": a_card_number(0)},
        }[who]

        erasure = erase(syncs, **named)

        assert erasure.records == ("koha_main:1", "koha_main:2")
        assert erasure.rows["change"] > 0
        assert erasure.patrons_here == 1

    def test_by_the_patron_where_cicero_is_the_library_system(self, ledger, cicero, query) -> None:
        patron = cicero.add(a_patron(0))
        other = cicero.add(a_patron(1))
        syncs = SyncWorld(ledger)
        syncs.ils.records = [
            {"patron_id": one, "library": LIBRARY, "surname": f"Solbakken {one}"}
            for one in (patron, other)
        ]
        syncs.run(a_sync(CICERO))

        assert erase(syncs, patron_id=patron).records == (f"cicero_main:{patron}",)

        assert [one["last_name"] for one in syncs.profiles()] == [f"Solbakken {other}"]

    def test_not_by_a_local_number_that_several_people_may_have(self, syncs, cicero, query) -> None:
        patron = cicero.add(a_patron(0, card=None, local_card="L0000001"))
        self.profile(query, "2", "library_card_number", "L0000001")
        before = traces(query, "")

        with pytest.raises(DecisionRefusedError, match=r"\(koha_main:2\) and a patron in Cicero"):
            erase(syncs, card_number="L0000001")
        assert erase(syncs, patron_id=patron).records == ()

        assert traces(query, "") == before

    def test_not_by_a_number_that_stands_in_two_profiles(self, syncs, query) -> None:
        self.profile(query, "2", "library_card_number", CARD)

        with pytest.raises(DecisionRefusedError, match="koha_main:1, koha_main:2"):
            erase(syncs, card_number=CARD)

    def test_not_by_short_numbers_dates_or_phones(self, syncs, query) -> None:
        self.profile(query, "2", "postal_code", "1234")
        self.profile(query, "2", "phone", "29000012")
        self.profile(query, "2", "birth_date", "20040319")

        for number in ("1234", "29000012", "20040319"):
            with pytest.raises(DecisionRefusedError, match="no trace"):
                erase(syncs, card_number=number)

    def test_not_by_a_number_that_a_profile_had_before(self, syncs, query) -> None:
        """A mistake that was corrected: the number is another person's."""
        self.profile(query, "1", "library_card_number", "29000000000077")

        with pytest.raises(DecisionRefusedError, match="no trace"):
            erase(syncs, card_number=CARD)

    @pytest.mark.parametrize("record", ["17", "koha_main:", ":17"])
    def test_a_record_must_name_system_and_id(self, syncs, record) -> None:
        with pytest.raises(ConfigurationError, match="koha_main:17"):
            erase(syncs, record=record)

    @pytest.mark.parametrize("record", ["koha_main:99", "alma_main:1"])
    def test_a_record_that_nobody_knows_is_no_trace(self, syncs, record) -> None:
        with pytest.raises(DecisionRefusedError, match="no trace"):
            erase(syncs, record=record)
