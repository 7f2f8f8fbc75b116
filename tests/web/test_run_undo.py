"""Taking a run back from its page: told first, then done, and seen afterwards (X7)."""

from __future__ import annotations

import pytest

from registry_operators.errors import UnavailableError
from registry_operators.web.views import run_undo
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_patron, a_run_id
from tests.web.test_runs import rows_of

ALL = {"relation": "yes", "card": "yes", "pin": "yes"}


@pytest.fixture
def pulled(world):
    """A run that replaced a card and a PIN at one library, and a PIN at the other."""
    patron_id, person = world.both(a_patron())
    _, other = world.both(a_patron(1, library=OTHER_LIBRARY))
    world.rounds()
    world.registry.change(person, card=a_card_number(60), pin="2468")
    world.registry.change(other, pin="1357")
    assert world.pull()[LIBRARY].writes == 2
    return a_run_id(world.runs), patron_id


def preview(browser, run_id, **form):
    answer = browser.post(f"runs/{run_id}/undo/preview", form or ALL)
    return answer, rows_of(answer, "What would happen")


class TestPreview:
    def test_tells_what_would_happen_and_writes_nothing(self, operator, world, pulled) -> None:
        run_id, _ = pulled
        before = world.state(), world.registry.snapshot()

        answer, rows = preview(operator, run_id)

        assert rows == [
            ["Card number", "in Cicero", "✓ put back", "–", "1"],
            ["PIN", "in Cicero", "✓ put back", "–", "2"],
        ]
        assert (world.state(), world.registry.snapshot()) == before
        assert "Nothing has been written yet" in answer.text

    def test_tells_what_would_be_left_as_it_is(self, operator, world, pulled) -> None:
        run_id, patron_id = pulled
        world.cicero.set_pin(patron_id, "9753")

        _, rows = preview(operator, run_id, pin="yes", library=LIBRARY)

        assert rows == [
            ["PIN", "in Cicero", "– left as it is",
             "The value has changed since the run TARGET_CHANGED", "1"]
        ]  # fmt: skip

    def test_asks_the_registry_about_what_was_sent(self, operator, world) -> None:
        patron_id, _ = world.both(a_patron())
        world.rounds()
        world.cicero.set_pin(patron_id, "2468")
        world.push()
        calls = len(world.registry.calls)

        _, rows = preview(operator, a_run_id(world.runs))

        assert rows == [["PIN", "in the registry", "✓ put back", "–", "1"]]
        assert {call.operation for call in world.registry.calls[calls:]} == {"find"}

    def test_of_very_many_is_not_tried_while_somebody_waits(
        self, operator, pulled, monkeypatch
    ) -> None:
        monkeypatch.setattr(run_undo, "_TRIED_AT_MOST", 2)

        whole, rows = preview(operator, pulled[0])
        _, of_one = preview(operator, pulled[0], **ALL, library=LIBRARY)

        assert rows == []
        assert "3 changes were written." in whole.text
        assert "Take it back" in whole.text
        assert len(of_one) == 2

    def test_keeps_what_was_chosen(self, operator, pulled) -> None:
        answer, _ = preview(operator, pulled[0], card="yes", library=LIBRARY, note="wrong feed")

        for name, value in {"library": LIBRARY, "card": "yes", "note": "wrong feed"}.items():
            assert f'type="hidden" name="{name}" value="{value}"' in answer.text
        assert 'name="pin"' not in answer.text


