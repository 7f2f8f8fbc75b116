"""
One page of the registry's change feed: the records of equal shape fast, all others by lxml.

A registry writes its thirty elements in one order, ten thousand times over. The first record is
read by lxml and becomes a pattern: its mark-up letter by letter, with plain text in between. A
record that the pattern matches is well-formed and holds what lxml would find in it; every other
one, and all that stands around the records, is parsed as ever. Most of the time for a page was
spent on building trees of which five texts are looked at (docs/decisions/0024).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from registry_operators.clients.registry_messages import PageHead, RegistryPatron
from registry_operators.clients.registry_xml import PageReader
from registry_operators.errors import MalformedAnswerError

Page = tuple[list[RegistryPatron], PageHead]

_CHUNK_SIZE = 64 * 1024  # larger pieces make trees that leave the processor's cache
_MOST_UNUSUAL = 0.2  # of the records of a page; parsing them one by one costs more than together
_SOME = 50
_MOST_PATTERNS = 4
_FIELDS = ("lnr", "fnr_hash", "pin", "sist_endret", "sist_endret_av")

# No mark-up, no reference, nothing that XML forbids or lxml would change.
_TEXT = r"[^<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*+"
_SPACE = r"[ \t\n]*+"
_DECLARATION = re.compile(
    rb"""<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?\s*\?>"""
)
_TAG = r"<({name})(?:[ \t\n][^<>]*[^<>/])?>"
_LIST = re.compile(_TAG.format(name=r"(?:[\w.-]+:)?respons_poster"))
_RECORD = re.compile(_SPACE + _TAG.format(name=r"(?:[\w.-]+:)?[\w.-]+"))
_ELEMENT = re.compile(rf"({_SPACE}{_TAG.format(name='[A-Za-z_0-9]+')}){_TEXT}</\2>")


def read_page(body: bytes) -> Page:
    """
    Return the records of a page in their order, and what the page says of itself.

    :param body: The whole answer to ``soekEndret``.
    :raises MalformedAnswerError: It is cut off, not well-formed, or its count is wrong.
    """
    lane = _FastLane.over(body)
    if lane is not None:
        # A piece cut out of a page may be broken where the whole is not, so lxml has the last word.
        with suppress(_TooUnusualError, MalformedAnswerError):
            return lane.read()
    return _parsed(body)


class _TooUnusualError(Exception):
    """The pattern helps too little, or the page is not what it seemed to be."""


class _FastLane:
    """
    A page whose records are texts between two places of it.

    :param begin: Where the list of records begins; ``end``, where it ends.
    """

    def __init__(self, text: str, begin: int, end: int) -> None:
        self._text = text
        self._begin = begin
        self._end = end

    @classmethod
    def over(cls, body: bytes) -> _FastLane | None:
        """Return nothing for a page without a list, or in another encoding."""
        declaration = _DECLARATION.match(body)
        if declaration is None:
            return None
        try:
            text = body[declaration.end() :].decode()
        except UnicodeDecodeError:
            return None
        opening = _LIST.search(text)
        end = -1 if opening is None else text.rfind(f"</{opening.group(1)}>")
        if opening is None or end < opening.end():
            return None
        return cls(text, opening.end(), end)

    def read(self) -> Page:
        """
        Return records and head.

        :raises _TooUnusualError: Too few records look alike.
        :raises MalformedAnswerError: A piece is broken, or the count is wrong.
        """
        _, head = self._alone(self._begin, self._begin, expects=0)
        records = list(self._each())
        if head.returned != len(records):
            raise MalformedAnswerError(
                f"a page of soekEndret claims {head.returned} records and holds {len(records)}"
            )
        return records, head

    def _each(self) -> Iterator[RegistryPatron]:
        opening = self._opening(self._begin)
        closing = re.compile(rf"</{re.escape(opening)}>{_SPACE}")
        patterns: list[re.Pattern[str]] = []
        text, place, end = self._text, self._begin, self._end
        count = unusual = 0
        while place < end:
            count += 1
            for pattern in patterns:
                if found := pattern.match(text, place, end):
                    yield RegistryPatron(*map(str.strip, found.groups()))
                    place = found.end()
                    break
            else:
                unusual += 1
                if unusual > _SOME + count * _MOST_UNUSUAL:
                    raise _TooUnusualError
                # In a list of items another element is no record, whatever it holds.
                if self._opening(place) != opening:
                    raise _TooUnusualError
                following = self._after(place, closing)
                record = self._one(place, following)
                if len(patterns) < _MOST_PATTERNS:
                    patterns += self._learn(place, following, record)
                yield record
                place = following

    def _learn(self, place: int, following: int, record: RegistryPatron) -> list[re.Pattern[str]]:
        """
        Make a pattern of a record, and prove it on what lxml found there.

        :return: Nothing when the record is not a list of plain fields in the usual order.
        """
        opening = _RECORD.match(self._text, place, following)
        if opening is None:
            return []
        pieces, names, place_inside = [re.escape(opening.group())], [], opening.end()
        while element := _ELEMENT.match(self._text, place_inside, following):
            is_field = element.group(2) in _FIELDS
            text = f"({_TEXT})" if is_field else _TEXT
            pieces.append(f"{re.escape(element.group(1))}{text}</{element.group(2)}>")
            names += [element.group(2)] * is_field
            place_inside = element.end()
        pieces.append(rf"{_SPACE}</{re.escape(opening.group(1))}>{_SPACE}")
        pattern = re.compile("".join(pieces))
        found = pattern.match(self._text, place, following)
        # The pattern gives the fields in the order of RegistryPatron, or is not used.
        if tuple(names) != _FIELDS or found is None or found.end() != following:
            return []
        is_proven = record == RegistryPatron(*map(str.strip, found.groups()))
        return [pattern] if is_proven and all(record[:2]) else []

    def _opening(self, place: int) -> str:
        """Return the name in the start tag of the record at a place, with its prefix."""
        found = _RECORD.match(self._text, place, self._end)
        if found is None:
            raise _TooUnusualError
        return found.group(1)

    def _after(self, place: int, closing: re.Pattern[str]) -> int:
        found = closing.search(self._text, place, self._end)
        if found is None:
            raise _TooUnusualError
        return found.end()

    def _one(self, place: int, following: int) -> RegistryPatron:
        (record,), _ = self._alone(place, following, expects=1)
        return record

    def _alone(self, place: int, following: int, *, expects: int) -> Page:
        """
        Let lxml read a piece, in the surroundings that give its names their meaning.

        A comment, CDATA or instruction could reach from one piece to another, and a default
        namespace would give plain names a meaning that patterns do not see.
        """
        text = self._text
        document = f"{text[: self._begin]}{text[place:following]}{text[self._end :]}"
        if "<!" in document or "<?" in document or "xmlns=" in document:
            raise _TooUnusualError
        return _parsed(document.encode(), expects)


def _parsed(body: bytes, expects: int | None = None) -> Page:
    """
    Let lxml read a page, in pieces.

    :param expects: Records that a document cut out of a page must have, whatever its head says.
    """
    reader = PageReader(
        (body[start : start + _CHUNK_SIZE] for start in range(0, len(body), _CHUNK_SIZE)), expects
    )
    return list(reader), reader.head
