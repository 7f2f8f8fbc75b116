"""How a patron, a deletion and a creation look at a terminal and in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from registry_operators.domain.undone import at_minute
from registry_operators.domain.why import Fact, Outlook

if TYPE_CHECKING:
    from registry_operators.desk.create_patron import CreatedPatron
    from registry_operators.desk.look_at_patron import DeletionPage, PatronPage
    from registry_operators.desk.patron_record import CardSeen, ConsentSeen
    from registry_operators.domain.creation import Creation

_DOORS = {"desk": " at the desk", "cms_api": " through the CMS API", None: ""}


def patron_page(page: PatronPage, library_name: str | None) -> Group:
    """Return a patron as a page."""
    return Group(*_patron(page, library_name))


def deletion_page(page: DeletionPage) -> Group:
    """Return what is left of a deleted patron as a page."""
    return Group(*_deletion(page))


def facts_page(heading: str, facts: Sequence[Fact]) -> Group:
    """Return sentences below a heading, each with the requirement that decides."""
    return Group(Text(heading, style="bold"), *(_line(fact.says, fact.rule) for fact in facts))


def consent_lines(consents: Sequence[ConsentSeen]) -> Group:
    """Return the history of a patron's consents."""
    return Group(*_consents(consents))


def created_lines(made: CreatedPatron) -> Group:
    """Return what was created; a PIN that was drawn stands here and nowhere else."""
    parts: list[Text | Padding] = [
        Text(f"Patron {made.patron.patron_id} was created at library {made.patron.library}.",
             style="bold"),
        _line(f"Card number {made.card_number}, {made.card_kind}, "
              f"from: {made.creation.card_source.lower()}", None),
        _line(f"PIN from: {made.creation.pin_source.lower()}, "
              f"{'must be changed' if made.creation.must_change_pin else 'as it is'}", None),
    ]  # fmt: skip
    if made.pin_to_tell is not None:
        parts.append(_line(told_once(made.pin_to_tell.digits), "N2.5"))
    return Group(*parts)


def told_once(digits: str) -> str:
    """Return the sentence with a PIN that was drawn."""
    return f"The PIN is {digits}. Tell it now: it is shown this once and must be changed."


def created_dict(made: CreatedPatron) -> dict[str, Any]:
    """Return what was created for JSON; a PIN that was drawn has a key that says so."""
    content = {
        "patron_id": made.patron.patron_id,
        "library": made.patron.library,
        "rule": made.creation.rule,
        "card_number": made.card_number,
        "card_kind": made.card_kind,
        "card_source": made.creation.card_source,
        "pin_source": made.creation.pin_source,
        "must_change_pin": made.creation.must_change_pin,
        "next_push": made.creation.queue,
    }
    return content | drawn_pin_dict(None if made.pin_to_tell is None else made.pin_to_tell.digits)


def foretold_dict(creation: Creation, facts: Sequence[Fact]) -> dict[str, Any]:
    """Return what a creation would do for JSON."""
    return {
        "dry_run": True,
        "rule": creation.rule,
        "card_source": creation.card_source,
        "pin_source": creation.pin_source,
        "must_change_pin": creation.must_change_pin,
        "next_push": creation.queue,
        "says": [fact.says for fact in facts],
    }


def drawn_pin_dict(digits: str | None) -> dict[str, str]:
    """Return a PIN that was drawn under the key that warns of it, or nothing."""
    return {} if digits is None else {"drawn_pin_told_once": digits}


def page_dict(page: PatronPage | DeletionPage) -> dict[str, Any]:
    """Return either page for JSON; named tuples become objects."""
    content = asdict(page)
    del content["patron"]
    name = content.pop("name", None)
    content |= page.patron._asdict() | (name._asdict() if name is not None else {})
    if page.next_push is not None:
        for change, told in zip(
            page.next_push.changes, content["next_push"]["changes"], strict=True
        ):
            told["says"] = change.text
    return content


