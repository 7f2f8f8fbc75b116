"""Every reason code of data syncs in words: why a record was left out, held or failed (X6)."""

from __future__ import annotations

from registry_operators.domain.explanation import NOTHING_TO_DO, Explanation, explained

_EXPLANATIONS = explained(
    {
        # Left out.
        "FILTERED": (
            "D2.1",
            "The filter of the data sync does not mean the record.",
            "Nothing to do, unless the filter or the record in the library system is wrong.",
        ),
        "HAS_PROFILE": (
            "D1.2",
            "The record has a profile, and the data sync only creates.",
            NOTHING_TO_DO,
        ),
        "NO_PROFILE": (
            "D1.2",
            "The record has no profile, and the data sync only updates.",
            NOTHING_TO_DO,
        ),
        "REJECTED": (
            "X2",
            "A person decided that the held change is not made.",
            "The next run asks again: correct the record, the filter or the limit.",
        ),
        "EXPIRED": (
            "X2",
            "The change was held, and nobody decided on it in time.",
            "The next run asks again.",
        ),
        "UNDONE": (
            "X7",
            "The change was still held when the run was taken back.",
            "The next run asks again, unless the data sync is cancelled.",
        ),
        "ERASED": (
            "X10",
            "The record's person was erased on request; only the count is left.",
            NOTHING_TO_DO,
        ),
        # Held.
        "LIMIT_EXCEEDED": (
            "X2",
            "The run had more changes of this kind than the limit allows, so all of them wait.",
            "Decide with patron-sync sync approve or sync reject.",
        ),
        # Failed.
        "REDACTED": (
            "D1.4",
            "The account of the data sync may not see the record; nothing was cleared.",
            "Give the account the right to see it, or let the filter leave it out.",
        ),
        "NO_RECORD_ID": (
            "D0.3",
            "The library system gave a record without an id.",
            "Report it to the library system's operator.",
        ),
        "SAME_RECORD_TWICE": (
            "D0.3",
            "The record came twice in one reading, and the later one was used.",
            NOTHING_TO_DO,
        ),
        "SEVERAL_PROFILES": (
            "D0.3",
            "A key of the record leads to several profiles, and nobody guesses.",
            "Find out which profile it is, and correct the others.",
        ),
        "SEVERAL_RECORDS": (
            "D0.3",
            "A key leads several records to the same profile, and nobody guesses.",
            "Find out which record it is, and correct the others in the library system.",
        ),
        "OTHER_TYPE": (
            "D0.2",
            "The profile of the record has another type than the data sync's profiles.",
            "Let the filter leave it out, or correct the profile.",
        ),
        "MISSING": (
            "D0.2",
            "A new profile would lack a field that every profile must have.",
            "Enter the value in the library system.",
        ),
        "CHANGED_SINCE_PLAN": (
            "X5",
            "Somebody else changed the profile between plan and write, so it was left as it is.",
            "Nothing to do: the next run plans it anew.",
        ),
    }
)


def explain_outcome(code: str) -> Explanation:
    """Return a reason code in words; an unknown one, of another release, is named as such."""
    return _EXPLANATIONS.get(
        code, Explanation(code, f"The run says {code}.", "X6", "See docs/data_syncs.md.")
    )


def is_outcome_explained(code: str) -> bool:
    """Say whether a reason code has words of its own."""
    return code in _EXPLANATIONS
