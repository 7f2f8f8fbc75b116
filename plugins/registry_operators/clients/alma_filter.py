"""
Conditions that Alma's search can evaluate without losing anybody who meets them here.

Alma says nowhere what its search compares: whole codes, words of codes or their labels. So nothing
is sent unless the connection names fields that were found to be searched by code; of those, one
code in ASCII letters and digits each. Reading everybody costs a call for 100 users, so little is
lost by it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from registry_operators.domain.sync.conditions import Condition, Operator

SEARCHED = frozenset({"user_group", "campus_code", "job_category"})
"""Codes by which ``q`` can search; fields of the catalogue of the same name."""


def push_down(
    conditions: Sequence[Condition], searchable: Collection[str] = ()
) -> tuple[dict[str, str], tuple[Condition, ...]]:
    """
    Return the parameters to send, and the conditions that they stand for.

    :param searchable: Fields that this Alma searches by code.
    """
    used = {
        condition.field: condition
        for condition in conditions
        if condition.field in SEARCHED & set(searchable) and _code(condition)
    }
    if not used:
        return {}, ()
    terms = [f"{name}~{_code(condition)}" for name, condition in used.items()]
    return {"q": " AND ".join(terms)}, tuple(used.values())


def _code(condition: Condition) -> str:
    """Return the one code that is wanted, empty if it is more than that."""
    is_one = condition.operator in {Operator.EQUALS, Operator.IS_ONE_OF}
    if not is_one or len(condition.operands) != 1:
        return ""
    code = condition.written[0] if len(condition.written) == 1 else str(condition.operands[0])
    return code if code.isascii() and code.isalnum() else ""
