from __future__ import annotations

from registry_operators.domain.airflow_values import refused_part
from registry_operators.domain.drift import UNEXPLAINED, DriftKind, LibraryDrift

DRIFT = LibraryDrift(
    "2030000",
    {
        "relation": {"on_both_sides": 9, "UNKNOWN_PERSON": 4, "not_in_registry": 2, "waiting": 1},
        "pin": {"equal": 7, "both_changed": 1, "kept_here": 1},
    },
)


def test_only_what_no_job_knows_of_is_unexplained() -> None:
    assert DRIFT.unexplained == 3


def test_what_is_equal_or_known_is_no_difference() -> None:
    assert {
        DriftKind.EQUAL, DriftKind.NEITHER, DriftKind.ON_BOTH_SIDES, DriftKind.WAITING,
        DriftKind.KEPT_HERE, DriftKind.KEPT_APART, DriftKind.UNUSABLE,
    } == set(DriftKind) - UNEXPLAINED  # fmt: skip


def test_it_may_be_kept_in_airflow() -> None:
    told = DRIFT.as_dict()

    assert told["unexplained"] == 3
    assert told["pin"] == {"equal": 7, "both_changed": 1, "kept_here": 1}
    assert refused_part([told]) is None
