"""The pages of held changes: what waits, why, and how much of it (X2)."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest

from registry_operators.steps.decide_held_changes import list_held, reject_held
from registry_operators.web import held_sets
from registry_operators.web.views import held as held_view
from registry_operators.web.views import run_lists
from tests.db.run_bench import HELD, a_mixed_pull
from tests.factories import LIBRARY, a_national_id, a_patron
from tests.web.test_run_lists import lines_of
from tests.web.test_runs import rows_of, text_of

WAITING = "Waiting for a decision"
CHANGES = "The changes"


@pytest.fixture
def held(world):
    """Three PINs that a pull would have replaced."""
    a_mixed_pull(world)
    (row,) = list_held(world.ledger)
    return row


class TestList:
    def test_has_what_waits(self, viewer, held) -> None:
        (row,) = rows_of(viewer.get("held"), WAITING)

        assert row[1:7] == [
            "Fjordby bibliotek", "From the registry", "PINs replaced", "3", "2",
            "! waits for a decision",
        ]  # fmt: skip

    def test_says_when_nothing_waits(self, viewer, world) -> None:
        assert "Nothing waits for a decision." in viewer.get("held").text

    def test_has_what_was_decided(self, viewer, world, held) -> None:
        reject_held(world.ledger, held.held_set_id, decided_by="kari", reason="no")

        answer = viewer.get("held")

        assert rows_of(answer, WAITING) == []
        (row,) = rows_of(answer, "No longer waiting, the newest first")
        assert row[6] == "– rejected"

    def test_goes_on_by_key(self, viewer, world, held, db, monkeypatch) -> None:
        db.execute("update patron_sync.held_set set state = 'applied'")
        db.execute(
            "insert into patron_sync.held_set select gen_random_uuid(), run.run_id, lib.library,"
            " kind, digest, changes, allowed, population, 'rejected', held.asked_by,"
            " held_at - interval '1 day', expires_at, now(), 'kari', 'no'"
            " from patron_sync.held_set as held cross join patron_sync.run as run"
            " inner join patron_sync.run_library as lib on lib.run_id = run.run_id"
            " where run.run_id <> held.run_id"
        )
        monkeypatch.setattr(held_sets, "MOST", 2)
        monkeypatch.setattr(held_view, "MOST", 2)
        found, address = [], "held"

        while address:
            answer = viewer.get(address)
            found += re.findall(r'href="/patron-sync/held/([0-9a-f-]{36})"', answer.text)
            following = re.search(r'href="/patron-sync/([^"]+)" rel="next"', answer.text)
            address = html.unescape(following[1]) if following else ""

        assert len(found) == len(set(found)) == 5

    def test_leads_to_data_syncs_that_wait(self, viewer, world, db) -> None:
        run_id = uuid4()
        db.execute(
            "insert into data_sync.run (run_id, name, version, digest, source, ils, type,"
            " profile_type, empty_fields, incorrect_values, errors, match_on, required, is_dry_run,"
            " state, account) values (%s, 'readers', 2, 'd', 'koha', 'koha', 'create', 'student',"
            " 'skip', 'skip', 'continue', '{}', '{}', false, 'held', '{\"held\": 41}')", [run_id],
        )  # fmt: skip

        answer = viewer.get("held")

        (row,) = rows_of(answer, "Data syncs that wait for a decision")
        assert row[1:4] == ["readers", "2", "41"]
        assert f'href="/patron-sync/syncs/-/runs/{run_id}"' in answer.text
        assert "Nothing waits" not in answer.text


class TestSet:
    def test_tells_what_waits_why_and_how_much(self, viewer, held) -> None:
        answer = viewer.get(f"held/{held.held_set_id}")

        told = text_of(answer)
        assert "<h1>Fjordby bibliotek: PINs replaced</h1>" in answer.text
        assert "3 changes of this kind; the limits allow 2 at a library with 7 patrons" in told
        assert held.digest in told
        rows = rows_of(answer, CHANGES)
        assert [row[2:4] for row in rows] == [
            ["PIN: changed in Cicero ! held for a decision", "The registry's value had changed"]
        ] * HELD
        assert f'href="/patron-sync/runs/{held.run_id}"' in answer.text

    def test_names_nobody(self, operator, held) -> None:
        text = operator.get(f"held/{held.held_set_id}").text

        for index in range(HELD):
            assert a_national_id(index) not in text
            assert a_patron(index).surname not in text
            assert f"200{index}" not in re.sub(r"[0-9a-f-]{20,}", "", text)

    def test_turns_pages_by_key_and_gives_the_whole_as_a_file(
        self, viewer, held, monkeypatch
    ) -> None:
        monkeypatch.setattr(held_view, "MOST", 2)
        monkeypatch.setattr(run_lists, "_BATCH", 2)
        first = viewer.get(f"held/{held.held_set_id}")
        (following,) = re.findall(r'href="/patron-sync/([^"]+)" rel="next"', first.text)
        second = viewer.get(html.unescape(following))

        assert [len(rows_of(one, CHANGES)) for one in (first, second)] == [2, 1]
        assert 'rel="next"' not in second.text
        lines = lines_of(viewer.get(f"held/{held.held_set_id}/changes.csv"))
        assert [line[3] for line in lines] == ["field", "pin", "pin", "pin"]

    @pytest.mark.parametrize("place", ["x", "1", "9-'--", "99999999999-pin-cicero", "-1-a-b"])
    def test_begins_anew_where_a_place_is_none(self, viewer, held, place) -> None:
        assert viewer.get(f"held/{held.held_set_id}?after={place}").status_code == 200
        assert viewer.get(f"held?before={place}").status_code == 200

    def test_that_is_not_there_is_told(self, viewer, operator) -> None:
        for answer in (
            viewer.get(f"held/{uuid4()}"),
            viewer.get(f"held/{uuid4()}/changes.csv"),
            operator.post(f"held/{uuid4()}/carry-out"),
        ):
            assert answer.status_code == 404

    def test_is_decided_by_operators_only(self, viewer, operator, held) -> None:
        assert 'value="approve"' in operator.get(f"held/{held.held_set_id}").text
        assert "<form" not in viewer.get(f"held/{held.held_set_id}").text


def test_conflicts_say_what_each_answer_means(operator, world, libraries_yaml, db) -> None:
    from tests.db.test_flow_conflicts import changed_on_both_sides, policy

    changed_on_both_sides(world, newer="registry")
    world.config = policy("hold")
    world.pull()
    (held,) = list_held(world.ledger)

    answer = operator.get(f"held/{held.held_set_id}")

    assert "1 value was changed on both sides." in text_of(answer)
    assert "the values below are written over those of the other side" in answer.text
    (row,) = rows_of(answer, CHANGES)
    assert "–" not in row[4:6]
    (listed,) = rows_of(operator.get("held"), WAITING)
    assert listed[1] == "Fjordby bibliotek"
    assert listed[5] == "–"
    assert held.library == LIBRARY
