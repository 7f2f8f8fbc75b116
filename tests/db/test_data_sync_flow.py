"""Whole data syncs from a library system in memory into profiles (D1 to D5)."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from registry_operators.errors import ConfigurationError, RunFailedError, UnavailableError
from registry_operators.ledger.database import Ledger
from tests.db.sync_bench import SyncWorld, a_record, a_sync, totals


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    return SyncWorld(ledger)


def test_a_first_run_creates_and_a_second_writes_nothing(syncs):
    syncs.ils.records = [a_record(index) for index in range(1, 6)]

    assert totals(syncs.run()) == {"created": 5}
    assert syncs.profiles()[0] == {
        "first_name": "Nora 1", "last_name": "Nyberg", "email": "nora.1@example.org",
        "library_card_number": "29000000000001", "birth_date": "2004-03-19",
    }  # fmt: skip
    assert totals(syncs.run()) == {"unchanged": 5}


def test_a_change_in_the_system_changes_that_value_alone(syncs, query):
    syncs.ils.records = [a_record(1), a_record(2)]
    syncs.run()
    syncs.ils.records[1]["surname"] = "Berg"

    assert totals(syncs.run()) == {"updated": 1, "unchanged": 1}
    assert syncs.profiles()[1]["last_name"] == "Berg"
    assert query("select fields ->> 'last_name', field_runs ? 'last_name', field_runs ? 'email'"
                 " from profiles.profile order by 2") == [
        (syncs.ils.records[0]["surname"], False, False), ("Berg", True, False),
    ]  # fmt: skip


class TestEmptyFields:
    """D1.4: replace clears the profile's field, skip keeps it; what is absent never clears."""

    @pytest.mark.parametrize("empty", [None, "", "  "])
    def test_replace_clears(self, syncs, empty):
        syncs.ils.records = [a_record(1)]
        syncs.run(empty_fields="replace")
        syncs.ils.records[0]["cardnumber"] = empty

        assert totals(syncs.run(empty_fields="replace")) == {"updated": 1}
        assert "library_card_number" not in syncs.profiles()[0]
        assert totals(syncs.run(empty_fields="replace")) == {"unchanged": 1}

    @pytest.mark.parametrize("empty", [None, "", "  "])
    def test_skip_keeps(self, syncs, empty):
        syncs.ils.records = [a_record(1)]
        syncs.run()
        syncs.ils.records[0]["cardnumber"] = empty

        assert totals(syncs.run()) == {"unchanged": 1}
        assert syncs.profiles()[0]["library_card_number"] == "29000000000001"

    def test_a_field_of_which_nothing_is_said_is_kept(self, syncs):
        syncs.ils.records = [a_record(1)]
        syncs.run(empty_fields="replace")
        del syncs.ils.records[0]["cardnumber"]

        assert totals(syncs.run(empty_fields="replace")) == {"unchanged": 1}

    def test_a_redacted_record_is_an_error_and_clears_nothing(self, syncs):
        syncs.ils.records = [a_record(1), a_record(2)]
        syncs.run(empty_fields="replace")
        before = syncs.profiles()
        syncs.ils.records[0] = dict.fromkeys(a_record()) | {"library_id": "MAIN"}

        account = syncs.run(empty_fields="replace")

        assert totals(account) == {"failed": 1, "unchanged": 1}
        assert account.reasons == {"failed": {"REDACTED": 1}}
        assert syncs.profiles() == before


class TestIncorrectValues:
    """D1.5, D1.6."""

    @pytest.mark.parametrize("choice", ["report", "skip"])
    def test_are_counted_and_the_rest_is_written(self, syncs, choice):
        syncs.ils.records = [a_record(1, email="nobody", date_of_birth="soon")]

        account = syncs.run(incorrect_values=choice)

        assert totals(account) == {"created": 1}
        assert account.problems == {"birth_date NOT_A_DATE": 1, "email NOT_AN_EMAIL": 1}
        assert set(syncs.profiles()[0]) == {"first_name", "last_name", "library_card_number"}

    def test_never_clear_a_value(self, syncs):
        syncs.ils.records = [a_record(1)]
        syncs.run(empty_fields="replace")
        syncs.ils.records[0]["email"] = "nobody"

        assert totals(syncs.run(empty_fields="replace")) == {"unchanged": 1}

    def test_stop_the_sync_before_it_writes_where_it_says_so(self, syncs):
        syncs.ils.records = [a_record(1), a_record(2, email="nobody")]

        with pytest.raises(RunFailedError, match="stop at the first"):
            syncs.run(errors="stop")

        assert syncs.profiles() == []


