from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.tally import LibraryTally

COUNTS = st.integers(0, 10_000)


@given(*[COUNTS] * 4, *[st.dictionaries(st.sampled_from("abc"), COUNTS)] * 2, COUNTS)
def test_what_was_read_has_exactly_one_outcome(
    created, updated, unchanged, held, left_out, failures, read
) -> None:
    tally = LibraryTally(
        "pull", "2030000", read=read, created=created, updated=updated, unchanged=unchanged,
        left_out=left_out, held=held, failures=failures,
    )  # fmt: skip
    total = created + updated + unchanged + held + sum(left_out.values()) + sum(failures.values())

    assert tally.accounted == total
    assert tally.adds_up == (read == total)
    assert tally.failed == sum(failures.values())


def test_writes_and_conflicts_are_no_outcomes() -> None:
    assert LibraryTally("pull", "2030000", writes=5, conflicts=2).adds_up


def test_the_row_of_a_report_holds_numbers_in_a_stable_order() -> None:
    tally = LibraryTally(
        "push", "2030000", read=3, updated=1, left_out={"B": 1, "A": 1}, failure_code="REFUSED"
    )

    row = tally.as_dict()

    assert list(row["left_out"]) == ["A", "B"]  # type: ignore[call-overload]
    assert (row["adds_up"], row["failure"], row["failed"]) == (True, "REFUSED", 0)
