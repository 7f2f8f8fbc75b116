"""What the pages of data syncs share: drafts, library systems, names and links of records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from starlette.datastructures import FormData

from registry_operators.clients.ils_messages import IlsClient
from registry_operators.domain.keys import SyncKeys, record_pseudonym
from registry_operators.domain.sync.catalogue import Catalogue
from registry_operators.errors import ConfigurationError, UnavailableError
from registry_operators.settings.catalogues import known_systems, load_catalogue
from registry_operators.settings.connections import ConnectionFields
from registry_operators.settings.data_sync import is_good_name
from registry_operators.settings.data_sync_text import read_content
from registry_operators.settings.ils_connections import make_client, patron_page
from registry_operators.settings.profile_fields import (
    ProfileFields,
    load_profile_fields,
    profile_fields_file,
)
from registry_operators.steps.data_sync.drafts import Draft, read_draft
from registry_operators.steps.data_sync.sync_status import SyncStatus, sync_statuses
from registry_operators.web.access import Role
from registry_operators.web.language import mark
from registry_operators.web.problems import PageError, not_found
from registry_operators.web.sync_form_values import as_text, posted
from registry_operators.web.visit import Visit

Posted = Annotated[FormData, Depends(posted)]
T = TypeVar("T")
_LONGEST_S = 15
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """
    A draft that somebody works on.

    :param content: What it says; ``None`` where it is no YAML of that kind.
    :param catalogue: Of its library system; ``None`` where none is chosen, or no known one.
    """

    draft: Draft
    content: Mapping[str, Any] | None
    fields: ProfileFields
    catalogue: Catalogue | None

    @property
    def profile_type(self) -> str:
        """The type of the profiles as far as the draft names it; empty if it does not."""
        return as_text((self.content or {}).get("profile_type"))


def profile_fields() -> ProfileFields:
    """Return the fields of profiles as they are configured, read anew when the file has changed."""
    file = profile_fields_file()
    try:
        state = file.stat()
    except OSError:
        return load_profile_fields(file)  # which says what is wrong
    return _fields_of(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _fields_of(file: Path, *_mark: int) -> ProfileFields:
    return load_profile_fields(file)


def open_draft(visit: Visit, name: str) -> OpenDraft:
    """
    Return the draft of a data sync.

    :raises PageError: 404; there is none.
    """
    draft = None
    if is_good_name(name):
        with visit.room.ledger() as ledger:
            draft = read_draft(ledger, name)
    if draft is None:
        raise no_such_sync()
    content = read_content(draft.text)
    return OpenDraft(draft, content, profile_fields(), _catalogue(content))


def find_status(visit: Visit, name: str) -> SyncStatus:
    """
    Return where a data sync stands.

    :raises PageError: 404; there is none.
    """
    found = next((one for one in all_statuses(visit) if one.name == name), None)
    if found is None:
        raise no_such_sync()
    return found


def all_statuses(visit: Visit) -> list[SyncStatus]:
    """Return where all data syncs stand, in order of their names."""
    wait = visit.room.config().guards.approval.expire_days
    with visit.room.ledger() as ledger:
        return sync_statuses(ledger, profile_fields(), visit.room.now(), visit.room.zone, wait)


def no_such_sync() -> Exception:
    """Return the answer to a name that no data sync has."""
    return not_found(mark("There is no data sync of this name."))


def can_edit(status: SyncStatus) -> bool:
    """Say whether a data sync is edited: drafts and what is scheduled (D6.2)."""
    is_draft = status.status == "draft" or status.is_cancelled or status.has_changes
    return is_draft or status.next_run is not None


def open_to_edit(visit: Visit, name: str) -> OpenDraft:
    """
    Return a draft that may be worked on (D6.2).

    :raises PageError: 404, or 409 for a data sync that is neither a draft nor scheduled.
    """
    opened = open_draft(visit, name)
    if not can_edit(find_status(visit, name)):
        raise PageError(
            409,
            mark("Only drafts and scheduled data syncs are edited; this one runs or is complete."),
            mark("Copy it, and change the copy."),
        )
    return opened


def readable_draft(visit: Visit, name: str) -> OpenDraft:
    """
    Return a draft into which a form can be put.

    :raises PageError: 404, or 409 where it is no YAML any more.
    """
    opened = open_draft(visit, name)
    if opened.content is None:
        raise PageError(
            409,
            mark("The draft cannot be read any more, so the form cannot be put into it."),
            mark("Correct it as text first."),
        )
    return opened


def ask_system(visit: Visit, draft: OpenDraft, work: Callable[[IlsClient], T]) -> T:
    """
    Let somebody who waits for a page ask the library system of a draft.

    :raises ConfigurationError: Its connection is missing or says too little.
    :raises UnavailableError: It does not answer in time.
    """
    source = (draft.content or {}).get("source")
    given = source if isinstance(source, dict) else {}
    ils, conn_id = as_text(given.get("ils")), as_text(given.get("connection"))
    fields = visit.room.fields_of(conn_id) if conn_id else None
    if fields is None:
        raise ConfigurationError(
            f"the Airflow Connection {conn_id!r} is missing; create it as docs/data_syncs.md shows"
        )
    client = make_client(ils, fields)
    return in_time(lambda: work(client))


def in_time(work: Callable[[], T]) -> T:
    """
    Do what may take long, but let nobody wait longer than a quarter of a minute.

    :raises UnavailableError: It has taken longer; it goes on unseen, and what it finds is lost.
    """
    coming = _threads().submit(work)
    try:
        return coming.result(timeout=_LONGEST_S)
    except TimeoutError:
        coming.cancel()
        raise UnavailableError(
            f"the library system has not answered in {_LONGEST_S} seconds; try again later, or use "
            "the command line, which waits longer"
        ) from None


@dataclass(frozen=True, slots=True, repr=False)
class RecordNames:
    """
    How records of a library system are told of: by pseudonym; to operators by id and link too.

    :param source: Connection of the system.
    :param fields: That connection, where it is there still.
    :param may_see_ids: The visitor may find a record in the library system.
    """

    source: str
    keys: SyncKeys
    fields: ConnectionFields | None
    may_see_ids: bool

    def pseudonym(self, record_id: str | None) -> str:
        """Return the pseudonym of a record; empty for one without an id."""
        return record_pseudonym(self.source, record_id, self.keys) if record_id else ""

    def shown_id(self, record_id: str | None) -> str:
        """Return the id of a record, for those who may know it."""
        return (record_id or "") if self.may_see_ids else ""

    def link(self, record_id: str | None) -> str:
        """Return where staff find the record, for those who may know it; empty if nowhere."""
        if not record_id or not self.may_see_ids or self.fields is None:
            return ""
        return patron_page(self.fields, record_id) or ""


def record_names(visit: Visit, source: str) -> RecordNames:
    """
    Return how records of a library system are told of to a visitor.

    :raises ConfigurationError: The keys, of which pseudonyms are made, are missing.
    """
    return RecordNames(
        source,
        visit.room.secrets().keys,
        visit.room.fields_of(source),
        Role.OPERATOR in visit.visitor.roles,
    )


def _catalogue(content: Mapping[str, Any] | None) -> Catalogue | None:
    source = (content or {}).get("source")
    ils = as_text(source.get("ils")) if isinstance(source, dict) else ""
    return load_catalogue(ils) if ils in known_systems() else None


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "patron-sync-ils")
