"""A decision on held changes: on exactly what was shown, by somebody else, carried out (X2)."""

from __future__ import annotations

import re

import pytest

from registry_operators.errors import UnavailableError
from registry_operators.steps.decide_held_changes import list_held, reject_held
from tests.db.run_bench import HELD, a_mixed_pull
from tests.web.test_runs import text_of

CHANGES = "The changes"


@pytest.fixture
def held(world):
    """Three PINs that a pull would have replaced."""
    a_mixed_pull(world)
    (row,) = list_held(world.ledger)
    return row


def decide(browser, held, decision="approve", *, digest=None, reason="as announced"):
    form = {"decision": decision, "digest": digest or held.digest, "reason": reason}
    return browser.post(f"held/{held.held_set_id}/decide", form)


def state(world, held):
    return {row.held_set_id: row.state for row in list_held(world.ledger, None)}[held.held_set_id]


def digits(world):
    return [world.cicero.pin(number)[0] for number in range(1, HELD + 1)]


class TestDecision:
    def test_an_approval_is_carried_out(self, operator, world, room, held, db) -> None:
        answer = decide(operator, held)
        room.errands.wait()

        assert answer.status_code == 303
        assert answer.headers["location"] == f"/patron-sync/held/{held.held_set_id}?done=approved"
        assert (state(world, held), digits(world)) == ("applied", ["2000", "2001", "2002"])
        who = (
            "select actor, detail ->> 'note' from patron_sync.audit_event where action = 'approve'"
        )
        assert db.execute(who).fetchall() == [("operator", "as announced")]
        page = operator.get(f"held/{held.held_set_id}")
        assert "Approved by operator and carried out" in page.text
        assert "<form" not in page.text.partition("<main")[2].partition("<table")[0]
        assert "✓ written" in text_of(page, CHANGES)

    def test_a_rejection_writes_nothing(self, operator, world, room, held) -> None:
        answer = decide(operator, held, "reject")
        room.errands.wait()

        assert answer.headers["location"].endswith("?done=rejected")
        assert (state(world, held), digits(world)) == ("rejected", ["4711"] * 3)

    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_on_something_else_than_was_shown_is_asked_again(
        self, operator, world, held, db, decision
    ) -> None:
        db.execute("update patron_sync.plan set state = 'dropped' where held_set_id = %s"
                   " and record_no = 3", [held.held_set_id])  # fmt: skip

        answer = decide(operator, held, decision)

        assert answer.status_code == 409
        assert "has changed since it was shown to you" in answer.text
        assert ">as announced</textarea>" in answer.text
        assert state(world, held) == "open"

    def test_is_asked_again_with_what_waits_now(self, operator, world, room, held) -> None:
        world.registry.change(world.registry.of(0), pin="3000")
        world.pull()  # replaces one of the three, so that the set is asked anew

        moved = decide(operator, held)
        digest, *_ = re.findall(r'name="digest" value="([0-9a-f]{64})"', moved.text)
        again = decide(operator, held, digest=digest)
        room.errands.wait()

        assert (moved.status_code, again.status_code) == (409, 303)
        assert digest != held.digest
        assert digits(world)[1:] == ["2001", "2002"]

    def test_by_whoever_started_the_run_is_refused(self, operator, admin, world, room, db) -> None:
        a_mixed_pull(world, asked_by="operator")
        (held,) = list_held(world.ledger)

        page = operator.get(f"held/{held.held_set_id}").text
        answer = decide(operator, held)

        assert 'value="approve"' not in page
        assert "You started the run that asks. Somebody else must approve" in page
        assert answer.status_code == 409
        assert "operator started the run that asks and may not approve it" in answer.text
        assert decide(admin, held).status_code == 303
        room.errands.wait()

    def test_by_whoever_started_the_run_is_refused_in_norwegian(self, operator, world) -> None:
        a_mixed_pull(world, asked_by="operator")
        (held,) = list_held(world.ledger)
        form = {"decision": "approve", "digest": held.digest, "reason": "ja"}

        answer = operator.post(
            f"held/{held.held_set_id}/decide", form, headers={"Accept-Language": "nb"}
        )

        assert "operator startet kjøringen som spør, og kan ikke selv godkjenne" in answer.text

    def test_alone_is_enough_where_four_eyes_are_switched_off(
        self, operator, world, room, libraries_yaml
    ) -> None:
        libraries_yaml(guards={"approval": {"four_eyes": False}})
        a_mixed_pull(world, asked_by="operator")
        (held,) = list_held(world.ledger)

        assert 'value="approve"' in operator.get(f"held/{held.held_set_id}").text
        assert decide(operator, held).status_code == 303
        room.errands.wait()

    def test_too_late_is_refused_and_a_rejection_is_not(self, operator, world, held, db) -> None:
        db.execute("update patron_sync.held_set set expires_at = now() - interval '1 hour'")

        page = operator.get(f"held/{held.held_set_id}").text

        assert "The time to approve is over" in page
        assert 'value="approve"' not in page
        answer = decide(operator, held)
        assert answer.status_code == 409
        assert "the time to decide is over" in answer.text
        assert decide(operator, held, "reject").status_code == 303
        assert state(world, held) == "rejected"

    def test_that_somebody_else_has_taken_is_told(self, operator, world, held) -> None:
        reject_held(world.ledger, held.held_set_id, decided_by="kari", reason="no")

        answer = decide(operator, held)

        assert answer.status_code == 409
        assert "the set is rejected by kari and cannot be decided again" in answer.text
        assert digits(world) == ["4711"] * 3

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_needs_a_reason(self, operator, world, held, reason) -> None:
        answer = decide(operator, held, reason=reason)

        assert answer.status_code == 400
        assert "Say why in a few words" in answer.text
        assert state(world, held) == "open"

    @pytest.mark.parametrize(
        "form",
        [{"decision": "both"}, {"digest": "x"}, {"reason": "x" * 201}, {"digest": "0" * 64}],
    )
    def test_takes_nothing_else(self, operator, world, held, form) -> None:
        whole = {"decision": "approve", "digest": held.digest, "reason": "right"}

        answer = operator.post(f"held/{held.held_set_id}/decide", whole | form)

        assert answer.status_code in {400, 409}
        assert state(world, held) == "open"