class TestTypes:
    """D1.2."""

    def test_create_leaves_profiles_alone(self, syncs):
        syncs.ils.records = [a_record(1)]
        syncs.run()
        syncs.ils.records = [a_record(1, surname="Berg"), a_record(2)]

        account = syncs.run(type="create")

        assert totals(account) == {"created": 1, "left_out": 1}
        assert account.reasons == {"left_out": {"HAS_PROFILE": 1}}
        assert [one["last_name"] for one in syncs.profiles()] == ["Nyberg", "Nyberg"]

    def test_update_creates_nobody(self, syncs):
        syncs.ils.records = [a_record(1)]
        syncs.run()
        syncs.ils.records = [a_record(1, surname="Berg"), a_record(2)]

        account = syncs.run(type="update")

        assert totals(account) == {"updated": 1, "left_out": 1}
        assert account.reasons == {"left_out": {"NO_PROFILE": 1}}
        assert [one["last_name"] for one in syncs.profiles()] == ["Berg"]


class TestMatching:
    """D0.3: two candidates are an error, never a guess."""

    def a_profile(self, query, email, kind="patron"):
        query("insert into profiles.profile (type, fields)"
              " values (%s, jsonb_build_object('email', %s::text))", kind, email)  # fmt: skip

    def test_a_profile_without_a_record_is_found_by_its_email(self, syncs, query):
        self.a_profile(query, "NORA.1@example.org")
        syncs.ils.records = [a_record(1)]

        assert totals(syncs.run()) == {"updated": 1}
        assert totals(syncs.run()) == {"unchanged": 1}
        syncs.ils.records[0]["email"] = "other@example.org"
        assert totals(syncs.run()) == {"updated": 1}
        assert len(syncs.profiles()) == 1

    def test_two_profiles_with_the_email_are_an_error(self, syncs, query):
        self.a_profile(query, "nora.1@example.org")
        self.a_profile(query, "nora.1@example.org")
        syncs.ils.records = [a_record(1)]

        account = syncs.run()

        assert account.reasons == {"failed": {"SEVERAL_PROFILES": 1}}
        assert syncs.profiles() == [{"email": "nora.1@example.org"}] * 2

    def test_two_records_of_one_profile_are_an_error(self, syncs, query):
        self.a_profile(query, "shared@example.org")
        syncs.ils.records = [
            a_record(1, email="shared@example.org"),
            a_record(2, email="Shared@example.org"),
        ]

        assert syncs.run().reasons == {"failed": {"SEVERAL_RECORDS": 2}}

    def test_a_profile_that_one_key_has_given_to_a_record_is_no_candidate_of_the_next(
        self, syncs, query
    ):
        known = {"email": "shared@example.org", "library_card_number": "29000000000001"}
        query("insert into profiles.profile (type, fields) values ('patron', %s)", Jsonb(known))
        syncs.ils.records = [
            a_record(1, email="new@example.org"),
            a_record(2, email="shared@example.org"),
        ]
        keys = {"match_on": "[ils_record_id, library_card_number, email]"}

        assert totals(syncs.run(**keys)) == {"created": 1, "updated": 1}
        assert [(one["first_name"], one["email"]) for one in syncs.profiles()] == [
            ("Nora 1", "new@example.org"), ("Nora 2", "shared@example.org"),
        ]  # fmt: skip
        assert totals(syncs.run(**keys)) == {"unchanged": 2}

    def test_a_family_that_shares_an_email_gets_a_profile_each(self, syncs):
        syncs.ils.records = [a_record(index, email="family@example.org") for index in (1, 2)]

        assert totals(syncs.run()) == {"created": 2}
        syncs.ils.records.append(a_record(3, email="family@example.org"))
        assert totals(syncs.run()) == {"created": 1, "unchanged": 2}

    def test_a_profile_of_another_type_is_an_error(self, syncs, query):
        syncs.ils.records = [a_record(1)]
        syncs.run()
        query("update profiles.profile set type = 'staff'")

        assert syncs.run().reasons == {"failed": {"OTHER_TYPE": 1}}

    def test_a_record_that_comes_twice_counts_once(self, syncs):
        syncs.ils.records = [a_record(1), a_record(1, surname="Berg")]

        account = syncs.run()

        assert totals(account) == {"created": 1, "failed": 1}
        assert account.reasons == {"failed": {"SAME_RECORD_TWICE": 1}}


def test_the_filter_leaves_out_who_is_not_meant(syncs):
    syncs.ils.records = [
        a_record(1),
        a_record(2, category_id="STAFF"),
        a_record(3, category_id=None),
    ]

    account = syncs.run(filter="[{field: category_id, is_one_of: [ugrd, GRAD]}]")

    assert totals(account) == {"created": 1, "left_out": 2}
    assert account.reasons == {"left_out": {"FILTERED": 2}}


