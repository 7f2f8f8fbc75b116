"""One patron as the librarian sees them, there or deleted, and what the next push does (N3.8)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from registry_operators.desk.desk import Caller, Desk, PatronRef, no_such_patron, read_patron
from registry_operators.desk.find_patron import find_library
from registry_operators.desk.patron_record import PatronRecord, note_look, read_record
from registry_operators.desk.refusals import DeskError
from registry_operators.domain.undone import at_minute
from registry_operators.domain.why import Episode, Fact, Outlook, PatronStory
from registry_operators.ledger.database import Ledger
from registry_operators.steps.explain_patron import Question, explain_patron


@dataclass(frozen=True, slots=True, repr=False)
class PatronPage(PatronRecord):
    """
    A patron, and what is ahead.

    :param waiting: What waits for the patron, with its reason in words.
    :param next_push: ``None`` where the library takes no part.
    """

    waiting: tuple[Fact, ...]
    next_push: Outlook | None


@dataclass(frozen=True, slots=True)
class DeletionPage:
    """
    A deleted patron, of whom nothing is left but the removal of the relation.

    :param state: ``open``, ``needless`` or ``settled``.
    :param last_try: What the last push did about it, if one has.
    """

    patron: PatronRef
    deleted_at: datetime
    had_consent: bool
    settled_at: datetime | None
    state: str
    says: str
    last_try: Episode | None
    next_push: Outlook | None


def look_at_patron(
    desk: Desk, caller: Caller, patron_id: int, library: str | None = None
) -> PatronPage | DeletionPage:
    """
    Return what the desk may see of a patron, or what is left of a deleted one.

    What the next push does is tried with the steps of a real run and undone; nothing is sent. An
    event says who looked.

    Spec: N3.1, N3.7, N3.8, X6, X9.

    :raises DeskError: No library has, or had, such a patron, or the library is another one.
    """
    try:
        patron = find_library(desk, patron_id, library)
    except DeskError:
        page = look_at_deletion(desk, patron_id)
        if page is None or library not in {None, page.patron.library}:
            raise
        with desk.open_ledger() as ledger:
            note_look(ledger, caller, page.patron, None)
        return page
    with desk.open_ledger() as ledger:
        row = read_patron(ledger, patron)
        record = read_record(ledger, patron, row)
        story = read_story(desk, ledger, patron)
        note_look(ledger, caller, patron, row.person_key)
    seen = {one.name: getattr(record, one.name) for one in fields(record)}
    return PatronPage(**seen, waiting=story.waiting, next_push=_next_push(story))


def look_at_deletion(desk: Desk, patron_id: int) -> DeletionPage | None:
    """Return how far the removal of a patron's relation has come; ``None`` if there is none."""
    with desk.open_ledger() as ledger:
        rows = ledger.rows("desk/read_deletion", patron_id=patron_id)
        if not rows:
            return None
        (row,) = rows
        patron = PatronRef(row.library, patron_id)
        story = read_story(desk, ledger, patron)
    state, says = _removal(row)
    tries = [one for one in story.history if one.flow == "push" and not one.is_dry_run]
    last_try = tries[0] if tries and tries[0].started_at > row.deleted_at else None
    return DeletionPage(
        patron, row.deleted_at, row.had_consent, row.settled_at, state, says, last_try,
        _next_push(story),
    )  # fmt: skip


def read_story(desk: Desk, ledger: Ledger, patron: PatronRef) -> PatronStory:
    """
    Return what the last runs did with a patron of a library, and what the next ones would do.

    :raises DeskError: The library has and had no such patron.
    """
    question = Question(patron_id=patron.patron_id)
    answer = explain_patron(ledger, desk.config, desk.secrets, question)
    for story in answer.patrons:
        if (story.library, story.patron_id) == patron:
            return story
    raise no_such_patron()


def _next_push(story: PatronStory) -> Outlook | None:
    return next((outlook for outlook in story.now if outlook.flow == "push"), None)


def _removal(row: Any) -> tuple[str, str]:
    """Return state and sentence of a row of ``desk/read_deletion``."""
    if row.settled_at is not None and row.had_consent:
        return "settled", (
            f"The removal was settled on {at_minute(row.settled_at)}: the registry confirmed it, "
            "it was not needed, or a person let it go."
        )
    if row.settled_at is not None:
        return "settled", (
            f"The removal was left out on {at_minute(row.settled_at)}: without consent the "
            "registry is not called, and a relation that it has stays."
        )
    since = f"since {at_minute(row.deleted_at)}"
    if not row.had_consent:
        return "needless", (
            f"The removal is open {since}; the next push leaves it out, because without consent "
            "the registry is not called."
        )
    if row.is_back:
        return "needless", (
            f"The removal is open {since}; the person is a patron of the library again, so the "
            "next push keeps the relation."
        )
    return "open", (
        f"The relation waits {since} to be removed; every push tries until the registry confirms "
        "it."
    )
