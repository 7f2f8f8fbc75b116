"""Card numbers: give one, take the next of the sequence, block one (spec N2.4, N3.2, N3.6)."""

from __future__ import annotations

from registry_operators.desk.desk import Caller, Desk, PatronRef, audit, lock_patron
from registry_operators.desk.new_patron import check_card_number
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.card_number import may_be_shared
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig


def give_card(
    ledger: Ledger, config: LibrariesConfig, patron: PatronRef, card_number: str, origin: str
) -> str:
    """
    Give a patron a card number in the caller's transaction; return ``national`` or ``local``.

    The patron's other active card of that kind is replaced.

    :raises DeskError: The number is, or was, somebody else's.
    """
    is_national = origin == "registry" or may_be_shared(card_number, config.national_series)
    kind = "national" if is_national else "local"
    ledger.rows("desk/lock_card_number", card_number=card_number)
    ledger.run(
        "desk/retire_cards", patron_id=patron.patron_id, kind=kind, except_number=card_number
    )
    added = ledger.rows(
        "desk/add_card", **patron._asdict(), card_number=card_number, kind=kind, origin=origin
    )
    if not added:
        raise DeskError(
            Refusal.CARD_IN_USE,
            "the card number is or was another patron's; give another one, or look up whose it is",
            "cardNumber",
        )
    return kind


def take_next_number(ledger: Ledger, config: LibrariesConfig, library: str) -> str:
    """
    Return the next free number of a library's sequence, in the caller's transaction.

    Numbers in use are skipped; a number that was taken is not handed out again, unless the
    transaction is rolled back, and then nobody has heard of it.

    :raises DeskError: The sequence is used up.
    """
    while True:
        block = _take(ledger, config, library) or _take_of_longer(ledger, config, library)
        if not block:
            raise DeskError(
                Refusal.SEQUENCE_EXHAUSTED,
                f"the card sequence of library {library} is used up; reserve another series in the "
                "registry and enter it as card_sequence, or give a card number",
                "cardNumber",
            )
        for number in block:
            # A librarian may be giving it to somebody at this moment; who did is seen after that.
            ledger.rows("desk/lock_card_number", card_number=number)
        used = {
            row.card_number for row in ledger.rows("run/list_used_card_numbers", card_numbers=block)
        }
        if free := [number for number in block if number not in used]:
            return free[0]


def block_card(desk: Desk, caller: Caller, patron: PatronRef, card_number: str) -> None:
    """
    Block a card; a blocked number is neither sent nor good for logging in.

    :raises DeskError: The patron has no such card.
    """
    with desk.open_ledger() as ledger, ledger.transaction():
        row = lock_patron(ledger, patron)
        blocked = ledger.rows(
            "desk/block_card", patron_id=patron.patron_id, card_number=card_number
        )
        if not blocked:
            raise no_such_card()
        audit(ledger, caller, "block_card", patron, row.person_key)


def change_card(
    desk: Desk,
    caller: Caller,
    patron: PatronRef,
    card_number: str | None,
    *,
    cards_seen: int | None = None,
) -> str:
    """
    Give a patron another card number; the next push sends it if it is national (N3.6).

    :param card_number: ``None`` takes the next of the library's sequence (N2.4).
    :param cards_seen: How many cards the patron had, in force or not, when somebody asked for the
        next number, so that asking twice takes one; ``None`` where nobody looked.
    :return: ``national`` or ``local``.
    :raises DeskError: The number is none, or somebody else's, there is no such patron, or the
        sequence is used up.
    """
    if card_number is not None:
        check_card_number(card_number)
    with desk.open_ledger() as ledger, ledger.transaction():
        row = lock_patron(ledger, patron)
        if card_number is None:
            desk.library(patron.library)
            _refuse_one_more(ledger, patron, cards_seen)
            number, origin = take_next_number(ledger, desk.config, patron.library), "sequence"
        else:
            number, origin = card_number, "librarian"
        kind = give_card(ledger, desk.config, patron, number, origin)
        audit(ledger, caller, "change_card", patron, row.person_key, reason=kind.upper())
    return kind


def no_such_card() -> DeskError:
    """Return the answer to a card number that is not one of the patron's."""
    return DeskError(
        Refusal.CARD_NOT_FOUND, "the patron has no active card with this number", "identifier"
    )


def _refuse_one_more(ledger: Ledger, patron: PatronRef, cards_seen: int | None) -> None:
    if cards_seen is None:
        return
    if len(ledger.rows("desk/list_cards", patron_id=patron.patron_id)) != cards_seen:
        raise DeskError(
            Refusal.CARD_GIVEN, "the patron has got a card meanwhile; look at the patron's cards"
        )


def _take(ledger: Ledger, config: LibrariesConfig, library: str) -> list[str]:
    rows = ledger.rows("run/take_card_numbers", library=library, count=1)
    return [
        f"{row.prefix}{value:0{row.width}d}"
        for row in rows
        for value in range(row.first_taken, row.last_taken + 1)
    ]


def _take_of_longer(ledger: Ledger, config: LibrariesConfig, library: str) -> list[str]:
    """Take a number after all, where no run has seen the sequence that is configured now."""
    sequence = config.libraries[library].card_sequence
    ledger.run(
        "run/set_sequence",
        library=library,
        prefix=sequence.prefix,
        first_value=int(sequence.first),
        last_value=int(sequence.last),
        next_value=int(sequence.next),
        width=len(sequence.first),
    )
    return _take(ledger, config, library)
