"""
Answers that are whole and yet not all: shortened, shrunken, redacted, moving, at the day's limit.

None of them clears a field or deletes a profile, and what they leave out the next run brings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry_operators.errors import MalformedAnswerError
from registry_operators.settings.guards import Guards, LimitSetting
from stand_ins.alma.process import serving_alma
from stand_ins.koha.process import serving_koha
from tests.library_life import LibraryLife, Living
from tests.library_systems import SYSTEMS, everybody

PATRONS, FEW = 300, 90
REPLACE: dict[str, Any] = {"empty_fields": "replace"}
LISTED = [name for name in SYSTEMS if name != "symphony by keys"]
NO_SHRINK_LIMIT = Guards(source_shrink=LimitSetting(percent=100))


@pytest.fixture
def whole(living: Living) -> Callable[..., LibraryLife]:
    """A library whose profiles are complete; the definition means everybody."""

    def begin(name: str, patrons: int = PATRONS) -> LibraryLife:
        library = living(name, patrons)
        library.is_filtered = False
        library.run(**REPLACE)
        library.follow()
        return library

    return begin


@pytest.mark.parametrize("name", LISTED)
def test_pages_that_never_show_their_last_rows_clear_nothing(whole, name) -> None:
    library = whole(name)
    library.running.admin.change(count=20)
    library.running.admin.insert(2)
    library.dial("shortened_page", rows=10)

    try:
        read = library.run(**REPLACE).read
    except MalformedAnswerError:
        read = 0
    assert library.heal()

    # Alma counts some whom it never shows, and Sierra does not tell how many there are.
    shown = len(everybody(library.running)) - 10
    assert read == {"alma": shown, "sierra": shown}.get(name, 0)
    people = library.meant()
    for key, profile in library.profiles().items():
        assert profile in (library.expected[key], library.system.profile(people[key]))
    library.expected = library.profiles()
    assert library.is_complete(library.run(**REPLACE))


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("share", [0.3, 1.0], ids=["some", "all"])
def test_who_is_gone_in_the_system_keeps_the_profile(whole, name, share) -> None:
    library = whole(name, FEW)
    library.running.admin.delete(share=share)

    error, _ = library.fails(library.published(**REPLACE))

    if share == 1.0 and name in {"sierra", "symphony by keys"}:
        assert error.code in {"MALFORMED_ANSWER", "CONFIGURATION"}
    else:
        assert "guards.source_shrink" in str(error)
    assert library.is_as_expected()


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_shrunken_source_that_is_right_goes_on_when_a_person_says_so(whole, name) -> None:
    library = whole(name, FEW)
    library.running.admin.delete(share=0.3)
    library.running.admin.change(count=10)
    library.fails(library.published(**REPLACE))
    library.guards = NO_SHRINK_LIMIT

    account = library.run(**REPLACE)
    library.guards = Guards()

    assert library.is_complete(account)
    assert library.run(**REPLACE).totals["unchanged"] == account.read


@pytest.mark.parametrize("name", LISTED)
def test_patrons_who_come_and_go_between_pages_are_neither_lost_nor_doubled(whole, name) -> None:
    library = whole(name)
    there = {library.system.record_id(one) for one in everybody(library.running)}
    library.dial("drifting_pages", inserted=3, deleted=3, changed=5, after=1, times=4)

    account = library.run(**REPLACE)
    assert library.heal() == 4

    stayed = there & library.meant().keys()
    read = library.db.execute(
        "select record_id from data_sync.staged where run_id ="
        " (select run_id from data_sync.run order by started_at desc limit 1)"
    ).fetchall()
    assert len(read) == len(set(read)) == account.read
    assert stayed <= {record_id for (record_id,) in read}
    assert there <= library.profiles().keys()
    gone = library.profiles().keys() - library.meant().keys()
    library.expected = library.profiles()
    last = library.run(**REPLACE)
    library.follow()
    assert library.is_as_expected()
    assert last.totals["failed"] == 0
    assert gone <= library.profiles().keys()


def test_patrons_whom_the_account_may_no_longer_see_keep_everything(whole) -> None:
    library = whole("koha")
    library.running.admin.change(count=60)
    hidden = serving_koha(PATRONS, redacted_share=0.2)

    with hidden as library.running:
        library.running.admin.change(count=60)
        before = library.profiles()
        account = library.run(**REPLACE)

    assert account.reasons == {"failed": {"REDACTED": account.totals["failed"]}}
    assert account.totals["failed"] > 30
    after = library.profiles()
    assert after.keys() == before.keys()
    assert all(before[key].keys() <= profile.keys() for key, profile in after.items())
    assert account.totals["updated"] == sum(before[key] != after[key] for key in before)


def test_too_many_patrons_whom_the_account_may_not_see_end_the_run(whole) -> None:
    library = whole("koha")

    with serving_koha(PATRONS, redacted_share=0.6) as library.running:
        error, _ = library.fails(library.published(**REPLACE))

    assert "guards.failing_records" in str(error)
    assert library.is_as_expected()


class TestAlma:
    """What only Alma does."""

    def test_an_older_one_that_lists_brief_rows_is_read_user_by_user(self, whole) -> None:
        library = whole("alma", FEW)

        with serving_alma(FEW, per_second=0, is_older=True) as library.running:
            library.running.admin.change(count=10)
            account = library.run(**REPLACE)
            assert library.is_complete(account)

        assert account.totals["updated"] > 5

    def test_an_older_one_with_too_many_users_is_refused_and_clears_nothing(self, whole) -> None:
        library = whole("alma", FEW)

        with serving_alma(FEW, per_second=0, is_older=True) as library.running:
            client = library.client(single_reads=10)
            error, _ = library.fails(library.published(**REPLACE), client=client)

        assert error.code == "REFUSED"
        assert library.is_as_expected()

    def test_a_quota_that_is_used_up_lets_the_run_go_on_the_next_day(self, whole) -> None:
        library = whole("alma")

        with serving_alma(PATRONS, per_second=0, daily=4) as library.running:
            sync = library.published(**REPLACE)
            error, run_id = library.fails(sync, client=library.client(quota_floor=0))
            library.running.admin.call("PUT", "clock", {"offset_s": 24 * 3600})
            account = library.run(sync, run_id=run_id, client=library.client(quota_floor=0))

            assert "DAILY_THRESHOLD" in str(error)
            assert library.is_complete(account)
