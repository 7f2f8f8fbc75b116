"""The rules that ask for a change, and why a whole library failed, in words (spec X6)."""

from __future__ import annotations

from registry_operators.domain.explanation import NOTHING_TO_DO, Explanation, explained

_RULES = explained(
    {
        "REGISTRY_CHANGED": (
            "N1.3",
            "The registry's value changed since both sides last agreed; the pull brings it.",
            NOTHING_TO_DO,
        ),
        "CICERO_CHANGED": (
            "N3.6",
            "The value in Cicero changed since both sides last agreed; the push sends it.",
            NOTHING_TO_DO,
        ),
        "NEW_PATRON": (
            "N3.2",
            "The registry does not know the person; the push creates the record.",
            NOTHING_TO_DO,
        ),
        "NEW_AT_LIBRARY": (
            "N3.4",
            "The registry knows the person, but not as a patron of this library; the push relates "
            "them.",
            NOTHING_TO_DO,
        ),
        "PATRON_DELETED": (
            "N3.7",
            "The patron was deleted here; the push removes the relation, not the person.",
            NOTHING_TO_DO,
        ),
        "SEQUENCE": (
            "N2.4",
            "The patron had no card number and gets the next one of the library's sequence.",
            NOTHING_TO_DO,
        ),
        "DEFAULT_PIN": (
            "N2.5",
            "The patron had no PIN and gets the library's default one, which must be changed.",
            "Let the patron change the PIN; until then it is never sent to the registry.",
        ),
    }
)
_FAILURES = explained(
    {
        "LOGIN_REFUSED": (
            "N4.2",
            "The registry refused the library's user name or password, so nobody was dealt with.",
            "Correct the connection of the library; runbook LOGIN_REFUSED.",
        ),
        "REFUSED": (
            "N4.2",
            "The registry answered the library's question with no, so nobody was dealt with.",
            "Runbook REFUSED.",
        ),
        "UNAVAILABLE": (
            "N4.2",
            "The registry or the database did not answer for the library.",
            "Nothing to do unless it lasts; runbook UNAVAILABLE.",
        ),
        "MALFORMED_ANSWER": (
            "N4.2",
            "The registry's answer to the library could not be read.",
            "Nothing to do unless it lasts; runbook MALFORMED_ANSWER.",
        ),
        "CONFIGURATION": (
            "N2.7",
            "The library's connection is not complete.",
            "Correct it; patron-sync config check names what is missing.",
        ),
        "LEDGER": (
            "N4.2",
            "The database refused a statement of the library's run.",
            "Runbook LEDGER.",
        ),
        "SUPERSEDED_RUN": (
            "N1.5",
            "A later run had completed for the library; what this one planned was out of date.",
            NOTHING_TO_DO,
        ),
        "WRITER_BUSY": (
            "N4.1",
            "Another run was writing and did not end in time.",
            "Nothing to do: the run may be repeated, and the next one covers it.",
        ),
        "STALE_WRITER": (
            "N4.1",
            "Another run had begun to write, so this one stopped.",
            "Nothing to do: the other run covers it.",
        ),
        "SOURCE_SHRANK": (
            "X2",
            "The source gave far fewer records than before, so nothing was written.",
            "Find out why; if it is right, raise guards.source_shrink for one run.",
        ),
        "FAILING_RECORDS": (
            "X2",
            "Too many records of the library failed, so nothing was written.",
            "The run's report names the reasons.",
        ),
        "SEQUENCE_EXHAUSTED": (
            "N2.6",
            "The library's card sequence has no numbers left.",
            "Runbook SEQUENCE_EXHAUSTED.",
        ),
    }
)


def explain_rule(code: str) -> Explanation:
    """Return in words why a change was planned; the code is ``patron_sync.plan.reason``."""
    return _RULES.get(
        code, Explanation(code, f"The plan says {code}.", "X6", "See docs/architecture.md.")
    )


def explain_failure(code: str) -> Explanation:
    """Return in words why a library failed as a whole."""
    return _FAILURES.get(
        code, Explanation(code, f"The library failed with {code}.", "N4.2", "See the runbooks.")
    )


def is_rule_explained(code: str) -> bool:
    """Say whether a rule of the plan has words of its own."""
    return code in _RULES


def is_failure_explained(code: str) -> bool:
    """Say whether a failure of a library has words of its own."""
    return code in _FAILURES
