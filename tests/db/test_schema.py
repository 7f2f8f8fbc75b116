"""What the schema itself guards: constraints, triggers, and which changes a push can see."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors

from registry_operators.domain.keys import fingerprint
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.schema import migrate
from tests.db.flow_world import World
from tests.factories import (
    KEYS,
    LIBRARY,
    OTHER_LIBRARY,
    PADS,
    Cicero,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
)


@pytest.fixture
def patron_id(cicero: Cicero) -> int:
    return cicero.add(a_patron())


class TestConstraints:
    def test_a_card_number_belongs_to_one_patron_of_a_library(self, cicero, patron_id) -> None:
        with pytest.raises(errors.UniqueViolation):
            cicero.add(a_patron(1, card=a_card_number(0)))

    def test_the_same_number_may_be_at_another_library(self, cicero, patron_id) -> None:
        other = cicero.add(a_patron(0, library=OTHER_LIBRARY, card=a_card_number(0)))

        assert cicero.card(other) == a_card_number(0)

    def test_a_patron_has_one_active_national_card(self, cicero, patron_id) -> None:
        with pytest.raises(errors.UniqueViolation, match="one_active_national_card"):
            cicero.add_card(patron_id, a_card_number(9))

    def test_a_patron_has_one_open_consent_of_a_type(self, cicero, patron_id) -> None:
        with pytest.raises(errors.UniqueViolation, match="one_open_consent"):
            cicero.consent(patron_id)

    def test_consent_may_be_given_again_after_it_was_withdrawn(self, cicero, patron_id) -> None:
        cicero.withdraw(patron_id)

        cicero.consent(patron_id)

        rows = cicero.db.execute("select withdrawn_at is null from cicero.consent order by 1")
        assert rows.fetchall() == [(False,), (True,)]

    @pytest.mark.parametrize(
        "statement",
        [
            "update cicero.pin set origin = 'default'",
            "update cicero.pin set pin_encrypted = 'x'",
            "update cicero.card set card_number = 'L0000001'",
            "update cicero.card set card_number = ''",
            "update cicero.card set library = '2040000'",
            "update cicero.patron set library = '203'",
            "update cicero.patron set national_id = '0101'",
            "update cicero.patron set national_id = null, person_key = repeat('k', 32)::bytea",
            "update cicero.consent set withdrawn_at = now()",
            "update cicero.consent set withdrawn_at = given_at - interval '1 s', withdrawn_by ="
            " 'patron'",
            "update cicero.consent set given_by = 'robot'",
        ],
    )
    def test_senseless_rows_are_refused(self, db, patron_id, statement) -> None:
        with pytest.raises(errors.IntegrityError):
            db.execute(statement)

    def test_a_person_is_a_patron_of_a_library_once(self, cicero, patron_id) -> None:
        with pytest.raises(errors.UniqueViolation):
            cicero.add(a_patron(0, card=None))


class TestChangeCapture:
    @pytest.mark.parametrize(
        "statement",
        [
            "insert into cicero.card (patron_id, library, card_number, kind, origin)"
            " values (1, '2030000', 'L1', 'local', 'librarian')",
            "update cicero.card set status = 'blocked'",
            "delete from cicero.card",
            "update cicero.pin set must_change = true",
            "delete from cicero.pin",
            "update cicero.consent set withdrawn_at = clock_timestamp(), withdrawn_by = 'patron'",
            "update cicero.patron set surname = 'Nyhus'",
        ],
    )
    def test_what_a_push_may_send_is_captured(self, db, patron_id, query, statement) -> None:
        query("delete from cicero.change")

        db.execute(statement)

        changes = query("select distinct library, patron_id from cicero.change")
        assert changes == [(LIBRARY, patron_id)]

    @pytest.mark.parametrize(
        "statement",
        [
            "update cicero.patron set person_key = repeat('k', 32)::bytea",
            "update cicero.patron set surname = surname",
            "update cicero.card set status = 'blocked' where false",
        ],
    )
    def test_what_changes_nothing_is_not_captured(self, db, patron_id, query, statement) -> None:
        query("delete from cicero.change")

        db.execute(statement)

        assert query("select * from cicero.change") == []

    def test_a_load_of_many_rows_is_captured_row_by_row(self, cicero, db, query) -> None:
        db.execute(
            "insert into cicero.patron (library, surname, first_name)"
            " select '2030000', 'Mange', n::text from generate_series(1, 50) as n"
        )

        assert query("select count(distinct patron_id) from cicero.change") == [(50,)]


class TestPersonKey:
    @pytest.fixture
    def keyed(self, patron_id: int, query) -> int:
        query("update cicero.patron set person_key = %s", a_person_key(0))
        return patron_id

    def test_a_new_national_id_forgets_it(self, keyed, query) -> None:
        query("update cicero.patron set national_id = %s", a_national_id(5))

        assert query("select person_key from cicero.patron") == [(None,)]

    def test_no_national_id_forgets_it(self, keyed, query) -> None:
        query("update cicero.patron set national_id = null")

        assert query("select person_key from cicero.patron") == [(None,)]

    def test_a_new_name_keeps_it(self, keyed, query) -> None:
        query("update cicero.patron set surname = 'Nyhus', national_id = national_id")

        assert query("select person_key from cicero.patron") == [(a_person_key(0),)]


class TestDeletion:
    def test_it_outlives_the_row_with_what_a_removal_needs(self, cicero, patron_id, query) -> None:
        query("update cicero.patron set person_key = %s", a_person_key(0))

        cicero.delete(patron_id)

        row = query("select patron_id, library, person_key, national_id, had_consent"
                    " from cicero.deleted_patron")  # fmt: skip
        assert row == [(patron_id, LIBRARY, a_person_key(0), a_national_id(0), True)]
        assert query("select * from cicero.card") == query("select * from cicero.pin") == []

    @pytest.mark.parametrize("changes", [{"consent": False}, {"withdrawn": True}])
    def test_it_remembers_that_there_was_no_consent(self, cicero, query, changes) -> None:
        cicero.delete(cicero.add(a_patron(**changes)))

        assert query("select had_consent from cicero.deleted_patron") == [(False,)]

    def test_it_remembers_nobody_without_a_national_id(self, cicero, query) -> None:
        cicero.delete(cicero.add(a_patron(national_id=None, pin=None)))

        assert query("select * from cicero.deleted_patron") == []

    def test_a_settled_removal_may_not_keep_the_national_id(self, cicero, patron_id, db) -> None:
        cicero.delete(patron_id)

        with pytest.raises(errors.CheckViolation):
            db.execute("update cicero.deleted_patron set settled_at = now()")


class TestProfileLink:
    """What a foreign key would guard, checked once a statement."""

    PROFILE = (
        "insert into profiles.profile (type, fields) select 'patron', '{}'"
        " from generate_series(1, 3) returning profile_id"
    )
    LINK = (
        "insert into profiles.source_link (source, record_id, profile_id) values ('koha', %s, %s)"
    )

    @pytest.fixture
    def numbers(self, query) -> list[int]:
        return [number for (number,) in query(self.PROFILE)]

    def test_a_link_to_nobody_is_refused_and_takes_its_statement_with_it(self, query, numbers):
        query(self.LINK, "1", numbers[0])

        for statement in (
            "insert into profiles.source_link (source, record_id, profile_id)"
            " select 'koha', 'r' || profile_id, profile_id + 1 from profiles.profile"
            " where profile_id > (select min(profile_id) from profiles.profile)",
            "update profiles.source_link set profile_id = 987654321",
        ):
            with pytest.raises(errors.ForeignKeyViolation, match="names a profile that is not in"):
                query(statement)

        assert query("select record_id, profile_id from profiles.source_link") == [
            ("1", numbers[0])
        ]

    def test_the_links_of_a_profile_go_with_it(self, query, numbers):
        for number in numbers:
            query(self.LINK, str(number), number)

        query("delete from profiles.profile where profile_id = any(%s)", numbers[:2])

        assert query("select profile_id from profiles.source_link") == [(numbers[2],)]

    def test_the_number_of_a_profile_stays(self, query, numbers):
        with pytest.raises(errors.RaiseException, match="never changes"):
            query("update profiles.profile set profile_id = profile_id + 1000")

    def test_a_profile_that_goes_meanwhile_waits_for_a_link_and_takes_it_along(
        self, query, numbers, database_url
    ):
        with (
            psycopg.connect(database_url) as linking,
            psycopg.connect(database_url, autocommit=True) as removing,
            ThreadPoolExecutor(1) as thread,
        ):
            linking.execute(self.LINK, ("1", numbers[0]))
            removal = thread.submit(removing.execute, "delete from profiles.profile")
            while not query("select 1 from pg_locks where locktype = 'advisory' and not granted"):
                assert not removal.done()
            linking.commit()
            removal.result()

        assert query("select count(*) from profiles.source_link") == [(0,)]

    def test_a_link_waits_for_a_profile_that_goes_and_is_refused(
        self, query, numbers, database_url
    ):
        with (
            psycopg.connect(database_url) as removing,
            psycopg.connect(database_url, autocommit=True) as linking,
            ThreadPoolExecutor(1) as thread,
        ):
            removing.execute("delete from profiles.profile")
            link = thread.submit(linking.execute, self.LINK, ("1", numbers[0]))
            while not query("select 1 from pg_locks where locktype = 'advisory' and not granted"):
                assert not link.done()
            removing.commit()
            with pytest.raises(errors.ForeignKeyViolation):
                link.result()


class TestLateCommit:
    def test_a_change_that_was_open_when_a_push_began_is_found_by_the_next(
        self, world: World, database_url: str
    ) -> None:
        patron_id, person = world.both(a_patron())
        world.rounds(1)
        with psycopg.connect(database_url) as slow:
            slow.execute("select")  # opens the transaction that the change is part of
            Cicero(slow).change_card(patron_id, a_card_number(50))
            world.push()
            before = person.card
            slow.commit()

        world.push()

        assert (before, person.card) == (a_card_number(0), a_card_number(50))

    def test_a_change_of_an_open_transaction_is_not_lost_by_several_pushes(
        self, world: World, database_url: str
    ) -> None:
        patron_id, person = world.both(a_patron())
        world.rounds(1)
        with psycopg.connect(database_url) as slow:
            Cicero(slow).set_pin(patron_id, "1357")
            world.push()
            world.push()
            slow.commit()

        world.push()

        assert world.registry.pin_of(0) == "1357"
        assert LIBRARY in person.relations


def test_migrating_again_changes_nothing(database_url: str, cicero: Cicero, patron_id) -> None:
    migrate(database_url)

    assert cicero.card(patron_id) == a_card_number(0)


@settings(max_examples=60)
@given(
    person=st.binary(min_size=32, max_size=32),
    field=st.sampled_from(["relation", "card", "pin"]),
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80),
)
def test_the_fingerprint_in_sql_equals_the_one_in_python(ledger, db, person, field, value) -> None:
    (found,) = db.execute(
        "select patron_sync.fingerprint(%s, %s, %s, %s, %s)",
        [person, field, value, PADS["inner_pad"], PADS["outer_pad"]],
    ).fetchone()

    assert found == fingerprint(person, field, value, KEYS)


def test_a_ledger_of_a_database_that_is_away_says_so() -> None:
    from registry_operators.errors import UnavailableError

    with pytest.raises(UnavailableError, match="does not answer"):
        Ledger.connect("postgresql://nobody:hemmelig@127.0.0.1:9/none?connect_timeout=1")