class TestUndo:
    def test_puts_back_and_tells_it(self, operator, world, room, pulled, db) -> None:
        run_id, patron_id = pulled

        answer = operator.post(f"runs/{run_id}/undo", ALL | {"note": "wrong feed"})
        room.errands.wait()

        assert answer.status_code == 303
        assert answer.headers["location"] == f"/patron-sync/runs/{run_id}?done=undo"
        assert world.cicero.card(patron_id) == a_card_number()
        page = operator.get(f"runs/{run_id}?done=undo")
        assert sorted(row[2:] for row in rows_of(page, "Taken back")) == [
            ["operator", "1", "0", "0", "0"],
            ["operator", "2", "0", "0", "0"],
        ]
        events = (
            "select actor, detail ->> 'note' from patron_sync.audit_event "
            " where action = 'undo' and kind = 'act'"
        )
        assert db.execute(events).fetchall() == [("operator", "wrong feed")]

    def test_takes_only_what_was_chosen(self, operator, world, room, pulled) -> None:
        run_id, patron_id = pulled

        operator.post(f"runs/{run_id}/undo", {"card": "yes", "library": LIBRARY})
        room.errands.wait()

        assert world.cicero.card(patron_id) == a_card_number()
        assert world.cicero.pin(patron_id)[0] == "2468"

    def test_that_stopped_says_why_and_how_to_go_on(
        self, operator, world, room, pulled, monkeypatch
    ) -> None:
        def breaks(library):
            raise UnavailableError("the registry does not answer")

        run_id, _ = pulled
        monkeypatch.setattr(room, "secrets", lambda: breaks(""))

        operator.post(f"runs/{run_id}/undo", ALL)
        room.errands.wait()

        page = operator.get(f"runs/{run_id}").text
        assert "Taking it back stopped. Start it again" in page
        assert "the registry does not answer" in page

    def test_tells_nothing_of_what_nobody_foresaw(
        self, operator, room, pulled, monkeypatch
    ) -> None:
        def breaks():
            raise RuntimeError("N101234567 of Nora Nyberg")

        monkeypatch.setattr(room, "secrets", breaks)

        operator.post(f"runs/{pulled[0]}/undo", ALL)
        room.errands.wait()

        page = operator.get(f"runs/{pulled[0]}").text
        assert "Taking it back stopped" in page
        assert "Nora" not in page

    def test_that_goes_on_is_not_begun_twice(self, operator, room, pulled, monkeypatch) -> None:
        import threading

        gate = threading.Event()
        secrets = room.secrets()
        monkeypatch.setattr(room, "secrets", lambda: gate.wait(30) and secrets)

        first = operator.post(f"runs/{pulled[0]}/undo", ALL)
        second = operator.post(f"runs/{pulled[0]}/undo", ALL)
        page = operator.get(f"runs/{pulled[0]}")
        part = operator.get(f"runs/{pulled[0]}/undone", headers={"HX-Request": "true"})
        gate.set()
        room.errands.wait()
        after = operator.get(f"runs/{pulled[0]}/undone", headers={"HX-Request": "true"})

        assert first.headers["location"].endswith("done=undo")
        assert second.headers["location"].endswith("done=undo-again")
        assert 'hx-trigger="every 2s"' in page.text
        assert part.text.lstrip().startswith("<div")
        assert "hx-trigger" in part.text
        assert "hx-trigger" not in after.text
        assert len(rows_of(after, "Taken back")) == 2


class TestForm:
    def test_offers_the_libraries_that_were_written_to(self, operator, pulled) -> None:
        text = operator.get(f"runs/{pulled[0]}/undo").text

        assert f'<option value="{LIBRARY}">Fjordby bibliotek' in text
        assert f'<option value="{OTHER_LIBRARY}">Skogvik bibliotek' in text
        assert text.count('type="checkbox"') == text.count(" checked") == 3

    @pytest.mark.parametrize("page", ["undo", "undo/preview"])
    def test_wants_one_kind_of_value(self, operator, pulled, page, db) -> None:
        answer = operator.post(f"runs/{pulled[0]}/{page}", {"library": LIBRARY})

        assert answer.status_code == 400
        assert "Choose at least one kind of value" in answer.text
        assert db.execute("select from patron_sync.undo").fetchall() == []

    @pytest.mark.parametrize("form", [{"library": "x"}, {"note": "x" * 201}])
    def test_takes_nothing_else(self, operator, pulled, form) -> None:
        assert operator.post(f"runs/{pulled[0]}/undo", ALL | form).status_code == 400

    def test_of_a_library_that_was_not_part_is_refused(self, operator, room, pulled) -> None:
        answer, _ = preview(operator, pulled[0], **ALL, library="9999999")

        assert answer.status_code == 409

    def test_of_a_dry_run_says_that_nothing_was_written(self, operator, world) -> None:
        world.both(a_patron())
        world.push(is_dry_run=True)
        run_id = a_run_id(world.runs)

        for answer in (
            operator.get(f"runs/{run_id}/undo"),
            operator.post(f"runs/{run_id}/undo/preview", ALL),
            operator.post(f"runs/{run_id}/undo", ALL),
        ):
            assert answer.status_code == 409
            assert "A dry run wrote nothing" in answer.text
        assert "Take it back" not in operator.get(f"runs/{run_id}").text

    def test_is_offered_to_operators(self, operator, viewer, pulled) -> None:
        assert (
            f'href="/patron-sync/runs/{pulled[0]}/undo"' in operator.get(f"runs/{pulled[0]}").text
        )
        assert "/undo" not in viewer.get(f"runs/{pulled[0]}").text
