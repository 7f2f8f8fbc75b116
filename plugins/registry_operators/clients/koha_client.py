"""Koha's patrons over its REST API, as one library's account sees them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from registry_operators.clients.ils_http import IlsHttp, IlsReply, IlsRequest
from registry_operators.clients.ils_messages import IlsPage, IlsQuery
from registry_operators.clients.ils_records import (
    drop_secret_elements,
    drop_secrets,
    family_fields,
    read_ahead,
    unknown_fields,
)
from registry_operators.clients.koha_filter import push_down
from registry_operators.clients.koha_login import KohaAccount, KohaDoor, judge_token
from registry_operators.clients.koha_pages import (
    Check,
    KohaBatch,
    KohaReading,
    read_batch,
)
from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.errors import LoginRefusedError

_WHAT = "koha: patrons"
_PATH = "/patrons"
_ATTRIBUTES = "extended_attributes"
_EMBEDS = {
    _ATTRIBUTES: _ATTRIBUTES, "checkouts_count": "checkouts+count",
    "overdues_count": "overdues+count", "account_balance": "account_balance",
    "library": "library", "_strings": "+strings",
}  # fmt: skip
_SAMPLE = 200
_OVERLAP = timedelta(minutes=90)
"""More than an hour: when summer ends, the server's clock shows an hour twice."""
_WESTERNMOST = timedelta(hours=12)


class KohaClient:
    """
    Reads for one library; not for several threads at once.

    Repeats what can be repeated, see :class:`IlsHttp`; a token that is refused is fetched anew,
    once. A change of patron attributes alone may not move ``updated_on``: who needs them reads
    everybody from time to time.

    :param page_size: Patrons a page, 500 to 1,000; Koha itself knows no limit.
    """

    def __init__(
        self,
        account: KohaAccount,
        catalogue: Catalogue,
        *,
        page_size: int = 1000,
        timeout_s: float = 60.0,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._page_size = page_size
        ca = account.ca_bundle
        for_tokens = IlsHttp(
            account.url, judge=judge_token, timeout_s=timeout_s, pause=pause, ca_bundle=ca
        )
        self._door = KohaDoor(account, for_tokens, clock)
        self._http = IlsHttp(
            account.url, prepare=self._door.headers, timeout_s=timeout_s, pause=pause, ca_bundle=ca
        )

    def check(self) -> None:
        """Log in and ask for one patron."""
        self._list({"_per_page": "1"}, {}, read_batch)

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """
        Read the patrons, ordered by id, each once; the next page is fetched meanwhile.

        :raises LoginRefusedError: The account is refused, or lost its permission.
        :raises MalformedAnswerError: What came cannot be all.
        :raises UnavailableError: Koha does not answer.
        """
        conditions, _ = push_down(query.conditions) if query.push_down else ({}, ())
        headers = {**conditions, **self._embeds(query.keys)}
        changed = self._changed(query.changed_since)

        def fetch(last: int, number: int, check: Check) -> KohaBatch:
            def read(reply: IlsReply) -> KohaBatch:
                batch = read_batch(reply)
                check(batch)
                self._clean(batch.records)
                return batch

            params = {
                "q": _json({"me.patron_id": {">": last}} | changed),
                "_order_by": "+me.patron_id",
                "_per_page": str(self._page_size),
                "_page": str(number),
            }
            return self._list(params, headers, read)

        is_whole = not conditions and not changed
        yield from read_ahead(KohaReading.behind(after, fetch, self._page_size, is_whole).pages())

    def count(self, query: IlsQuery) -> int | None:
        """Return how many meet what is pushed down, by ``X-Total-Count``."""
        conditions, _ = push_down(query.conditions) if query.push_down else ({}, ())
        changed = self._changed(query.changed_since)
        params = {"_per_page": "1"} | ({"q": _json(changed)} if changed else {})
        return self._list(params, conditions, read_batch).left

    def extra_fields(self) -> list[SourceField]:
        """Return columns that the catalogue lacks, and types of attributes, of new patrons."""
        params = {"_order_by": "-me.patron_id", "_per_page": str(_SAMPLE)}
        records = self._list(params, self._embeds({_ATTRIBUTES}), read_batch).records
        self._clean(records)
        return [
            *unknown_fields(records, self._catalogue), *family_fields(records, self._catalogue)
        ]  # fmt: skip

    def _list(
        self,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        read: Callable[[IlsReply], KohaBatch],
    ) -> KohaBatch:
        request = IlsRequest(_WHAT, _PATH, params, headers)
        try:
            return self._http.call(request, read)
        except LoginRefusedError:
            if not self._door.forget():
                raise
        return self._http.call(request, read)

    def _embeds(self, keys: Iterable[str]) -> dict[str, str]:
        wanted = sorted(_EMBEDS[key] for key in keys if key in _EMBEDS)
        return {"x-koha-embed": ",".join(wanted)} if wanted else {}

    def _clean(self, records: list[dict[str, Any]]) -> None:
        drop_secrets(records, self._catalogue.dropped)
        if records and _ATTRIBUTES in records[0]:
            drop_secret_elements(records, _ATTRIBUTES, "type")

    def _changed(self, since: datetime | None) -> dict[str, Any]:
        """
        Ask for changes at or after a time, a little earlier.

        What stands in ``q`` goes to the database as it is, where times are the server's local ones:
        an offset would be ignored. Where the zone is not known, it is taken for the westernmost.
        """
        if since is None:
            return {}
        zone = self._account.zone
        local = since.astimezone(ZoneInfo(zone) if zone else UTC) - _OVERLAP
        if not zone:
            local -= _WESTERNMOST
        return {"me.updated_on": {">=": local.strftime("%Y-%m-%d %H:%M:%S")}}


def _json(query: Mapping[str, Any]) -> str:
    return orjson.dumps(query).decode()