def _patron(page: PatronPage, library_name: str | None) -> Iterator[Text | Padding]:
    where = f"library {page.patron.library}{f' {library_name}' if library_name else ''}"
    yield Text(f"Patron {page.patron.patron_id}, {where}: {page.name.in_order}", style="bold")
    yield _line(
        f"Created on {at_minute(page.created_at)} by: {page.created_by.replace('_', '-')}; name "
        f"from: {page.name_origin}; {'has' if page.has_national_id else 'has no'} national id", None
    )  # fmt: skip
    if page.guardian_name is not None:
        yield _line(f"Guardian: {page.guardian_name}", "N3.8")
    if page.blocked_reason is not None:
        yield _line(f"Blocked since {page.blocked_since}: {page.blocked_reason}", "N3.8")
    yield _heading("Cards")
    yield from (_card(card) for card in page.cards)
    yield _heading("PIN")
    yield _pin(page)
    yield _heading("Consents")
    yield from _consents(page.consents)
    if page.waiting:
        yield _heading("Waiting")
        yield from (_line(fact.says, fact.rule) for fact in page.waiting)
    yield _heading("What the next push would do")
    yield from _outlook(page.next_push)


def _deletion(page: DeletionPage) -> Iterator[Text | Padding]:
    yield Text(
        f"Patron {page.patron.patron_id} of library {page.patron.library} was deleted on "
        f"{at_minute(page.deleted_at)}, {'with' if page.had_consent else 'without'} consent.",
        style="bold",
    )
    yield _line(page.says, "N3.7")
    if (last := page.last_try) is not None:
        yield _line(f"Last push, {at_minute(last.started_at)}: {last.says}", "X6")
        if last.reason is not None:
            yield _line(f"{last.reason.code}: {last.reason.says} {last.reason.todo}",
                        last.reason.rule)  # fmt: skip
    if page.state != "settled":
        yield _heading("What the next push would do")
        yield from _outlook(page.next_push)


def _card(card: CardSeen) -> Padding:
    return _line(
        f"{card.card_number}  {card.kind}, {card.status} since {at_minute(card.changed_at)}, "
        f"from: {card.origin}",
        None,
    )


def _pin(page: PatronPage) -> Padding:
    if page.pin is None:
        return _line("There is no PIN.", "N2.5")
    since = at_minute(page.pin.changed_at)
    if page.pin.must_change:
        return _line(f"Handed out on {since}; must be changed, and is not sent before.", "N2.5")
    return _line(f"In force since {since}.", "N3.6")


def _consents(consents: Sequence[ConsentSeen]) -> Iterator[Padding]:
    for one in consents:
        given = f"given {at_minute(one.given_at)} by the {one.given_by}{_DOORS[one.given_through]}"
        ended = "in force"
        if one.withdrawn_at is not None:
            ended = (
                f"withdrawn {at_minute(one.withdrawn_at)} by the {one.withdrawn_by}"
                f"{_DOORS[one.withdrawn_through]}"
            )
        yield _line(f"{one.consent_type}: {given}, {ended}", "N3.1")
    if not consents:
        yield _line("There is none, and never was.", "N3.1")


def _outlook(outlook: Outlook | None) -> Iterator[Padding]:
    if outlook is None:
        yield _line("Nothing: the library takes no part.", "N2.2")
        return
    yield from (_line(says, None) for says in outlook.says)
    if outlook.reason is not None:
        reason = outlook.reason
        yield _line(f"{reason.code}: {reason.says} {reason.todo}", reason.rule)
    yield from (_line(change.text, change.rule.rule) for change in outlook.changes)


def _heading(text: str) -> Padding:
    return Padding(Text(text, style="underline"), (1, 0, 0, 0))


def _line(text: str, rule: str | None) -> Padding:
    line = Text(text)
    if rule:
        line.append(f"  [{rule}]", style="dim")
    return Padding(line, (0, 0, 0, 2))
