"""Symphony's patrons over its Web Services, as one staff account sees them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, TypeVar

from registry_operators.clients.ils_http import IlsHttp, IlsReply, IlsRequest
from registry_operators.clients.ils_messages import IlsPage, IlsQuery
from registry_operators.clients.ils_records import (
    drop_secret_elements,
    drop_secrets,
    is_secret,
    read_ahead,
)
from registry_operators.clients.symphony_answers import (
    KEY,
    SearchRows,
    SymphonySite,
    flat_record,
    include_fields,
    read_policies,
    read_rows,
    read_site,
)
from registry_operators.clients.symphony_filter import POLICIES, push_down
from registry_operators.clients.symphony_keys import KeySweep
from registry_operators.clients.symphony_login import (
    NotThereError,
    SessionEndedError,
    Strategy,
    SymphonyAccount,
    SymphonyDoor,
    judge_login,
    judge_symphony,
)
from registry_operators.clients.symphony_search import Check, SearchReading, check_totals
from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.field_values import DataType, fold
from registry_operators.errors import ConfigurationError, MalformedAnswerError

_CODED = ("address1", "address2", "address3", "customInformation")
_TYPES = {"date": DataType.DATE, "integer": DataType.NUMBER, "boolean": DataType.YES_NO,
          "string": DataType.TEXT, "resource": DataType.TEXT}  # fmt: skip
_T = TypeVar("_T")
_Record = dict[str, Any]


class SymphonyClient:
    """
    Reads for one library; not for several threads at once.

    Symphony can neither list its patrons nor tell who has changed, so everybody is read each time,
    by the strategy of the account. Repeats what can be repeated, see :class:`IlsHttp`; a session
    that has timed out is opened anew once.

    :param threads: Calls at once in a sweep of keys.
    :param rows: Rows of a search at once; 1,000 are the most that clients are known to ask for.
    """

    def __init__(
        self,
        account: SymphonyAccount,
        catalogue: Catalogue,
        *,
        threads: int = 4,
        rows: int = 1000,
        timeout_s: float = 60.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._threads = threads
        self._rows = rows
        make = partial(
            IlsHttp, account.url, timeout_s=timeout_s, pause=pause, ca_bundle=account.ca_bundle
        )
        self._door = SymphonyDoor(account, make(prepare=account.headers, judge=judge_login))
        self._http = make(prepare=self._door.headers, judge=judge_symphony)

    def check(self) -> None:
        """Log in and ask what patrons look like."""
        self._site()

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """
        Read the patrons, each once; the next ones are fetched meanwhile.

        :raises ConfigurationError: The site lacks a field or index, or nobody has such keys.
        :raises LoginRefusedError: The account is refused.
        :raises MalformedAnswerError: What came cannot be all.
        :raises UnavailableError: Symphony does not answer, or its patrons move all the time.
        """
        site = self._site()
        include = include_fields(query.keys - self._catalogue.dropped, site)
        if self._account.strategy is Strategy.KEYS:
            yield from read_ahead(self._sweep(include, after).pages())
            return
        wanted = push_down(query.conditions)[0] if query.push_down else {}
        yield from read_ahead(self._found(site, include, wanted, after))

    def count(self, query: IlsQuery) -> int | None:
        """Tell nothing: totals of a search count the deleted too."""
        return None

    def extra_fields(self) -> list[SourceField]:
        """Return the fields that the site describes and the catalogue lacks, and address lines."""
        known = {one.top_level_key for one in self._catalogue.fields.values()}
        described = [
            SourceField(name, name, f"{name}.{KEY}" if kind == "resource" else name, _TYPES[kind])
            for name, kind in sorted(self._site().fields.items())
            if name not in known and kind in _TYPES and not is_secret(name)
        ]
        codes = [(f"address{no}", one) for no in (1, 2) for one in self._codes(no)]
        lines = (self._catalogue.find(f"{prefix}.{code}") for prefix, code in codes)
        return [*described, *(one for one in lines if one is not None)]

    def _sweep(self, include: str, after: str | None) -> KeySweep:
        account = self._account
        sweep = KeySweep(
            partial(self._one, include), account.lowest_key, account.highest_key,
            account.largest_gap, self._threads,
        )  # fmt: skip
        sweep.go_on(after)
        return sweep

    def _one(self, include: str, key: int) -> _Record | None:
        what = "symphony: one patron"
        request = IlsRequest(what, f"/user/patron/key/{key}", {"includeFields": include})
        try:
            record = self._call(request, lambda reply: flat_record(reply.content(), what))
        except NotThereError:
            return None
        if record[KEY] != str(key):
            raise MalformedAnswerError(f"{what}: another one came than was asked for")
        self._clean([record])
        return record

    def _found(
        self,
        site: SymphonySite,
        include: str,
        wanted: dict[str, frozenset[str]],
        after: str | None,
    ) -> Iterator[IlsPage]:
        """Read by search; at the end, see that another index has as many patrons."""
        if not POLICIES.keys() <= site.indexes:
            raise ConfigurationError(
                f"symphony: strategy search needs the indexes {' and '.join(POLICIES)}, since only "
                "the one proves that the other has everybody, and this site does not search by "
                "both; set extra strategy to keys"
            )
        searches = self._searches(wanted or {"LIBRARY": None})
        reading = SearchReading(partial(self._page, include), searches, self._rows)
        if after:
            reading.go_on(after)
        yield from reading.pages()
        if not wanted:
            others = sum(map(self._total, self._searches({"PROFILE": None})))
            check_totals(reading.found, others)
        yield IlsPage([], reading.cursor, is_last=True)

    def _searches(self, wanted: dict[str, Any]) -> list[str]:
        """Return ``q`` for each policy, or combination, of the indexes; all for ``None``."""
        terms = []
        for index, codes in sorted(wanted.items()):
            path = f"/policy/{POLICIES[index]}/simpleQuery"
            request = IlsRequest("symphony: policies", path, {"key": "*", "includeFields": "*"})
            keys = self._call(request, read_policies)
            terms.append(
                [f"{index}:{_quoted(key)}" for key in keys if codes is None or fold(key) in codes]
            )
        return [",".join(one) for one in product(*terms)]

    def _page(self, include: str, search: str, row: int, check: Check) -> SearchRows:
        def read(reply: IlsReply) -> SearchRows:
            answer = read_rows(reply)
            check(answer)
            self._clean([one for one in answer.rows if one is not None])
            return answer

        params = {"q": search, "j": "AND", "rw": str(row), "ct": str(self._rows),
                  "includeFields": include}  # fmt: skip
        return self._call(IlsRequest("symphony: search", "/user/patron/search", params), read)

    def _total(self, search: str) -> int:
        params = {"q": search, "j": "AND", "rw": "1", "ct": "1", "includeFields": "barcode"}
        request = IlsRequest("symphony: search", "/user/patron/search", params)
        return self._call(request, read_rows).total

    def _codes(self, number: int) -> list[str]:
        params = {"key": "*", "includeFields": "*"}
        path = f"/policy/patronAddress{number}/simpleQuery"
        try:
            return self._call(IlsRequest("symphony: policies", path, params), read_policies)
        except NotThereError:
            return []

    def _site(self) -> SymphonySite:
        return self._call(IlsRequest("symphony: describe", "/user/patron/describe"), read_site)

    def _call(self, request: IlsRequest, read: Callable[[IlsReply], _T]) -> _T:
        try:
            return self._http.call(request, read)
        except SessionEndedError:
            self._door.forget()
        return self._http.call(request, read)

    def _clean(self, records: list[_Record]) -> None:
        drop_secrets(records, self._catalogue.dropped)
        for key in _CODED:
            drop_secret_elements(records, key, "fields", "code", KEY)


def _quoted(key: str) -> str:
    """Write a value of ``q``; between terms there are commas."""
    return key if key.replace("-", "").replace("_", "").isalnum() else f'"{key}"'
