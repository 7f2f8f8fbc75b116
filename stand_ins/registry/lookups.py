"""The operations that only read: `hent`, `soekEndret`, `verifyLnr`."""

import hmac
import re
from collections.abc import Iterator

from stand_ins.registry import wire
from stand_ins.registry.books import Books
from stand_ins.registry.feed import BATCH, Feed
from stand_ins.registry.records import packed
from stand_ins.registry.series import is_card_number
from stand_ins.registry.wire import Call

NO_HITS = "ingen treff"
_NATIONAL_ID = re.compile(r"[0-9]{11,12}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?")
_COUNT = re.compile(r"[0-9]{1,9}|")


class FeedAnswer:
    """
    An answer too large to be built in memory: iterate to get its parts, then `close()`.

    The records are those of the moment of the call, whatever is written while it is sent.
    """

    def __init__(self, head: bytes, feed: Feed, tail: bytes) -> None:
        self._head, self._feed, self._tail = head, feed, tail

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        for batch in self._feed:
            yield wire.items(batch)
        yield self._tail

    def close(self) -> None:
        """End the snapshot; must be called once, whether or not all parts were taken."""
        self._feed.close()


def hent(books: Books, _library: str, call: Call) -> bytes:
    """Find people by card number or national id; the kind is seen from the text."""
    identifier = call.text("identifikator")
    if is_card_number(identifier):
        person = books.store.by_lnr(identifier)
        found = [person] if person else []
    elif _NATIONAL_ID.fullmatch(identifier):
        found = books.store.by_national_id(identifier)
    else:
        return _nothing(books, "hent", "hent: Ulovlig argument: hverken LNR eller FNR_HASH")
    if not found:
        return _nothing(books, "hent", NO_HITS)
    head = wire.resultat_head(
        "hent", True, "OK", total=len(found), returned=len(found), next_index=0
    )
    records = wire.items(packed(person.record) for person in found)
    return head + records + wire.resultat_tail("hent", books.clock.now())


def soek_endret(books: Books, _library: str, call: Call) -> bytes | FeedAnswer:
    """
    Return one page of everything changed at or after a time, ordered by (sist_endret, id).

    The caller's own changes and tombstones are part of it. A page of up to `BATCH` records comes
    as bytes, a longer one as a stream.
    """
    since, limit, start = (call.text(n) for n in ("tidspunkt", "max_antall", "start_indeks"))
    for name, text, form in (
        ("tidspunkt", since, _TIME), ("max_antall", limit, _COUNT), ("start_indeks", start, _COUNT)
    ):  # fmt: skip
        if not form.fullmatch(text):
            return _nothing(books, "soekEndret", f"soekEndret: Ulovlig argument: {name}")
    now = books.clock.now()
    feed = books.store.feed(since, int(start or 0), int(limit or 0))
    if not feed.returned:
        feed.close()
        return _nothing(books, "soekEndret", NO_HITS)
    head = wire.resultat_head(
        "soekEndret", True, "OK",
        total=feed.total, returned=feed.returned, next_index=feed.next_index,
    )  # fmt: skip
    answer = FeedAnswer(head, feed, wire.resultat_tail("soekEndret", now))
    if feed.returned > BATCH:
        return answer
    body = b"".join(answer)
    answer.close()
    return body


def verify_lnr(books: Books, _library: str, call: Call) -> bytes:
    """Check a PIN, sent as four digits or encrypted, for a card at a known library."""
    if call.text("bibnr") not in books.series.bounds:
        return wire.pin_svar("verifyLnr", False, "verifyLnr: Ukjent bibliotek")
    person = books.store.by_lnr(call.text("lnr"))
    if person is None:
        return wire.pin_svar("verifyLnr", False, NO_HITS)
    sent, kept = call.text("pin"), books.cipher.decrypt(person.record.get("pin", ""))
    sent = books.cipher.decrypt(sent) or sent
    if kept is None or not hmac.compare_digest(sent.encode(), kept.encode()):
        return wire.pin_svar("verifyLnr", False, "verifyLnr: Feil PIN")
    return wire.pin_svar("verifyLnr", True, "OK")


def _nothing(books: Books, operation: str, melding: str) -> bytes:
    head = wire.resultat_head(operation, False, melding, total=0, returned=0, next_index=0)
    return head + wire.resultat_tail(operation, books.clock.now())
