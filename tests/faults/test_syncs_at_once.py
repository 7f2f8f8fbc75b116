"""Data syncs that run at the same time, and definitions that change under a run (D6, X1, X11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from registry_operators.errors import (
    ConfigurationError,
    DecisionRefusedError,
    SupersededError,
    UnavailableError,
    WriterBusyError,
)
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.definitions import cancel, delete, list_syncs, pinned
from registry_operators.steps.data_sync.ports import read_sync_run
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from tests.db.sync_bench import totals
from tests.faults.syncs_at_once import stopped_in, together
from tests.library_life import LibraryLife, Living, left_over
from tests.library_systems import everybody

PATRONS = 150
_OF_KOHA = """\
mapping:
  - {from: firstname, to: first_name}
  - {from: surname, to: last_name}
  - {from: email, to: email}
  - {from: cardnumber, to: {all_types: library_card_number}}
"""
_OF_ALMA = """\
mapping:
  - {from: email, to: email}
  - {from: phone, to: phone}
  - {from: user_identifier.UNIV_ID, to: {all_types: college_id}}
  - {from: birth_date, to: {type: patron, field: birth_date}}
"""


@pytest.fixture
def koha(living: Living) -> LibraryLife:
    library = living("koha", PATRONS)
    library.is_filtered = False
    return library


@pytest.fixture
def other_ledger(koha) -> Iterator[Ledger]:
    with koha.ledger.sibling() as ledger:
        yield ledger


class TestTwoDefinitions:
    """Of two systems, whose people are the same; they meet in the profiles by their e-mail."""

    @pytest.fixture
    def alma(self, koha: LibraryLife, living: Living, other_ledger: Ledger) -> LibraryLife:
        koha.system = replace(koha.system, rows=_OF_KOHA)
        alma = living("alma", PATRONS)
        alma.system = replace(alma.system, rows=_OF_ALMA)
        alma.is_filtered, alma.ledger, alma.numbers = False, other_ledger, koha.numbers
        return alma

    @staticmethod
    def emails(koha) -> Counter[str]:
        return Counter(one["emails"][0].lower() for one in everybody(koha.running) if one["emails"])

    def test_that_create_the_same_people_at_once_make_no_profile_twice(
        self, koha, alma, monkeypatch
    ):
        first, second = koha.published(name="a"), alma.published(name="b")

        accounts = together(
            monkeypatch, "data_sync/lock_profiles",
            lambda: koha.run(first), lambda: alma.run(second),
        )  # fmt: skip

        people, alone = self.emails(koha), self.profiles_by_email(koha)
        unique = {email for email, count in people.items() if count == 1}
        assert {email: alone[email] for email in unique} == dict.fromkeys(unique, 1)
        stale = [one.reasons.get("failed", {}).get("CHANGED_SINCE_PLAN", 0) for one in accounts]
        assert sorted(stale) == [0, people.total()]
        for _ in range(2):
            koha.run(first)
            alma.run(second)
        again = koha.run(first), alma.run(second)
        assert all(set(left_over(one)) <= {"unchanged", "failed"} for one in again)
        assert self.profiles_by_email(koha).keys() == people.keys()
        assert {self.profiles_by_email(koha)[email] for email in unique} == {1}
        merged = koha.db.execute(
            "select count(*) from profiles.profile where fields ?& array['first_name', 'phone']"
        ).fetchone()
        assert merged == (len(unique),)

    @staticmethod
    def profiles_by_email(koha) -> Counter[str]:
        rows = koha.db.execute(
            "select lower(fields ->> 'email') from profiles.profile where fields ? 'email'"
        ).fetchall()
        return Counter(email for (email,) in rows)

    def test_that_change_the_same_people_at_once_lose_no_value(self, koha, alma, monkeypatch):
        first, second = koha.published(name="a"), alma.published(name="b")
        for _ in range(2):
            koha.run(first)
            alma.run(second)
        for one in (koha, alma):
            one.running.admin.change(count=PATRONS, fields=["phone", "last_name"], seed=1)

        accounts = together(
            monkeypatch, "data_sync/lock_profiles",
            lambda: koha.run(first), lambda: alma.run(second),
        )  # fmt: skip

        assert [one.totals["updated"] > 30 for one in accounts] == [True, True]
        koha.run(first)
        assert set(left_over(alma.run(second))) <= {"unchanged", "failed"}
        assert set(left_over(koha.run(first))) <= {"unchanged", "failed"}


class TestTheSameTwice:
    def test_a_second_start_is_refused_while_the_first_goes_on(self, koha, other_ledger):
        sync = koha.published()
        run_id = koha.new_run_id()

        with stopped_in(
            lambda one: koha.run(sync, run_id=run_id, client=one), koha.client()
        ) as run:
            second = replace(koha, ledger=other_ledger)
            for number in (koha.new_run_id(), run_id):
                with pytest.raises(WriterBusyError, match="readers"):
                    second.run(sync, run_id=number)

        assert koha.is_complete(run.result())
        assert koha.db.execute("select count(*) from data_sync.run").fetchone() == (1,)
        assert set(left_over(second.run(sync))) == {"unchanged"}

    def test_another_definition_may_start_meanwhile(self, koha, other_ledger):
        sync = koha.published()

        with stopped_in(lambda one: koha.run(sync, client=one), koha.client()) as run:
            second = replace(koha, ledger=other_ledger)
            account = second.run(name="others")

        koha.follow()
        assert koha.is_as_expected()
        assert set(left_over(account)) == {"created"}
        assert set(left_over(run.result())) == {"unchanged"}

    def test_a_run_that_a_later_one_has_overtaken_does_not_write_old_values(self, koha):
        sync = koha.published()
        koha.run(sync)
        koha.dial("server_error", after=2)
        _, old = koha.fails(sync)
        koha.heal()
        koha.running.admin.change(count=PATRONS, fields=["last_name"])
        koha.run(sync)
        koha.follow()

        with pytest.raises(SupersededError, match="later run"):
            koha.run(sync, run_id=old)

        assert koha.is_as_expected()
        run = read_sync_run(koha.ledger, old)
        assert (run.state, run.failure_code) == ("failed", "SUPERSEDED_RUN")
        assert set(left_over(koha.run(sync))) == {"unchanged"}


class TestADefinitionThatChanges:
    """A run keeps the version that it began with, whatever happens to the definition."""

    def test_edited_while_it_runs(self, koha, other_ledger):
        sync = koha.published()

        with stopped_in(lambda one: koha.run(sync, client=one), koha.client()) as run:
            second = replace(koha, ledger=other_ledger)
            edited = second.published(type="update")

        koha.follow()
        assert totals(run.result()) == {"created": len(koha.expected)}
        assert koha.is_as_expected()
        assert (edited.version, sync.version) == (2, 1)
        assert koha.db.execute("select version, state from data_sync.run").fetchall() == [
            (1, "succeeded")
        ]
        assert set(left_over(koha.run(edited))) == {"unchanged"}

    @pytest.mark.parametrize("what", ["deleted", "cancelled"])
    def test_deleted_or_cancelled_while_it_runs(self, koha, other_ledger, what):
        sync = koha.published()

        with stopped_in(lambda one: koha.run(sync, client=one), koha.client()) as run:
            (delete if what == "deleted" else cancel)(other_ledger, "readers", actor="kari")

        koha.follow()
        assert totals(run.result()) == {"created": len(koha.expected)}
        assert koha.is_as_expected()
        assert len(list_syncs(koha.ledger)) == (0 if what == "deleted" else 1)
        assert koha.db.execute("select state from data_sync.run").fetchall() == [("succeeded",)]

    def test_deleted_between_an_error_and_going_on(self, koha):
        koha.dial("server_error", after=2)
        _, run_id = koha.fails(koha.published())
        koha.heal()
        delete(koha.ledger, "readers", actor="kari")

        with pytest.raises(ConfigurationError, match="not published"):
            pinned(koha.ledger, "readers", koha.fields)
        version = read_sync_run(koha.ledger, run_id).version
        account = koha.run(pinned(koha.ledger, "readers", koha.fields, version), run_id=run_id)

        assert koha.is_complete(account)
        assert koha.published().version == 2

    def test_a_run_that_goes_on_is_not_taken_back(self, koha, other_ledger):
        sync, run_id = koha.published(), koha.new_run_id()

        with (
            stopped_in(lambda one: koha.run(sync, run_id=run_id, client=one), koha.client()),
            pytest.raises(DecisionRefusedError, match="has not ended"),
        ):
            undo_sync(other_ledger, UndoSyncRequest(run_id, "kari"))

        koha.follow()
        assert koha.is_as_expected()


def test_a_database_that_hangs_up_in_the_load_is_healed_by_going_on(
    koha, monkeypatch, database_url
):
    koha.run()
    koha.follow()
    koha.running.admin.change(count=40)
    sync, run_id, honest = koha.published(), koha.new_run_id(), Ledger.run

    def hang_up(ledger, statement, **parameters):
        if statement == "data_sync/link_profiles":
            koha.db.execute(
                "select pg_terminate_backend(%s)", [ledger._connection.info.backend_pid]
            )
        return honest(ledger, statement, **parameters)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "run", hang_up)
        with pytest.raises(UnavailableError):
            koha.run(sync, run_id=run_id)
    assert koha.is_as_expected()
    with Ledger.connect(database_url) as koha.ledger:
        assert koha.is_complete(koha.run(sync, run_id=run_id))
