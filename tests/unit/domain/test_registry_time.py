from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.registry_time import (
    BEGINNING,
    OVERLAP,
    parse_registry_time,
    read_since,
    write_registry_time,
)

OSLO = ZoneInfo("Europe/Oslo")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_without_a_watermark_everything_is_read() -> None:
    assert read_since(None) == BEGINNING
    assert BEGINNING.isoformat() < "1970"


def test_the_window_begins_a_little_before_the_watermark() -> None:
    assert read_since(at("2026-03-02T06:00:00")) == at("2026-03-02T05:50:00")
    assert read_since(at("2026-03-02T06:00:00"), timedelta()) == at("2026-03-02T06:00:00")


@pytest.mark.parametrize(
    "repeated", ["2026-10-25T02:00:00", "2026-10-25T02:30:00", "2026-10-25T02:59:59"]
)
def test_a_watermark_in_the_repeated_hour_is_set_back_by_the_hour(repeated: str) -> None:
    assert read_since(at(repeated)) == at(repeated) - timedelta(hours=1) - OVERLAP


@pytest.mark.parametrize(
    "clear",
    ["2026-10-25T01:59:59", "2026-10-25T03:00:00", "2026-03-29T02:30:00", "2026-03-29T03:00:00"],
)
def test_a_watermark_that_is_clear_is_not(clear: str) -> None:
    assert read_since(at(clear)) == at(clear) - OVERLAP


@given(
    st.datetimes(at("2026-10-24T20:00:00"), at("2026-10-25T08:00:00")),
    st.timedeltas(timedelta(), timedelta(hours=3)),
)
def test_no_change_after_the_reading_is_before_the_window(moment, later: timedelta) -> None:
    read_at = moment.replace(tzinfo=ZoneInfo("UTC"))
    watermark = read_at.astimezone(OSLO).replace(tzinfo=None)
    stamped = (read_at + later).astimezone(OSLO).replace(tzinfo=None)

    assert stamped >= read_since(watermark, timedelta())


@pytest.mark.parametrize(
    "text", [None, "", "  ", "0000-00-00", "0000-00-00T00:00:00", "0000-00-00 00:00:00"]
)
def test_no_date_is_none(text: str | None) -> None:
    assert parse_registry_time(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-03-02", "2014-03-02T00:00:00"),
        ("2014-03-02T07:08:09", "2014-03-02T07:08:09"),
        ("2014-03-02 07:08:09", "2014-03-02T07:08:09"),
        (" 2014-03-02T07:08:09 ", "2014-03-02T07:08:09"),
        ("2024-02-29", "2024-02-29T00:00:00"),
    ],
)
def test_a_date_with_or_without_time_is_naive_local_time(text: str, moment: str) -> None:
    assert parse_registry_time(text) == at(moment)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-13-01", "2026-02-30T10:00:00", "yesterday", "2026-01-01T25:00:00", "12"],
)
def test_an_impossible_date_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the domain promises no text
        parse_registry_time(text)


@given(st.datetimes(at("1900-01-01T00:00:00"), at("2999-01-01T00:00:00")))
def test_what_is_written_is_read_again_to_the_second(moment: datetime) -> None:
    written = write_registry_time(moment)

    assert len(written) == 19
    assert parse_registry_time(written) == moment.replace(microsecond=0)
