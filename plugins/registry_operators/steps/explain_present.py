"""What counts for the decision about a patron now, in words and without values (spec X6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry_operators.domain.explain_reasons import explain_reason
from registry_operators.domain.undone import at_minute
from registry_operators.domain.why import Fact, masked
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.ports import Secrets

_BASE_FIELDS = {"relation": "relation", "card": "card number", "pin": "PIN"}
_HELD_KINDS = {
    "relation_removals": "removed relations",
    "field_clears": "cleared values",
    "card_overwrites": "changed card numbers",
    "pin_overwrites": "changed PINs",
    "creations": "new patrons",
    "consent_flips": "new consents",
    "conflicts": "values that both sides changed",
}


@dataclass(frozen=True, slots=True)
class Present:
    """
    The state of the patrons found.

    :param removals: Deleted patrons whose relation is still to be removed.
    :param typed: The card number that the asker typed; the only one that is shown.
    """

    config: LibrariesConfig
    patrons: Mapping[int, Any]
    cards: Mapping[int, Sequence[Any]]
    base: Mapping[int, Sequence[Any]]
    differences: Mapping[int, Sequence[Any]]
    waits: Mapping[int, Sequence[Any]]
    marks: Mapping[tuple[str, str], Any]
    typed: str | None

    @property
    def removals(self) -> set[int]:
        """Deleted patrons whose relation is still to be removed."""
        return {
            patron_id
            for patron_id, rows in self.waits.items()
            if any(row.kind == "removal" for row in rows)
        }

    def pending(self, patron_id: int, flow: str) -> Any | None:
        """Return why the next run of a flow takes a patron up although nothing changed."""
        rows = (row for row in self.waits.get(patron_id, ()) if row.kind == "pending")
        return next((row for row in rows if row.flow == flow and not row.waits), None)

    def facts(self, row: Any) -> tuple[Fact, ...]:
        """Tell of library, consent, national id, cards, PIN and what both sides agree on."""
        return tuple(self._facts(row))

    def waiting(self, row: Any) -> tuple[Fact, ...]:
        """Tell of everything that waits for the patron."""
        return tuple(_waiting(one) for one in self.waits.get(row.patron_id, ()))

    def _facts(self, row: Any) -> Iterator[Fact]:
        yield from self._library(row.library)
        patron = self.patrons.get(row.patron_id)
        if patron is None:
            yield _deleted(row)
            return
        yield _consent(patron)
        if not patron.has_national_id:
            yield Fact(
                "There is no national id in Cicero; the registry knows persons by it.", "N3.2"
            )
        for card in self.cards.get(row.patron_id, ()):
            yield self._card(card)
        if not any(card.status == "active" for card in self.cards.get(row.patron_id, ())):
            yield Fact("No card number is in force.", "N2.4")
        yield _pin(patron)
        yield from self._agreed(row.patron_id)
        for flow in ("push", "pull"):
            mark = self.marks.get((flow, row.library))
            when = f"on {at_minute(mark.moved_at)}" if mark else "never"
            yield Fact(f"The last completed {flow} of the library was {when}.", "N1.5")

    def _library(self, code: str) -> Iterator[Fact]:
        library = self.config.libraries.get(code)
        if library is None:
            yield Fact(
                f"Library {code} is not in libraries.yaml, so nothing is done for it.", "N2.2"
            )
        elif not library.enabled:
            yield Fact(f"Library {code} is not enabled, so nothing is read or written.", "N2.2")
        else:
            off = [
                name
                for name, on in (
                    ("card numbers", library.synchronise.card_number),
                    ("PINs", library.synchronise.pin),
                )
                if not on
            ]
            if off:
                yield Fact(f"The library does not synchronise {' and '.join(off)}.", "N2.3")

    def _card(self, card: Any) -> Fact:
        number = masked(card.card_number, self.typed)
        match card.status, card.kind:
            case "reserved", _:
                return Fact(f"Card number {number} is reserved and not in use yet.", "N2.4")
            case "blocked", _:
                return Fact(f"The {card.kind} card {number} is blocked and is not sent.", "N3.5")
            case "active", "local":
                return Fact(
                    f"The local card {number} is in force; it stays at the library.", "N3.5"
                )
            case "active", _:
                since = at_minute(card.changed_at)
                return Fact(
                    f"The national card {number} is in force since {since}, from {card.origin}.",
                    "N3.5",
                )
            case _:
                return Fact(f"The {card.kind} card {number} was replaced.", "N1.3")

    def _agreed(self, patron_id: int) -> Iterator[Fact]:
        rows = self.base.get(patron_id, ())
        if not rows and patron_id not in self.differences:
            yield Fact("Registry and Cicero have not agreed on anything yet.", "X3")
        for row in rows:
            state = "and Cicero still has that value" if row.is_same else "Cicero has changed since"
            if row.field == "relation":
                state = "the registry was told of it"
            yield Fact(
                f"Agreed on the {_BASE_FIELDS[row.field]} on {at_minute(row.agreed_at)}; {state}.",
                "X3",
            )
        for row in self.differences.get(patron_id, ()):
            yield Fact(
                f"Since an undo on {at_minute(row.since)} both sides may differ in the "
                f"{_BASE_FIELDS[row.field]}: neither job carries it before one side changes.",
                "X7",
            )


def read_present(
    ledger: Ledger,
    config: LibrariesConfig,
    secrets: Secrets,
    found: Sequence[Any],
    typed: str | None,
) -> Present:
    """Read the state of the patrons that ``why/find_patrons`` found."""
    inner_pad, outer_pad = secrets.keys.fingerprint_pads
    patron_ids = [row.patron_id for row in found]
    libraries = sorted({row.library for row in found})
    person_keys = [row.person_key for row in found if row.person_key is not None]
    return Present(
        config=config,
        patrons={
            row.patron_id: row for row in ledger.rows("why/read_patrons", patron_ids=patron_ids)
        },
        cards=_by_patron(ledger.rows("why/list_cards", patron_ids=patron_ids, libraries=libraries)),
        base=_by_patron(
            ledger.rows(
                "why/list_base", patron_ids=patron_ids, inner_pad=inner_pad, outer_pad=outer_pad
            )
        ),
        differences=_by_patron(ledger.rows("why/list_differences", patron_ids=patron_ids)),
        waits=_by_patron(
            ledger.rows(
                "why/list_waiting",
                patron_ids=patron_ids,
                libraries=libraries,
                person_keys=person_keys,
            )
        ),
        marks={
            (flow, row.library): row
            for flow in ("push", "pull")
            for row in ledger.rows("run/read_watermarks", flow=flow)
        },
        typed=typed,
    )


def _by_patron(rows: Sequence[Any]) -> Mapping[int, Sequence[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.patron_id].append(row)
    return dict(found)


def _deleted(row: Any) -> Fact:
    if row.deleted_at is None:
        return Fact("The patron is not in Cicero any more; only the ledger knows of them.", "X6")
    return Fact(f"The patron was deleted in Cicero on {at_minute(row.deleted_at)}.", "N3.7")


def _consent(patron: Any) -> Fact:
    if patron.consented_at is None:
        return Fact("There is no consent: nothing goes to the registry or comes from it.", "N3.1")
    if patron.withdrawn_at is not None:
        return Fact(
            f"The consent was withdrawn on {at_minute(patron.withdrawn_at)} by the "
            f"{patron.withdrawn_by}: nothing goes to the registry or comes from it.",
            "N3.1",
        )
    return Fact(
        f"The consent is in force since {at_minute(patron.consented_at)}, given by the "
        f"{patron.given_by}.",
        "N3.1",
    )


def _pin(patron: Any) -> Fact:
    if patron.pin_changed_at is None:
        return Fact("There is no PIN.", "N2.5")
    if patron.must_change:
        return Fact(
            "The PIN is one that the library handed out; until the patron changes it, it is not "
            "sent to the registry.",
            "N2.5",
        )
    return Fact(
        f"The PIN is in force since {at_minute(patron.pin_changed_at)}, from {patron.pin_origin}.",
        "N3.6",
    )


def _waiting(row: Any) -> Fact:
    match row.kind:
        case "removal":
            return Fact(
                f"The relation is to be removed since {at_minute(row.since)}; each push tries "
                "until the registry confirms it.",
                "N3.7",
            )
        case "held":
            then = (
                "it is approved and about to be made"
                if row.held_state == "approved"
                else f"a person decides until {at_minute(row.expires_at)}"
            )
            return Fact(
                f"A {row.flow} holds a change back with the set {row.held_set_id} "
                f"({_HELD_KINDS.get(row.reason, row.reason)}) since {at_minute(row.since)}; "
                f"{then}.",
                "X2",
            )
        case _:
            return _pending(row)


def _pending(row: Any) -> Fact:
    tries = "once" if row.attempts == 1 else f"{row.attempts} times"
    then = (
        "trying again cannot help before a value changes or a person says so"
        if row.waits
        else f"the next {row.flow} takes it up"
    )
    explanation = explain_reason(row.reason)
    is_new = row.reason == "NOT_YET_COMPARED" or not row.attempts
    tried = "" if is_new else f", tried {tries}"
    return Fact(
        f"Waits for the {row.flow} since {at_minute(row.since)}{tried}: {row.reason}. "
        f"{explanation.says} {then[0].upper()}{then[1:]}.",
        "X5",
    )
