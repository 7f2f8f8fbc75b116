"""
The auditor's lines in the task logs (spec N4.3).

One line per step, library and reason, in a fixed form: ``AUDIT`` and ``key=value`` pairs in a fixed
order, values without blanks. Persons never appear; where one must be named it is by pseudonym.

>>> print(audit_line("pull", "consent_filter", "2030000", {"in": 3, "out": 1}, reason="NO_CONSENT"))
AUDIT flow=pull step=consent_filter library=2030000 in=3 out=1 reason=NO_CONSENT
"""

from __future__ import annotations

from collections.abc import Mapping


def audit_line(
    flow: str, step: str, library: str, counts: Mapping[str, int], **labels: str | None
) -> str:
    """Write one line: flow, step, library, counts in their order, labels that have a value."""
    pairs = [
        ("flow", flow),
        ("step", step),
        ("library", library),
        *counts.items(),
        *((key, value) for key, value in labels.items() if value is not None),
    ]
    return "AUDIT " + " ".join(f"{key}={value}" for key, value in pairs)
