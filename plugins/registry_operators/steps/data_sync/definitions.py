"""Data syncs as documents: save a draft, publish, list, cancel, delete (spec D1.7, D6, X11)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from registry_operators.errors import ConfigurationError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.data_sync import (
    is_good_name,
    name_if_any,
    name_of,
    parse_definition,
    refuse_past_schedule,
    refuse_too_long,
)
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.settings.time_zone import local_zone_name
from registry_operators.steps.data_sync.ports import PinnedSync


@dataclass(frozen=True, slots=True)
class SavedSync:
    """A document that was saved or published, and as which version."""

    name: str
    version: int


def save_draft(ledger: Ledger, text: str, *, actor: str, name: str | None = None) -> SavedSync:
    """
    Save a document, finished or not; what runs is not changed by it (D1.7).

    :param name: Where to keep a text that is not yet YAML, or has no name of its own; a name that
        the text does have must be the same.
    :raises ConfigurationError: It has no name by which it could be found again, or another one.
    """
    name = name_of(text) if name is None else _name_for(text, name)
    with ledger.transaction():
        (row,) = ledger.rows("data_sync/save_definition", name=name, text=text, saved_by=actor)
    return SavedSync(name, row.version)


def publish(
    ledger: Ledger,
    text: str,
    fields: ProfileFields,
    *,
    actor: str,
    now: datetime | None = None,
    zone: ZoneInfo | None = None,
) -> SavedSync:
    """
    Save a document that is correct, and let it be the version that runs.

    :param now: Aware; a schedule that has ended by then is refused. This moment if left out.
    :param zone: The zone in which schedules are meant; that of ``libraries.yaml`` if left out.
    :raises ConfigurationError: With one line for each thing that is wrong; nothing was saved.
    """
    definition = parse_definition(text, fields)
    refuse_past_schedule(
        text, definition, now or datetime.now(UTC), zone or ZoneInfo(local_zone_name())
    )
    with ledger.transaction():
        saved = save_draft(ledger, text, actor=actor)
        ledger.rows(
            "data_sync/publish_definition",
            name=definition.name,
            version=saved.version,
            digest=digest_of(text),
            published_by=actor,
        )
        AuditTrail(ledger).append(
            "publish_sync", actor=actor, subject=f"{saved.name} version {saved.version}"
        )
    return saved


def publish_draft(ledger: Ledger, name: str, fields: ProfileFields, *, actor: str) -> SavedSync:
    """
    Publish the document that was saved last under a name.

    :raises ConfigurationError: There is none, or it is not correct.
    """
    return publish(ledger, read_document(ledger, name), fields, actor=actor)


def read_document(ledger: Ledger, name: str) -> str:
    """
    Return the document that was saved last under a name, exactly as it was written.

    :raises ConfigurationError: There is none.
    """
    rows = ledger.rows("data_sync/read_definition", name=name)
    if not rows:
        raise no_such_sync(name)
    text: str = rows[0].text
    return text


def pinned(
    ledger: Ledger, name: str, fields: ProfileFields, version: int | None = None
) -> PinnedSync:
    """
    Return a published version with all that it refers to; the one that runs if none is named.

    :raises ConfigurationError: It was never published, or what it refers to has gone since.
    """
    row = _published(ledger, name, version)
    return pin(row.text, fields, row.version)


def pin(text: str, fields: ProfileFields, version: int) -> PinnedSync:
    """
    Return a document with all that it refers to.

    :raises ConfigurationError: It is not correct.
    """
    definition = parse_definition(text, fields)
    return PinnedSync(
        definition,
        version,
        digest_of(text),
        load_catalogue(definition.ils),
        fields.of_type(definition.profile_type),
    )


def list_syncs(ledger: Ledger) -> list[Any]:
    """Return the rows of ``data_sync/list_definitions``."""
    return ledger.rows("data_sync/list_definitions")


def cancel(ledger: Ledger, name: str, *, actor: str) -> None:
    """
    Take a data sync off its schedule; publishing it again puts it back (D6.2).

    :raises ConfigurationError: There is none, or it has no schedule to be taken off.
    """
    _change(ledger, "data_sync/cancel_definition", "cancel_sync", name, actor)


def delete(ledger: Ledger, name: str, *, actor: str) -> None:
    """
    Delete a data sync; profiles, runs and what was published stay (D6.3).

    :raises ConfigurationError: There is none.
    """
    with ledger.transaction():
        _change(ledger, "data_sync/delete_definition", "delete_sync", name, actor)
        for asked in ledger.rows("data_sync/list_asked", name=name):
            ledger.run("data_sync/withdraw_run", run_id=asked.run_id, withdrawn_by=actor)


def read_published(ledger: Ledger, name: str, version: int) -> str:
    """
    Return a published document exactly as it was written; it stays when the sync is deleted.

    :raises ConfigurationError: That version was never published.
    """
    text: str = _published(ledger, name, version).text
    return text


def digest_of(text: str) -> str:
    """Return the SHA-256 of a document, to pin a run to it."""
    return hashlib.sha256(text.encode()).hexdigest()


def no_such_sync(name: str) -> ConfigurationError:
    """Return the answer to a name that no data sync has."""
    return ConfigurationError(f"no data sync {name!r}; patron-sync sync list shows them")


def _name_for(text: str, name: str) -> str:
    refuse_too_long(text)
    if not is_good_name(name):
        raise ConfigurationError(
            f"{name!r} is no name; write small letters, digits and underscores: new_students"
        )
    if (own := name_if_any(text)) not in {None, name}:
        raise ConfigurationError(f"the document says that its name is {own}, not {name}")
    return name


def _published(ledger: Ledger, name: str, version: int | None) -> Any:
    rows = ledger.rows("data_sync/read_version", name=name, version=version)
    if not rows:
        which = "" if version is None else f" version {version}"
        raise ConfigurationError(
            f"data sync {name!r}{which} is not published; patron-sync sync publish {name} does that"
        )
    return rows[0]


def _change(ledger: Ledger, statement: str, action: str, name: str, actor: str) -> None:
    with ledger.transaction():
        read_document(ledger, name)
        if not ledger.run(statement, name=name):
            raise ConfigurationError(f"data sync {name!r} is on no schedule; nothing was changed")
        AuditTrail(ledger).append(action, actor=actor, subject=name)
