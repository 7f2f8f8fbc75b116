from __future__ import annotations

from registry_operators.domain.decision import Decision
from registry_operators.domain.reasons import Reason

ONE = Decision(
    "pull", "consent_filter", "2030000", {"in": 3, "out": 1}, {"reason": Reason.NO_CONSENT}
)


def test_line_and_event_say_the_same() -> None:
    assert ONE.line == (
        "AUDIT flow=pull step=consent_filter library=2030000 in=3 out=1 reason=NO_CONSENT"
    )
    assert ONE.event == {
        "kind": "decision", "flow": "pull", "step": "consent_filter", "library": "2030000",
        "reason": "NO_CONSENT", "detail": {"in": 3, "out": 1},
    }  # fmt: skip


def test_labels_without_a_value_are_in_neither() -> None:
    bare = Decision("push", "plan", "2030000", {"changes": 1}, {"state": None})

    assert "state" not in bare.line
    assert "state" not in bare.event


def test_a_failure_is_the_state_and_reason_of_the_event() -> None:
    failed = Decision("push", "load", "2030000", {}, {"failure": "UNAVAILABLE"})

    assert failed.line.endswith("library=2030000 failure=UNAVAILABLE")
    assert failed.event == {
        "kind": "decision", "flow": "push", "step": "load", "library": "2030000",
        "state": "failed", "reason": "UNAVAILABLE",
    }  # fmt: skip
