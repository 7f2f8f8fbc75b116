"""
Conditions that a search of Symphony can evaluate without losing anybody who meets them here.

Everybody is found by a search for each library or each profile of the site, so only those need be
searched for that are wanted. All other indexes are a site's own, with words and forms of dates that
are told nowhere. A sweep of keys can send nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry_operators.domain.sync.conditions import Condition, Operator

POLICIES = {"LIBRARY": "library", "PROFILE": "userProfile"}
"""Indexes in which every patron stands exactly once, and the policy that names their values."""
_INDEXES = {"library": "LIBRARY", "profile": "PROFILE"}


def push_down(
    conditions: Sequence[Condition],
) -> tuple[dict[str, frozenset[str]], tuple[Condition, ...]]:
    """Return the folded codes that are wanted, by index, and the conditions they stand for."""
    wanted: dict[str, frozenset[str]] = {}
    used = []
    for condition in conditions:
        index = _INDEXES.get(condition.field)
        if index is None or condition.operator not in {Operator.EQUALS, Operator.IS_ONE_OF}:
            continue
        codes = frozenset(map(str, condition.operands))
        wanted[index] = wanted.get(index, codes) & codes
        used.append(condition)
    return wanted, tuple(used)