def test_a_dry_run_plans_the_same_and_writes_nothing(syncs, query):
    syncs.ils.records = [a_record(index) for index in range(1, 6)]
    syncs.run()
    syncs.ils.records += [a_record(7)]
    syncs.ils.records[0]["surname"] = "Berg"
    before = syncs.profiles()

    dry = syncs.run(is_dry_run=True)
    assert syncs.profiles() == before
    live = syncs.run()

    assert totals(dry) == totals(live) == {"created": 1, "updated": 1, "unchanged": 4}
    ids = query("select plan_id from data_sync.run order by started_at")
    assert ids[-1] == ids[-2]
    assert ids[-1] != ids[-3]


def test_an_extract_that_broke_off_goes_on_behind_its_last_page(syncs):
    syncs.ils.records = [a_record(index) for index in range(1, 8)]
    syncs.ils.fail_behind, syncs.ils.error = 4, UnavailableError("away")
    with pytest.raises(UnavailableError):
        syncs.run(number=70)
    syncs.ils.error = None

    account = syncs.run(number=70)

    assert totals(account) == {"created": 7}
    assert account.read == 7


def test_a_run_that_writes_does_not_go_on_as_a_dry_run(syncs):
    syncs.ils.records = [a_record(1), a_record(2), a_record(3)]
    syncs.ils.fail_behind, syncs.ils.error = 2, UnavailableError("away")
    with pytest.raises(UnavailableError):
        syncs.run(number=70)
    syncs.ils.error = None

    with pytest.raises(ConfigurationError, match="cannot go on as a dry run"):
        syncs.run(number=70, is_dry_run=True)

    assert syncs.profiles() == []
    assert totals(syncs.run(number=70)) == {"created": 3}


class TestGuards:
    def test_another_mapping_does_not_hide_that_the_source_has_shrunk(self, syncs):
        syncs.ils.records = [a_record(index) for index in range(1, 60)]
        syncs.run()
        syncs.ils.records = []

        with pytest.raises(RunFailedError, match="source_shrink"):
            syncs.run(a_sync(version=2, empty_fields="replace"))

    def test_an_empty_answer_stops_the_sync(self, syncs):
        syncs.ils.records = [a_record(index) for index in range(1, 60)]
        syncs.run()
        syncs.ils.records = []

        with pytest.raises(RunFailedError, match="source_shrink"):
            syncs.run()

    def test_many_emptied_fields_are_held_and_the_rest_goes_on(self, syncs):
        syncs.ils.records = [a_record(index) for index in range(1, 60)]
        syncs.run(empty_fields="replace")
        for record in syncs.ils.records[:30]:
            record["cardnumber"] = None
        syncs.ils.records[40]["surname"] = "Berg"

        account = syncs.run(empty_fields="replace")

        assert totals(account) == {"held": 30, "updated": 1, "unchanged": 28}
        assert sum("library_card_number" in one for one in syncs.profiles()) == 59


def test_what_another_sync_wrote_in_between_is_left_alone(syncs, query, monkeypatch):
    syncs.ils.records = [a_record(1), a_record(2)]
    syncs.run()
    syncs.ils.records[0]["surname"] = "Berg"
    sync = a_sync()
    honest = Ledger.run

    def meddle(ledger, statement, **parameters):
        if statement == "data_sync/fail_stale":
            query("update profiles.profile set fields = fields || '{\"last_name\": \"Dahl\"}'"
                  " where fields ->> 'first_name' = 'Nora 1'")  # fmt: skip
        return honest(ledger, statement, **parameters)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "run", meddle)
        account = syncs.run(sync)

    assert account.reasons == {"failed": {"CHANGED_SINCE_PLAN": 1}}
    assert syncs.profiles()[0]["last_name"] == "Dahl"
    assert totals(syncs.run(sync)) == {"updated": 1, "unchanged": 1}


@pytest.mark.parametrize(
    "text", ["a\tb\nc", "back\\slash", 'quo"te', "{brace},", "\\N", "æøå 漢", "a\u2028b", "'; drop"]
)
def test_any_text_arrives_as_it_was(syncs, text):
    syncs.ils.records = [
        a_record(1, surname=text),
        a_record(2, patron_id="id\t\\ \n1", firstname=text),
    ]

    assert totals(syncs.run()) == {"created": 2}
    assert [one.get("last_name") for one in syncs.profiles()].count(text) == 1
    assert totals(syncs.run()) == {"unchanged": 2}
