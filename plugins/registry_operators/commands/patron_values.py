"""``patron-sync patron consent``, ``pin`` and ``card``: one value of one patron (N3.1, N3.6)."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from registry_operators.commands.typed import PinStdin, typed_pin
from registry_operators.terminal import Json, answer, clear_errors, out

if TYPE_CHECKING:
    from registry_operators.desk.desk import Caller

consent_app = typer.Typer(help="What the patron consents to, with history.", no_args_is_help=True)
pin_app = typer.Typer(
    help="The patron's PIN; it is typed, never an argument.", no_args_is_help=True
)
card_app = typer.Typer(help="The patron's cards.", no_args_is_help=True)

PatronId = Annotated[int, typer.Argument(help="Patron id in Cicero, as patron find tells it.")]
Where = Annotated[str | None, typer.Option(help="Agency code, to be sure whose patron it is.")]
CardNumber = Annotated[str, typer.Argument(help="The card number.")]
Use = Annotated[
    Literal["SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"],
    typer.Option("--to", help="What is consented to."),
]
_SYNC: Final = "SYNC_WITH_NATIONAL_REGISTRY"
_SENT = "the next push sends it if the patron consents and the library synchronises"


def librarian() -> Caller:
    """Return who sits at the terminal, for the audit trail."""
    from registry_operators.desk.desk import Caller
    from registry_operators.domain.creation import Actor

    return Caller(Actor.LIBRARIAN, getpass.getuser(), "desk")


@consent_app.command("give")
def consent_give(
    patron_id: PatronId,
    *,
    use: Use = _SYNC,
    library: Where = None,
    as_json: Json = False,
) -> None:
    """Write down that the patron consents; the next push reads the patron."""
    from registry_operators.desk.find_patron import find_library
    from registry_operators.desk.patron_deeds import give_consent
    from registry_operators.installation import open_desk

    with clear_errors(), open_desk(connections=1) as desk:
        give_consent(desk, librarian(), find_library(desk, patron_id, library), use)
    then = "; the next push reads the patron" if use == _SYNC else ""
    answer(f"{use}: consent of patron {patron_id} is in force{then}.", as_json,
           patron_id=patron_id, consent_type=use, in_force=True)  # fmt: skip


@consent_app.command("withdraw")
def consent_withdraw(
    patron_id: PatronId,
    *,
    use: Use = _SYNC,
    library: Where = None,
    as_json: Json = False,
) -> None:
    """End the consent at once: what waits for the registry is dropped."""
    from registry_operators.desk.find_patron import find_library
    from registry_operators.desk.patron_deeds import withdraw_consent
    from registry_operators.installation import open_desk

    with clear_errors(), open_desk(connections=1) as desk:
        withdraw_consent(desk, librarian(), find_library(desk, patron_id, library), use)
    then = "; what waited is dropped, and both directions stop" if use == _SYNC else ""
    answer(f"{use}: consent of patron {patron_id} is not in force{then}.", as_json,
           patron_id=patron_id, consent_type=use, in_force=False)  # fmt: skip


@consent_app.command("list")
def consent_list(patron_id: PatronId, *, library: Where = None, as_json: Json = False) -> None:
    """Show the consents in force and the withdrawn ones, with time and door."""
    from registry_operators.commands.patron_page import consent_lines
    from registry_operators.desk.find_patron import find_library
    from registry_operators.desk.patron_record import list_consents
    from registry_operators.installation import open_desk

    with clear_errors(), open_desk(connections=1) as desk:
        consents = list_consents(desk, librarian(), find_library(desk, patron_id, library))
    if as_json:
        out.print_json(json.dumps([asdict(one) for one in consents], default=str))
    else:
        out.print(consent_lines(consents))


@pin_app.command("change")
def pin_change(
    patron_id: PatronId,
    *,
    pin_stdin: PinStdin = False,
    library: Where = None,
    as_json: Json = False,
) -> None:
    """Give the patron the PIN that is typed; the next push sends it."""
    from registry_operators.desk.find_patron import find_library
    from registry_operators.desk.patron_deeds import change_pin
    from registry_operators.installation import open_desk

    with clear_errors():
        pin = typed_pin(from_stdin=pin_stdin)
        with open_desk(connections=1) as desk:
            change_pin(desk, librarian(), find_library(desk, patron_id, library), pin)
    answer(f"The PIN of patron {patron_id} is changed; {_SENT} PINs.", as_json,
           patron_id=patron_id, must_change_pin=False)  # fmt: skip


@pin_app.command("hand-out")
def pin_hand_out(patron_id: PatronId, *, library: Where = None, as_json: Json = False) -> None:
    """Give the patron a PIN that must be changed and is not sent before; a drawn one is told."""
    from registry_operators.commands.patron_page import drawn_pin_dict, told_once
    from registry_operators.desk.find_patron import find_library
    from registry_operators.desk.patron_deeds import hand_out_pin
    from registry_operators.installation import open_desk

    with clear_errors(), open_desk(connections=1) as desk:
        patron = find_library(desk, patron_id, library)
        pin = hand_out_pin(desk, librarian(), patron)
        is_drawn = desk.library(patron.library).pin_for_all is None
    digits = pin.digits if is_drawn else None
    text = (
        told_once(digits) if digits else "The library's default PIN is in force; must be changed."
    )
    answer(text, as_json, patron_id=patron_id, must_change_pin=True, **drawn_pin_dict(digits))


@card_app.command("change")
def card_change(
    patron_id: PatronId,
    card_number: CardNumber,
    *,
    library: Where = None,
    as_json: Json = False,
) -> None:
    """Give the patron another card number; a national one is sent by the next push."""
    from registry_operators.desk.cards import change_card
    from registry_operators.desk.find_patron import find_library
    from registry_operators.installation import open_desk

    with clear_errors(), open_desk(connections=1) as desk:
        patron = find_library(desk, patron_id, library)
        kind = change_card(desk, librarian(), patron, card_number.strip())
    then = f"{_SENT} card numbers" if kind == "national" else "the number stays here"
    answer(f"The {kind} card of patron {patron_id} is changed; {then}.", as_json,
           patron_id=patron_id, card_kind=kind)  # fmt: skip


@card_app.command("block")
def card_block(
    patron_id: PatronId,
    card_number: CardNumber,
    *,
    library: Where = None,
    as_json: Json = False,
) -> None:
    """Block a card: its number is not sent and opens nothing; card change takes it back."""
    from registry_operators.desk.cards import block_card
    from registry_operators.desk.find_patron import find_library
    from registry_operators.installation import open_desk

    with clear_errors(), open_desk(connections=1) as desk:
        patron = find_library(desk, patron_id, library)
        block_card(desk, librarian(), patron, card_number.strip())
    answer("The card is blocked.", as_json, patron_id=patron_id, blocked=True)
