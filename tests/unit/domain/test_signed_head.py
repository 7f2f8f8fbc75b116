from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from registry_operators.domain.signed_head import SignedHead, head_of, parse_head

HEAD = SignedHead(7, "ab" * 32, "2026-11-22T03:00:00+00:00", "cd" * 8, "ef" * 64)


def test_a_line_is_read_as_it_was_written() -> None:
    assert parse_head(HEAD.line) == HEAD


def test_the_signed_bytes_hold_every_field_but_the_signature() -> None:
    assert HEAD.message == (
        b"patron-sync audit head 1\n7\n" + b"ab" * 32 + b"\n2026-11-22T03:00:00+00:00\n" + b"cd" * 8
    )


def test_the_time_is_written_in_utc() -> None:
    now = datetime(2026, 11, 22, 4, 0, tzinfo=timezone(timedelta(hours=1)))

    assert head_of(1, bytes(32), now, "cd" * 8).at == "2026-11-22T03:00:00+00:00"
    assert now.astimezone(UTC).isoformat() == "2026-11-22T03:00:00+00:00"


@pytest.mark.parametrize(
    "change",
    [{"event_no": "7"}, {"event_no": True}, {"digest": ""}, {"digest": "xy"}, {"signature": None},
     {"key_id": "abc"}, {"more": 1}],
)  # fmt: skip
def test_a_field_of_another_form_is_refused(change: dict[str, object]) -> None:
    line = json.dumps(json.loads(HEAD.line) | change)

    with pytest.raises(ValueError, match="no signed head"):
        parse_head(line)


@pytest.mark.parametrize("line", ["", "{", "[]", "7", "null", '{"event_no": 7}'])
def test_a_line_that_is_no_head_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  JSON's own errors are ValueErrors too
        parse_head(line)
