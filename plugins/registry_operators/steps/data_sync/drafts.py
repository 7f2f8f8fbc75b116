"""
Drafts of data syncs, finished or not, correct or not (spec D1.7).

A draft is the text that was saved last under a name; nothing of it is checked but its length. Who
changes one says which text it was made from, so that nobody's work is overwritten unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.data_sync import name_if_any, refuse_too_long
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.definitions import (
    SavedSync,
    digest_of,
    no_such_sync,
    publish,
    save_draft,
)

_MOST_TRIED = 1000


class DraftChangedError(DecisionRefusedError):
    """Somebody else has saved the draft meanwhile; nothing was saved, look at theirs first."""

    code = "DRAFT_CHANGED"


class NameTakenError(DecisionRefusedError):
    """Another data sync has the name, or had it and has run; choose another one."""

    code = "NAME_TAKEN"


@dataclass(frozen=True, slots=True)
class Draft:
    """
    The text that was saved last under a name.

    :param published_version: The version that runs, or ``None``.
    """

    name: str
    text: str
    version: int
    published_version: int | None
    saved_at: datetime
    saved_by: str

    @property
    def edition(self) -> str:
        """Stands for the text; another text has another one."""
        return digest_of(self.text)[:32]


def read_draft(ledger: Ledger, name: str) -> Draft | None:
    """Return the draft of a name, if there is one."""
    rows = ledger.rows("data_sync/read_definition", name=name)
    return _draft(rows[0]) if rows else None


def free_name(ledger: Ledger, wished: str) -> str:
    """Return a name that no data sync has: the one that is wished, or one with a number."""
    candidates = (wished, *(f"{wished[:90]}_{number}" for number in range(2, _MOST_TRIED)))
    return next(name for name in candidates if _is_free(ledger, name))


def create_draft(ledger: Ledger, name: str, text: str, *, actor: str) -> SavedSync:
    """
    Save the first draft of a data sync.

    :raises ConfigurationError: The name has the wrong form, or the text is too long.
    :raises NameTakenError: A data sync of that name is there, or was.
    """
    with ledger.transaction():
        if not _is_free(ledger, name):
            raise NameTakenError(f"there is a data sync {name!r}, or was; choose another name")
        return save_draft(ledger, text, actor=actor, name=name)


def change_draft(ledger: Ledger, name: str, text: str, *, seen: str, actor: str) -> SavedSync:
    """
    Save another text of a draft; a name in it that is another one becomes the draft's.

    :param seen: The :attr:`Draft.edition` from which the text was made.
    :raises ConfigurationError: There is no such draft, or the text is too long.
    :raises DraftChangedError: The draft is no longer the one that was seen.
    :raises NameTakenError: The text has another name that is taken, or one of a sync that was
        published, which keeps its name.
    """
    refuse_too_long(text)
    with ledger.transaction():
        rows = ledger.rows("data_sync/lock_definition", name=name)
        if not rows:
            raise no_such_sync(name)
        known = _draft(rows[0])
        if known.edition != seen:
            raise DraftChangedError(
                f"{known.saved_by} has saved {name} at {known.saved_at:%Y-%m-%d %H:%M} UTC, after "
                "you had opened it; nothing of yours was saved"
            )
        wanted = name_if_any(text)
        if wanted is not None and wanted != name:
            _rename(ledger, known, wanted)
            name = wanted
        return save_draft(ledger, text, actor=actor, name=name)


def publish_draft_seen(
    ledger: Ledger,
    name: str,
    text: str,
    fields: ProfileFields,
    *,
    seen: str,
    actor: str,
    now: datetime,
    zone: ZoneInfo,
) -> SavedSync:
    """
    Save another text of a draft, and let it be the version that runs.

    One transaction: what cannot be published is not saved either.

    :raises ConfigurationError: With one line for each thing that is wrong.
    :raises DraftChangedError: The draft is no longer the one that was seen.
    :raises NameTakenError: As :func:`change_draft`.
    """
    with ledger.transaction():
        change_draft(ledger, name, text, seen=seen, actor=actor)
        return publish(ledger, text, fields, actor=actor, now=now, zone=zone)


def _rename(ledger: Ledger, known: Draft, wanted: str) -> None:
    if not _is_free(ledger, wanted):
        raise NameTakenError(f"there is a data sync {wanted!r}, or was; choose another name")
    if not ledger.run("data_sync/rename_definition", name=known.name, new_name=wanted):
        raise NameTakenError(
            f"{known.name} has been published and keeps its name, because its runs and its DAG "
            "have it; copy it to give the copy another one"
        )


def _is_free(ledger: Ledger, name: str) -> bool:
    return not (
        ledger.rows("data_sync/read_definition", name=name)
        or ledger.rows("data_sync/list_runs", name=name, most=1)
    )


def _draft(row: Any) -> Draft:
    return Draft(row.name, row.text, row.version, row.published_version, row.saved_at, row.saved_by)
