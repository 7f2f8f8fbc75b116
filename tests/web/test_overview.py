"""The start page: how the nights went, who waits, what is due, and what nobody has compared."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from registry_operators.settings.profile_fields import load_profile_fields, profile_fields_file
from registry_operators.steps.data_sync.definitions import publish
from tests.db.sync_bench import a_document
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_config,
    a_library_config,
    a_patron,
    a_run_id,
)

STRICT = {"limits": {"pin_overwrites": {"percent": 0, "at_least": 0}}}
CAPTIONS = {
    "last": "The last push and pull of each library",
    "nights": "The last 30 nights",
    "waiting": "Who waits longest",
    "syncs": "Data syncs that are due next",
    "drift": "Since everybody was last compared",
}


def rows(answer, name):
    """The rows of a table as the text of their cells; a name that spans rows stands in each."""
    table = answer.text.partition(f"{CAPTIONS[name]}</caption>")[2].partition("</table>")[0]
    found, spanning = [], ""
    for row in re.findall(r"<tr>.*?</tr>", table.partition("</thead>")[2], re.DOTALL):
        cells = [text(cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)]
        if 'scope="rowgroup"' in row:
            spanning = cells.pop(0)
        found.append([spanning, *cells] if spanning else cells)
    return found


def text(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def figures(answer):
    """Each figure at the top: its label to value and hint."""
    found = re.findall(
        r'class="value">(.*?)</span>\s*<span class="label">(.*?)</span>(.*?)</li>',
        answer.text, re.DOTALL,
    )  # fmt: skip
    return {label: (value, text(rest)) for value, label, rest in found}


def of(rows, flow="To the registry"):
    """The row of the first library and a flow."""
    (found,) = [row for row in rows if row[:2] == ["Fjordby bibliotek", flow]]
    return found


@pytest.fixture
def query(db):
    return lambda statement, *values: db.execute(statement, values or None)


@pytest.fixture
def differing(world):
    """A patron whose PIN differs, at a library that may not change any."""
    world.config = a_config(STRICT)
    _, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="2468")
    world.pull(libraries=(LIBRARY,))


class TestLastRuns:
    def test_a_library_that_never_ran_is_told(self, viewer):
        answer = viewer.get("")

        assert of(rows(answer, "last"))[2:4] == ["–", "– never ran"]
        assert figures(answer)["Libraries whose last run went wrong"][0] == "0"

    def test_the_numbers_of_the_last_run(self, viewer, world):
        for index in range(3):
            world.both(a_patron(index))
        world.push(libraries=(LIBRARY,))

        push = of(rows(viewer.get(""), "last"))

        assert push[3:] == ["✓ done", "3", "3", "0", "0", "0"]

    def test_a_library_that_failed_stands_first_with_its_code(self, viewer, world, libraries_yaml):
        config = {
            code: a_library_config(code, name=name)
            for code, name in ((OTHER_LIBRARY, "Skogvik"), (LIBRARY, "Fjordby bibliotek"))
        }
        libraries_yaml(libraries=config)
        world.registry.refused_libraries = {LIBRARY}
        world.pull()

        answer = viewer.get("")

        first, second, *_ = rows(answer, "last")
        assert first[:2] == ["Fjordby bibliotek", "To the registry"]
        assert second[3] == "✕ failed LOGIN_REFUSED"
        assert figures(answer)["Libraries whose last run went wrong"][0] == "1"

    def test_a_run_of_before_these_nights_is_not_taken_for_none(self, viewer, world, query):
        world.push(libraries=(LIBRARY,))
        query("update patron_sync.run set started_at = now() - interval '40 days'")

        assert of(rows(viewer.get(""), "last"))[3] == "– not in these nights"

    def test_patrons_who_wait_are_told_with_reason_and_age(self, viewer, world, query):
        patron_id = world.cicero.add(a_patron())
        query(
            "insert into patron_sync.pending (flow, library, patron_id, reason, since)"
            " values ('push', %s, %s, 'REFUSED', now() - interval '3 days')", LIBRARY, patron_id,
        )  # fmt: skip

        answer = viewer.get("")

        assert rows(answer, "waiting") == [
            ["Fjordby bibliotek", "To the registry", "REFUSED", "1", "3"]
        ]
        assert figures(answer)["Patrons waiting"] == ("1", "The oldest since 3 days.")
        assert of(rows(answer, "last"))[-1] == "1"

    def test_changes_that_wait_are_counted(self, viewer, operator, differing):
        found = figures(operator.get(""))["Sets of changes that wait for a decision"]

        assert found[0] == "1"
        assert found[1].startswith("The first expires ")
        assert of(rows(viewer.get(""), "last"), "From the registry")[3] == (
            "! done, changes wait for a decision"
        )

    def test_many_libraries_are_told_in_pages(self, viewer, libraries_yaml, monkeypatch):
        monkeypatch.setattr("registry_operators.web.views.overview.LIBRARIES_PER_PAGE", 1)

        first = viewer.get("")
        (next_url,) = re.findall(r'href="/patron-sync/(\?after=\d+)"', first.text)
        second = viewer.get(next_url)

        assert [row[0] for row in rows(first, "last")] == ["Fjordby bibliotek"] * 2
        assert [row[0] for row in rows(second, "nights")] == ["Skogvik bibliotek"] * 2
        assert 'rel="next"' not in second.text

    @pytest.mark.parametrize("after", ["9999999", "'--", "{{7*7}}", "%00", "<script>"])
    def test_an_unknown_page_is_the_first(self, viewer, after):
        answer = viewer.get(f"?after={after}")

        assert answer.status_code == 200
        assert len(rows(answer, "last")) == 4


class TestNights:
    def squares(self, answer, flow="To the registry"):
        return of(rows(answer, "nights"), flow)[2:]

    def test_are_thirty_and_the_newest_stands_first(self, viewer, world):
        world.push(libraries=(LIBRARY,))

        answer = viewer.get("")

        squares = self.squares(answer)
        assert len(squares) == 30
        assert (squares[0], set(squares[1:])) == ("✓ done, changed: 0", {"no run"})
        assert answer.text.count(f'href="/patron-sync/runs/{a_run_id(1)}"') == 3

    @pytest.mark.parametrize(("days", "place"), [(0, 0), (1, 1), (29, 29), (30, None)])
    def test_a_run_stands_at_its_day(self, viewer, world, query, days, place):
        world.push(libraries=(LIBRARY,))
        query(
            "update patron_sync.run set started_at = date_trunc('day', now(), 'Europe/Oslo')"
            " - make_interval(days => %s) + interval '1 second'",
            days,
        )

        squares = self.squares(viewer.get(""))

        done = [number for number, square in enumerate(squares) if square != "no run"]
        assert done == ([] if place is None else [place])

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ("run_library set stage = 'planned'", "✕ stopped before its end"),
            ("run_library set alarm = 'critical'", "✕ failed"),
            ("run_library set stage = 'disabled'", "– switched off"),
            (
                'account set mismatches = \'[{"number": "writes", "expected": 1, "found": 0}]\'',
                "✕ the numbers do not add up",
            ),
        ],
    )
    def test_each_state_has_its_sign_and_its_text(self, viewer, world, query, change, told):
        world.push(libraries=(LIBRARY,))
        query(f"update patron_sync.{change}")

        assert self.squares(viewer.get(""))[0] == f"{told}, changed: 0"

    def test_a_run_that_goes_on_is_not_a_failure(self, viewer, world, query):
        world.push(libraries=(LIBRARY,))
        query("update patron_sync.run set state = 'running'")
        query("update patron_sync.run_library set stage = 'planned'")

        answer = viewer.get("")

        assert self.squares(answer)[0].startswith("… not finished")
        assert of(rows(answer, "last"))[3] == "i not finished planned"

    def test_are_norwegian_too(self, viewer, world):
        world.push(libraries=(LIBRARY,))

        answer = viewer.get("?lang=nb")

        assert "ferdig, endret: 0" in answer.text
        assert "Ingen venter." in answer.text


class TestDrift:
    def test_never_is_said_plainly(self, viewer):
        assert of(rows(viewer.get(""), "drift"))[2:] == ["! never", "–", "–", "–"]

    def test_what_was_changed_since_is_counted(self, viewer, world):
        patron_id, _ = world.both(a_patron())
        world.push(libraries=(LIBRARY,))
        world.cicero.change_card(patron_id, a_card_number(60))
        world.push(libraries=(LIBRARY,))

        assert of(rows(viewer.get(""), "drift"))[3:] == ["1", "1", "1"]


class TestDataSyncs:
    def publish(self, ledger, name, at):
        when = datetime.now(UTC) + at
        text = a_document(name=name) + f'schedule: {{first: {when:%Y-%m-%d}, at: "{when:%H:%M}"}}\n'
        publish(ledger, text, load_profile_fields(profile_fields_file()), actor="kari")

    def test_the_next_one_stands_first(self, viewer, ledger):
        self.publish(ledger, "later", timedelta(days=9))
        self.publish(ledger, "sooner", timedelta(days=3))
        publish(
            ledger, a_document(name="by_hand"), load_profile_fields(profile_fields_file()),
            actor="kari",
        )  # fmt: skip

        answer = viewer.get("")

        assert [row[0] for row in rows(answer, "syncs")] == ["sooner", "later"]
        assert figures(answer)["Next data sync"][0] == rows(answer, "syncs")[0][1]

    def test_none_is_said(self, viewer):
        assert rows(viewer.get(""), "syncs") == [["None is due."]]

    def test_wrong_profile_fields_do_not_hide_the_nights(self, viewer, tmp_path, monkeypatch):
        file = tmp_path / "profile_fields.yaml"
        file.write_text("types: 7\n")
        monkeypatch.setenv("PATRON_SYNC_PROFILE_FIELDS", str(file))

        answer = viewer.get("")

        assert answer.status_code == 200
        assert "The profile fields cannot be read" in answer.text
        assert len(rows(answer, "nights")) == 4
