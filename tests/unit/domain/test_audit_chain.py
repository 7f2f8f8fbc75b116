from __future__ import annotations

import hashlib
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.audit_chain import GENESIS, Break, BreakKind, ChainReader


def lines_of(*texts: bytes, first: int = 1, before: bytes = GENESIS) -> list[bytes]:
    """Events with right digests."""
    lines = []
    for number, text in enumerate(texts, first):
        before = hashlib.sha256(before + text).digest()
        lines.append(b"\t".join([str(number).encode(), text, before.hex().encode()]))
    return lines


def digest_of(line: bytes) -> bytes:
    return bytes.fromhex(line.rpartition(b"\t")[2].decode())


def breaks(lines: list[bytes], heads: dict[int, bytes] | None = None) -> list[Break]:
    reader = ChainReader(heads or {})
    reader.read(lines)
    return reader.finish()


FIVE = lines_of(*(b"0.5\tact\t%d" % number for number in range(5)))


def trim_note(up_to: int, digest: bytes) -> bytes:
    return b'0.5\ttrim\t{"up_to": %d, "digest": "%s"}' % (up_to, digest.hex().encode())


def test_no_events_are_a_whole_trail() -> None:
    assert breaks([]) == []


@given(st.lists(st.binary(max_size=30).filter(lambda text: b"\ttrim\t" not in text), max_size=8))
def test_a_chain_of_any_texts_is_whole(texts: list[bytes]) -> None:
    assert breaks(lines_of(*texts)) == []


@given(st.integers(0, 4), st.integers(0, 10), st.integers(1, 255))
def test_any_byte_that_is_changed_names_its_event(place: int, offset: int, mask: int) -> None:
    number, text, digest = (
        FIVE[place].split(b"\t", 1)[0],
        *FIVE[place].split(b"\t", 1)[1].rsplit(b"\t", 1),
    )
    changed = bytearray(text)
    changed[offset % len(text)] ^= mask
    lines = [*FIVE]
    lines[place] = b"\t".join([number, bytes(changed), digest])

    assert breaks(lines)[0][:2] == (place + 1, BreakKind.CHANGED)


def test_of_two_breaks_the_first_is_told_first() -> None:
    lines = [*FIVE[:1], FIVE[1].replace(b"act", b"cat"), *FIVE[3:]]

    assert breaks(lines)[0][:2] == (2, BreakKind.CHANGED)


def test_a_gap_says_up_to_where() -> None:
    assert breaks([*FIVE[:1], *FIVE[3:]]) == [Break(2, BreakKind.MISSING, "up to 3")]
    assert breaks([*FIVE[:1], *FIVE[2:]]) == [Break(2, BreakKind.MISSING, "alone")]


def test_heads_that_fit_are_no_break() -> None:
    assert breaks(FIVE, {2: digest_of(FIVE[1]), 5: digest_of(FIVE[4])}) == []


def test_a_head_that_does_not_fit_says_since_when() -> None:
    (found,) = breaks(FIVE, {2: digest_of(FIVE[1]), 4: bytes(32)})

    assert found[:2] == (4, BreakKind.HEAD_DIFFERS)
    assert "after event 2" in found.text


def test_a_trimmed_trail_follows_from_the_note() -> None:
    note = lines_of(trim_note(3, digest_of(FIVE[2])), first=6, before=digest_of(FIVE[4]))

    assert breaks([*FIVE[3:], *note]) == []
    assert breaks([*FIVE[3:], *note], {1: bytes(32), 3: digest_of(FIVE[2])}) == []


def test_a_note_of_a_trimming_binds_number_and_digest() -> None:
    def noted(up_to: int, digest: bytes) -> list[bytes]:
        return lines_of(trim_note(up_to, digest), first=6, before=digest_of(FIVE[4]))

    other = noted(3, bytes(32))
    fewer = noted(2, digest_of(FIVE[1]))
    more = noted(4, digest_of(FIVE[3]))

    assert breaks([*FIVE[3:], *other])[0][:2] == (4, BreakKind.CHANGED)
    assert breaks([*FIVE[3:], *fewer])[0][:2] == (3, BreakKind.MISSING)
    assert breaks([*FIVE[3:], *more])[0][:2] == (4, BreakKind.INSERTED)
    assert breaks([*FIVE, *fewer])[0][:2] == (1, BreakKind.INSERTED)


def test_a_head_of_the_event_that_was_trimmed_last_must_fit_the_note() -> None:
    note = lines_of(trim_note(3, digest_of(FIVE[2])), first=6, before=digest_of(FIVE[4]))

    assert breaks([*FIVE[3:], *note], {3: bytes(32)})[0][:2] == (3, BreakKind.HEAD_DIFFERS)


def test_a_note_that_cannot_be_read_is_a_break() -> None:
    for detail in (b"{}", b"3", b'{"up_to": 3}', b"{", b'{"up_to": 1, "digest": "xy"}'):
        note = lines_of(b"0.5\ttrim\t" + detail, first=6, before=digest_of(FIVE[4]))

        assert breaks([*FIVE, *note])[0][:2] == (6, BreakKind.CHANGED)


def test_an_event_that_only_speaks_of_trimming_is_no_note() -> None:
    assert breaks(lines_of(b"0.5\tact\ttrim\t{}")) == []


def test_lines_that_are_no_events_fit_nowhere() -> None:
    for line in (b"", b"x\ty\tz", rb"\N" + FIVE[1][1:], FIVE[1].rpartition(b"\t")[0] + rb"	\N"):
        assert breaks([FIVE[0], line, *FIVE[2:]]) != []


def test_a_long_trail_is_read_as_it_comes() -> None:
    alive = 0

    def lines() -> Iterator[bytes]:
        nonlocal alive
        for line in FIVE:
            alive += 1
            yield line
            assert reader.count == alive

    reader = ChainReader()
    reader.read(lines())

    assert (reader.count, reader.last_no) == (5, 5)
