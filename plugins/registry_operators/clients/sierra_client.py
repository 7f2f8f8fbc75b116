"""Sierra's patrons over its REST API, as one API key sees them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any

from registry_operators.clients.ils_http import IlsHttp, IlsReply, IlsRequest
from registry_operators.clients.ils_messages import IlsPage, IlsQuery
from registry_operators.clients.ils_records import drop_secrets, family_fields, read_ahead
from registry_operators.clients.sierra_filter import push_down
from registry_operators.clients.sierra_login import (
    SierraAccount,
    SierraDoor,
    StaleTokenError,
    judge_sierra,
    judge_token,
)
from registry_operators.clients.sierra_pages import Check, SierraReading, read_entries
from registry_operators.domain.sync.catalogue import Catalogue, SourceField

_WHAT = "sierra: patrons"
_PATH = "/patrons/"
_FIXED = "fixedFields"
_VARIABLE = "varFields"
_PIN_TAG = "="
_MOST_ROWS = 2000
_SAMPLE = 200
_OVERLAP = timedelta(hours=1)
"""Sierra's clock may be behind ours; what comes twice has changed nothing."""
_Entries = list[dict[str, Any]]


class SierraClient:
    """
    Reads for one library; not for several threads at once.

    Repeats what can be repeated, see :class:`IlsHttp`; a token that is refused is fetched anew
    once. Who was deleted does not come, also when only changes are asked for. ``updatedDate`` moves
    with every loan, so most of what has changed there has not changed for us.

    :param page_size: Patrons a page; Sierra gives 2,000 at most, and 50 who does not ask.
    """

    def __init__(
        self,
        account: SierraAccount,
        catalogue: Catalogue,
        *,
        page_size: int = _MOST_ROWS,
        timeout_s: float = 120.0,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue = catalogue
        self._page_size = page_size
        ca = account.ca_bundle
        for_tokens = IlsHttp(
            account.url, judge=judge_token, timeout_s=timeout_s, pause=pause, ca_bundle=ca
        )
        self._door = SierraDoor(account, for_tokens, clock)
        self._http = IlsHttp(
            account.url, prepare=self._door.headers, judge=judge_sierra, timeout_s=timeout_s,
            pause=pause, ca_bundle=ca,
        )  # fmt: skip

    def check(self) -> None:
        """Log in and ask for one patron."""
        self._list({"fields": "id", "limit": "1"}, read_entries)

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """
        Read the patrons, ordered by id, each once; the next page is fetched meanwhile.

        :raises LoginRefusedError: The key is refused, or may not read patrons.
        :raises RefusedError: A field that is asked for is unknown to this Sierra.
        :raises MalformedAnswerError: What came cannot be all.
        :raises UnavailableError: Sierra does not answer.
        """
        chosen = push_down(query.conditions)[0] if query.push_down else {}
        if query.changed_since is not None:
            since = query.changed_since.astimezone(UTC) - _OVERLAP
            chosen = chosen | {"updatedDate": f"[{since:%Y-%m-%dT%H:%M:%SZ},]"}
        fields = {"fields": _fields(query.keys - self._catalogue.dropped)}

        def fetch(first: int, check: Check) -> _Entries:
            def read(reply: IlsReply) -> _Entries:
                entries = read_entries(reply)
                check(entries)
                self._clean(entries)
                return entries

            window = {"id": f"[{first},]", "limit": str(self._page_size)}
            return self._list({**chosen, **fields, **window}, read)

        yield from read_ahead(SierraReading.behind(after, fetch, not chosen).pages())

    def count(self, query: IlsQuery) -> int | None:
        """Tell nothing: Sierra's total is that of one answer."""
        return None

    def extra_fields(self) -> list[SourceField]:
        """Return the fixed fields, variable tags and types that some patrons have."""
        params = {"fields": _fields({_FIXED, _VARIABLE, "phones", "addresses"}), "id": "[1,]"}
        entries = self._list(params | {"limit": str(_SAMPLE)}, read_entries)
        self._clean(entries)
        return [*self._fixed_fields(entries), *family_fields(entries, self._catalogue)]

    def _fixed_fields(self, entries: _Entries) -> list[SourceField]:
        """Return the fixed fields by their numbers, with Sierra's own labels."""
        labels: dict[int, str] = {}
        for entry in entries:
            found = entry.get(_FIXED)
            for number, one in found.items() if isinstance(found, dict) else ():
                if number.isascii() and number.isdigit() and isinstance(one, dict):
                    labels.setdefault(int(number), str(one.get("label") or "").strip())
        known = ((self._catalogue.find(f"{_FIXED}.{no}"), labels[no]) for no in sorted(labels))
        return [
            SourceField(one.name, f"{one.label} ({label})" if label else one.label, one.path)
            for one, label in known
            if one is not None
        ]

    def _list(self, params: Mapping[str, str], read: Callable[[IlsReply], _Entries]) -> _Entries:
        request = IlsRequest(_WHAT, _PATH, {"deleted": "false", **params})
        try:
            return self._http.call(request, read)
        except StaleTokenError:
            self._door.forget()
        return self._http.call(request, read)

    def _clean(self, entries: _Entries) -> None:
        drop_secrets(entries, self._catalogue.dropped)
        for entry in entries:
            fields = entry.get(_VARIABLE)
            if isinstance(fields, list):
                entry[_VARIABLE] = [one for one in fields if not _is_pin(one)]


def _fields(keys: Iterable[str]) -> str:
    """Name what is wanted; without names the records would be minimal."""
    return ",".join(sorted({"id", *keys}))


def _is_pin(field: Any) -> bool:
    """Say whether a variable field is the hash of a PIN, or nothing that can be known."""
    tag = field.get("fieldTag") if isinstance(field, dict) else None
    return not isinstance(tag, str) or tag.strip() in {"", _PIN_TAG}