class TestCarryingOut:
    @pytest.fixture
    def stopped(self, operator, world, room, held, monkeypatch):
        """Approved, and then the registry did not answer."""

        def breaks():
            raise UnavailableError("the registry does not answer")

        with monkeypatch.context() as patch:
            patch.setattr(room, "secrets", breaks)
            decide(operator, held)
            room.errands.wait()
        return held

    def test_that_stopped_says_why(self, operator, world, stopped) -> None:
        page = operator.get(f"held/{stopped.held_set_id}").text

        assert state(world, stopped) == "approved"
        assert "Carrying it out stopped." in page
        assert "the registry does not answer" in page

    def test_goes_on_when_somebody_says_so(self, operator, world, room, stopped) -> None:
        answer = operator.post(f"held/{stopped.held_set_id}/carry-out")
        room.errands.wait()

        assert answer.headers["location"].endswith("?done=again")
        assert (state(world, stopped), digits(world)) == ("applied", ["2000", "2001", "2002"])

    def test_is_nothing_to_do_for_what_is_not_approved(self, operator, world, room, held) -> None:
        operator.post(f"held/{held.held_set_id}/carry-out")
        room.errands.wait()

        assert state(world, held) == "open"

    def test_is_watched_by_a_part_that_asks_again(self, viewer, stopped, db, room) -> None:
        htmx = {"HX-Request": "true"}
        address = f"held/{stopped.held_set_id}"
        failed = viewer.get(address, headers=htmx).text
        room.errands._mishaps.clear()
        going_on = viewer.get(address, headers=htmx).text
        db.execute("update patron_sync.held_set set state = 'applied'")
        done = viewer.get(address, headers=htmx).text

        assert ["hx-trigger" in part for part in (failed, going_on, done)] == [False, True, False]
        assert all("<html" not in part for part in (failed, going_on, done))
