"""
A library of each system over many runs: created, changed, left alone, of each type (D1.2, X4).

``ILS_PATRONS=20000`` gives every library so many patrons.
"""

from __future__ import annotations

import os

import pytest

from tests.library_life import left_over
from tests.library_systems import SYSTEMS

PATRONS = int(os.environ.get("ILS_PATRONS", "400"))
FIELDS = ["email", "phone", "street", "last_name", "expires_on", "kind"]
NEW = 15


@pytest.fixture(params=list(SYSTEMS))
def library(request, living):
    is_slow = request.param == "symphony by keys"  # a call for each patron, and there are six runs
    return living(request.param, PATRONS // 2 if is_slow and PATRONS < 1000 else PATRONS)


def change(library, seed: int) -> None:
    """One patron in a hundred changes, but some at least."""
    library.running.admin.change(count=max(30, PATRONS // 100), seed=seed, fields=FIELDS)


def test_profiles_follow_the_library(library):
    first = library.run()
    assert left_over(first) == library.follow()
    assert library.is_as_expected()
    assert first.problems == {}

    change(library, 1)
    account = library.run()
    assert left_over(account) == library.follow()
    assert account.totals["updated"] > 3
    assert library.is_as_expected()

    before = library.rows_of_profiles()
    account = library.run()
    assert left_over(account) == library.follow()
    assert set(left_over(account)) == {"unchanged"}
    assert library.rows_of_profiles() == before

    change(library, 2)
    library.running.admin.insert(NEW)
    account = library.run(type="update")
    assert left_over(account) == library.follow(creates=False)
    assert account.reasons["left_out"]["NO_PROFILE"] > 0
    assert account.totals["updated"] > 3
    assert library.is_as_expected()

    change(library, 3)
    known = len(library.expected)
    account = library.run(type="create")
    assert left_over(account) == library.follow(updates=False)
    assert account.totals["created"] > 0
    assert account.reasons["left_out"]["HAS_PROFILE"] <= known
    assert library.is_as_expected()

    account = library.run()
    assert left_over(account) == library.follow()
    assert account.totals["updated"] > 3
    assert library.is_as_expected()
