"""Alma's users over its REST API, as one key of an institution sees them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar
from urllib.parse import quote

from registry_operators.clients.alma_answers import (
    AlmaBatch,
    NoUserError,
    judge_alma,
    judge_quota,
    read_users,
)
from registry_operators.clients.alma_filter import push_down
from registry_operators.clients.alma_pages import LIMIT, AlmaReading, allowed
from registry_operators.clients.ils_http import IlsHttp, IlsReply, IlsRequest
from registry_operators.clients.ils_messages import IlsPage, IlsQuery
from registry_operators.clients.ils_records import (
    drop_secret_elements,
    drop_secrets,
    family_fields,
    unknown_fields,
)
from registry_operators.clients.rate_limit import shared_rate_limit
from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.errors import MalformedAnswerError, RefusedError

_WHAT = "alma: users"
_PATH = "/users"
_BRIEF = frozenset({"primary_id", "first_name", "last_name", "gender", "status"})
_ONLY_IN_FULL = frozenset({"contact_info", "user_identifier"})
_OVERLAP = timedelta(days=2)
"""``modify_date_from`` is a day, of a zone that is not told, and perhaps the day after it."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class AlmaAccount:
    """
    One institution's access.

    :param url: Up to and with ``/almaws/v1``.
    :param calls_per_second: The institution has 25 for all its keys; 0 for no limit.
    :param quota_floor: Calls of the day that are left to others.
    :param single_reads: So many users may be read one by one, where lists are brief.
    :param searchable: Fields that its search finds by their code, see ``alma_filter``.
    :param ca_bundle: File of certificates to trust; ``None`` for those that ``requests`` brings.
    """

    url: str
    key: str = field(repr=False)
    calls_per_second: float = 25
    quota_floor: int = 2000
    single_reads: int = 20_000
    searchable: frozenset[str] = frozenset()
    ca_bundle: str | None = None

    @property
    def digest(self) -> bytes:
        """Stands for the key without telling it."""
        return blake2b(f"{self.url} {self.key}".encode(), digest_size=32).digest()


class AlmaClient:
    """
    Reads for one institution, with some calls at once.

    All clients of the process that use the key keep its limit together. Repeats what can be
    repeated, see :class:`IlsHttp`; a day's quota that is used up is not waited for.

    :param threads: Calls at once: one takes about half a second.
    """

    def __init__(
        self,
        account: AlmaAccount,
        catalogue: Catalogue,
        *,
        threads: int = 12,
        timeout_s: float = 60.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._threads = threads
        limit = shared_rate_limit(account.digest.hex(), account.calls_per_second)

        def prepare() -> Mapping[str, str]:
            limit.wait(pause)
            return {"Authorization": f"apikey {account.key}"}

        self._http = IlsHttp(
            account.url, prepare=prepare, judge=judge_alma, timeout_s=timeout_s, pause=pause,
            ca_bundle=account.ca_bundle,
        )  # fmt: skip

    def check(self) -> None:
        """Ask whether the key is good, which costs one call."""
        self._call(IlsRequest("alma: test of the key", f"{_PATH}/operation/test"), lambda _: None)

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """
        Read the users, ordered by primary id, each once.

        :raises LoginRefusedError: The key is refused.
        :raises RefusedError: Only brief rows are listed, and there are too many to read one by one.
        :raises MalformedAnswerError: What came cannot be all.
        :raises UnavailableError: Alma does not answer, or the day's calls are used up.
        """
        params = self._params(query)
        needs_full = not query.keys <= _BRIEF
        if needs_full:
            params["expand"] = "full"
        fetch = partial(self._page, params, needs_full)
        reading = AlmaReading(fetch, self._account.digest, self._threads)
        if after:
            reading.go_on(after)
        yield from reading.pages()

    def count(self, query: IlsQuery) -> int | None:
        """Return how many Alma says there are; it may show a few less."""
        params = self._params(query) | {"limit": "1"}
        return self._call(IlsRequest(_WHAT, _PATH, params), read_users).total

    def extra_fields(self) -> list[SourceField]:
        """Return keys that the catalogue lacks, and types of ids and the like, of some users."""
        params = {"limit": str(LIMIT), "order_by": "primary_id", "expand": "full"}
        users = self._call(IlsRequest(_WHAT, _PATH, params), read_users).users
        self._clean(users)
        return [*unknown_fields(users, self._catalogue), *family_fields(users, self._catalogue)]

    def _params(self, query: IlsQuery) -> dict[str, str]:
        """Return what chooses and orders; a search and a day of change exclude each other."""
        if query.changed_since is not None:
            day = query.changed_since.astimezone(UTC).date() - _OVERLAP
            return {"modify_date_from": day.isoformat(), "order_by": "primary_id"}
        searched = push_down(query.conditions, self._account.searchable)[0]
        if query.push_down and searched:
            return searched | {"order_by": "last_name"}  # a search has no order by primary id
        return {"order_by": "primary_id"}

    def _page(
        self, params: Mapping[str, str], needs_full: bool, place: int, expected: int
    ) -> AlmaBatch:
        is_doubted = False

        def read(reply: IlsReply) -> AlmaBatch:
            nonlocal is_doubted
            batch = read_users(reply)
            # Some are counted and never shown, but not more than that.
            is_owed = batch.total > (place + allowed(batch.total) if place else 0)
            if not batch.users and (is_owed or not (place or is_doubted)):
                is_doubted = True
                raise MalformedAnswerError("alma: nobody came, and nothing proves it")
            if batch.total < expected // 2:
                raise MalformedAnswerError(
                    f"alma: there were {expected} users, and now there are only {batch.total}"
                )
            return batch

        where = {"limit": str(LIMIT), "offset": str(place)}
        batch = self._call(IlsRequest(_WHAT, _PATH, {**params, **where}), read)
        if (
            needs_full
            and batch.users
            and not any(_ONLY_IN_FULL & user.keys() for user in batch.users)
        ):
            batch = self._completed(batch)
        self._clean(batch.users)
        return batch

    def _completed(self, batch: AlmaBatch) -> AlmaBatch:
        """Read each user of a brief page; one who is gone meanwhile is left out."""
        most = self._account.single_reads
        if batch.total > most:
            raise RefusedError(
                f"alma: lists hold brief rows only, although expand=full was asked for, so "
                f"{batch.total} users take as many calls and {most} are allowed; ask Ex Libris for "
                "a release with expand=full, or raise extra single_reads if the quota allows it"
            )
        users = (self._one(str(user.get("primary_id"))) for user in batch.users)
        return batch._replace(users=[user for user in users if user is not None])

    def _one(self, primary_id: str) -> dict[str, Any] | None:
        path = f"{_PATH}/{quote(primary_id, safe='')}"
        try:
            return self._call(IlsRequest("alma: one user", path), _read_user)
        except NoUserError:
            return None

    def _call(self, request: IlsRequest, read: Callable[[IlsReply], _T]) -> _T:
        def read_within_quota(reply: IlsReply) -> _T:
            judge_quota(reply, self._account.quota_floor)
            return read(reply)

        return self._http.call(request, read_within_quota)

    def _clean(self, users: list[dict[str, Any]]) -> None:
        drop_secrets(users, self._catalogue.dropped)
        drop_secret_elements(users, "user_identifier", "id_type", "value")


def _read_user(reply: IlsReply) -> dict[str, Any]:
    content = reply.content()
    if not isinstance(content, dict) or "primary_id" not in content:
        raise MalformedAnswerError(f"{reply.what}: no user came")
    return content
