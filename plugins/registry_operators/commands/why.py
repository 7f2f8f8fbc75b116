"""``patron-sync why``: what happened to a patron, by which rule, and what would happen now (X6)."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from registry_operators.terminal import Json, clear_errors, err, out

if TYPE_CHECKING:
    from datetime import datetime

    from registry_operators.domain.sync.record_story import RecordEpisode, RecordStory
    from registry_operators.domain.why import Answer, Change, Episode, Outlook, PatronStory
    from registry_operators.steps.explain_patron import Question

_COLOURS = {
    "created": "green",
    "updated": "green",
    "unchanged": "default",
    "left_out": "yellow",
    "held": "magenta",
    "failed": "red",
}


def why(
    *,
    card: Annotated[str | None, typer.Option(help="A card number, in force or not.")] = None,
    patron_id: Annotated[int | None, typer.Option(help="Cicero's number of the patron.")] = None,
    person_id_stdin: Annotated[
        bool, typer.Option("--person-id-stdin", help="Read a national id from standard input.")
    ] = False,
    record: Annotated[
        str | None,
        typer.Option(help="A record of a library system: koha_main:17 (connection, id there)."),
    ] = None,
    ask: Annotated[
        bool,
        typer.Option(
            "--ask",
            help="Also ask the registry, if the patron consents; the audit trail says who asked.",
        ),
    ] = False,
    runs: Annotated[int, typer.Option(min=1, max=1000, help="How many runs to look at.")] = 30,
    as_json: Json = False,
) -> None:
    """Tell why a patron was or was not synchronised, and what would happen now."""
    from registry_operators.installation import configured_profile_fields, open_installation
    from registry_operators.steps.ask_about_patrons import Asking
    from registry_operators.steps.explain_patron import explain_patron, note_question

    with clear_errors():
        question = _question(card, patron_id, person_id_stdin, record)
        other_fields = configured_profile_fields().other_than_text()
        with open_installation() as here:
            answer = explain_patron(
                here.ledger, here.config, here.secrets, question,
                runs=runs, asking=Asking(here.connect, getpass.getuser()) if ask else None,
                other_fields=other_fields,
            )  # fmt: skip
            note_question(here.ledger, question, answer, actor=getpass.getuser())
    if as_json:
        out.print_json(json.dumps(answer.as_dict(), default=str))
    else:
        out.print(as_page(answer))


def _question(
    card: str | None, patron_id: int | None, from_stdin: bool, record: str | None
) -> Question:
    from registry_operators.errors import ConfigurationError
    from registry_operators.steps.explain_patron import Question

    if sum((card is not None, patron_id is not None, from_stdin, record is not None)) != 1:
        raise ConfigurationError(
            "name one patron: --card, --patron-id, --person-id-stdin or --record"
        )
    if from_stdin:
        if sys.stdin.isatty():
            err.print("National id: ", end="")
        return Question(national_id=sys.stdin.readline().strip())
    return Question(card_number=card.strip() if card else None, patron_id=patron_id, record=record)


def as_page(answer: Answer) -> Group:
    """Return the answer as a page: each record with its state, what would be, and the runs."""
    parts = [Text(answer.says, style="bold")]
    return Group(
        *parts,
        *(Group(*_story(story)) for story in answer.patrons),
        *(Group(*_record(record)) for record in answer.records),
    )


def _story(story: PatronStory) -> Iterator[Text | Padding]:
    name = f" {story.library_name}" if story.library_name else ""
    same = "" if story.is_asked_for else ", the same person"
    yield Text()
    yield Text(
        f"Library {story.library}{name}: patron {story.patron_id}, "
        f"pseudonym {story.pseudonym or 'none'}, {_STATES[story.state]}{same}",
        style="bold",
    )
    yield _heading("As it is now")
    yield from (_line(fact.says, fact.rule) for fact in story.facts)
    if story.waiting:
        yield _heading("Waiting")
        yield from (_line(fact.says, fact.rule) for fact in story.waiting)
    for outlook in story.now:
        yield _heading(f"What the next {outlook.flow} would do")
        yield from _outlook(outlook)
    yield _heading("What the last runs did, the newest first")
    for episode in story.history:
        yield from _episode(episode)
    if not story.history:
        yield _line("There was no run for the library yet.", None)


def _record(record: RecordStory) -> Iterator[Text | Padding]:
    yield Text()
    yield Text(f"Library systems: {record.name}", style="bold")
    yield from (_line(fact, None) for fact in record.facts)
    yield _heading("What the last data syncs did, the newest first")
    for episode in record.history:
        yield _when(episode.started_at, f"{episode.sync} version {episode.version}", episode)
        if episode.reason:
            reason = episode.reason
            yield _line(f"{reason.code}: {reason.says} {reason.todo}", reason.rule, 6)
        yield from (_line(detail, None, 6) for detail in episode.details)
    if not record.history:
        yield _line("There was no run of the library system.", None)


_STATES = {
    "patron": "in Cicero",
    "deleted": "deleted in Cicero",
    "gone": "not in Cicero any more",
}


def _outlook(outlook: Outlook) -> Iterator[Padding]:
    yield from (_line(says, None) for says in outlook.says)
    if outlook.reason:
        reason = outlook.reason
        yield _line(f"{reason.code}: {reason.says} {reason.todo}", reason.rule)
    yield from _changes(outlook.changes, 4)


def _episode(episode: Episode) -> Iterator[Padding]:
    yield _when(episode.started_at, episode.flow, episode)
    if episode.reason:
        reason = episode.reason
        yield _line(f"{reason.code}: {reason.says} {reason.todo}", reason.rule, 6)
    if episode.undone:
        yield _line(f"The run at this library: {episode.undone.text}", "X7", 6)
    yield from _changes(episode.changes, 6)


def _when(started_at: datetime, what: str, episode: Episode | RecordEpisode) -> Padding:
    """Return the line of a run: when, which, and what came of it."""
    when = started_at.astimezone().strftime("%Y-%m-%d %H:%M %Z")
    colour = _COLOURS.get(episode.outcome or "", "dim")
    dry = " (dry run)" if episode.is_dry_run else ""
    text = Text.from_markup(
        f"{when}  {what}{dry}  [{colour}]{episode.outcome or 'not read'}[/]  {escape(episode.says)}"
    )
    return Padding(text, (0, 0, 0, 2))


def _changes(changes: tuple[Change, ...], indent: int) -> Iterator[Padding]:
    for change in changes:
        yield _line(f"{change.text}. {change.rule.says}", change.rule.rule, indent)
        for reason in (change.reason, change.undo.reason if change.undo else None):
            if reason:
                text = f"{reason.code}: {reason.says} {reason.todo}"
                yield _line(text, reason.rule, indent + 2)


def _heading(text: str) -> Padding:
    return Padding(Text(text, style="underline"), (1, 0, 0, 0))


def _line(text: str, rule: str | None, indent: int = 2) -> Padding:
    line = Text(text)
    if rule:
        line.append(f"  [{rule}]", style="dim")
    return Padding(line, (0, 0, 0, indent))
