"""``patron-sync patron``: create, find, show, name and delete patrons (spec N3.2 to N3.8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from registry_operators.commands.patron_values import (
    PatronId,
    Where,
    card_app,
    consent_app,
    librarian,
    pin_app,
)
from registry_operators.commands.typed import (
    PersonIdStdin,
    PinStdin,
    Yes,
    confirm,
    need_somebody_to_ask,
    typed_national_id,
    typed_pin,
)
from registry_operators.terminal import Json, answer, clear_errors, err, out

if TYPE_CHECKING:
    from rich.console import Group

    from registry_operators.desk.desk import Desk
    from registry_operators.desk.look_at_patron import DeletionPage
    from registry_operators.desk.new_patron import NewPatron
    from registry_operators.domain.creation import Creation
    from registry_operators.domain.person_name import PersonName
    from registry_operators.domain.why import Fact

patron_app = typer.Typer(
    help="Patrons at the desk. National ids and PINs are typed, never arguments.",
    no_args_is_help=True,
)
patron_app.add_typer(consent_app, name="consent")
patron_app.add_typer(pin_app, name="pin")
patron_app.add_typer(card_app, name="card")
Library = Annotated[str, typer.Option(help="Agency code.")]
Surname = Annotated[str, typer.Option(help="Surname.")]
FirstName = Annotated[str, typer.Option(help="First name; may be left out.")]


@patron_app.command()
def create(
    *,
    library: Library,
    surname: Surname,
    first_name: FirstName = "",
    consent: Annotated[
        bool, typer.Option("--consent/--no-consent", help="Whether the patron consents; say one.")
    ],
    card: Annotated[str | None, typer.Option(help="Number of the card that is given.")] = None,
    person_id_stdin: PersonIdStdin = False,
    no_national_id: Annotated[
        bool, typer.Option("--no-national-id", help="The patron has none.")
    ] = False,
    pin_prompt: Annotated[bool, typer.Option("--pin-prompt", help="Ask for a PIN.")] = False,
    pin_stdin: PinStdin = False,
    dry_run: Annotated[bool, typer.Option(help="Tell the same, write nothing.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Create a patron, after telling what comes of it; without a PIN the scenarios find one."""
    from registry_operators.desk.new_patron import NewPatron
    from registry_operators.installation import open_desk

    with clear_errors():
        need_somebody_to_ask(yes=yes or dry_run)
        request = NewPatron(
            library,
            _new_national_id(no_national_id, person_id_stdin),
            _name(surname, first_name),
            card.strip() if card else None,
            typed_pin(from_stdin=pin_stdin) if pin_prompt or pin_stdin else None,
            has_consent=consent,
        )
        with open_desk(connections=1) as desk:
            if dry_run:
                _try(desk, request, as_json)
            else:
                _create(desk, request, yes=yes, as_json=as_json)


def _create(desk: Desk, request: NewPatron, *, yes: bool, as_json: bool) -> None:
    from registry_operators.commands.patron_page import created_dict, created_lines
    from registry_operators.desk.create_patron import create_patron, foresee

    if not (yes and as_json):  # nobody would read it
        err.print(_foretold(desk, request, foresee(desk, librarian(), request)))
    confirm("Create the patron?", yes=yes)
    made = create_patron(desk, librarian(), request)
    if as_json:
        out.print_json(json.dumps(created_dict(made)))
    else:
        out.print(created_lines(made))


def _try(desk: Desk, request: NewPatron, as_json: bool) -> None:
    from registry_operators.commands.patron_page import foretold_dict
    from registry_operators.desk.try_creation import try_creation

    creation = try_creation(desk, librarian(), request)
    if as_json:
        content = foretold_dict(creation, _words(desk, request, creation))
        out.print_json(json.dumps({"library": request.library, **content}))
    else:
        out.print(_foretold(desk, request, creation), "Dry run: nothing was written.")


def _words(desk: Desk, request: NewPatron, creation: Creation) -> tuple[Fact, ...]:
    from registry_operators.domain.explain_creation import creation_in_words

    draws_pin = desk.library(request.library).pin_for_all is None
    return creation_in_words(creation, draws_pin=draws_pin)


def _foretold(desk: Desk, request: NewPatron, creation: Creation) -> Group:
    from registry_operators.commands.patron_page import facts_page

    heading = f"A patron of library {request.library} will be created"
    return facts_page(heading, _words(desk, request, creation))


def _new_national_id(is_without: bool, from_stdin: bool) -> str | None:
    from registry_operators.errors import ConfigurationError

    if is_without and from_stdin:
        raise ConfigurationError("say either --no-national-id or --person-id-stdin")
    return None if is_without else typed_national_id(from_stdin=from_stdin)


def _name(surname: str, first_name: str) -> PersonName:
    from registry_operators.desk.refusals import DeskError, Refusal
    from registry_operators.domain.person_name import PersonName

    if not surname.strip():
        raise DeskError(Refusal.NAME_MISSING, "a patron needs a surname", "surname")
    return PersonName(surname.strip(), first_name.strip())


@patron_app.command()
def find(
    *,
    library: Library,
    card: Annotated[str | None, typer.Option(help="A card number in force.")] = None,
    person_id_stdin: PersonIdStdin = False,
    as_json: Json = False,
) -> None:
    """Tell the ids of the patrons with a card, or with the national id that is typed."""
    from registry_operators.desk.find_patron import find_by_card, find_by_national_id
    from registry_operators.errors import ConfigurationError
    from registry_operators.installation import open_desk

    with clear_errors():
        if card is not None and person_id_stdin:
            raise ConfigurationError("name one: --card or --person-id-stdin")
        national_id = "" if card else typed_national_id(from_stdin=person_id_stdin)
        with open_desk(connections=1) as desk:
            found = (
                find_by_card(desk, librarian(), library, card.strip())
                if card
                else find_by_national_id(desk, librarian(), library, national_id)
            )
    patron_ids = [patron.patron_id for patron in found]
    told = "\n".join(map(str, patron_ids)) or f"Nobody at library {library}."
    answer(told, as_json, library=library, patron_ids=patron_ids)


@patron_app.command()
def show(patron_id: PatronId, *, library: Where = None, as_json: Json = False) -> None:
    """Show a patron, or how far a deletion has come, and what the next push would do."""
    from registry_operators.commands.patron_page import deletion_page, page_dict, patron_page
    from registry_operators.desk.look_at_patron import PatronPage, look_at_patron
    from registry_operators.installation import open_desk

    with clear_errors(), open_desk(connections=1) as desk:
        page = look_at_patron(desk, librarian(), patron_id, library)
        served = desk.config.libraries.get(page.patron.library)
    if as_json:
        out.print_json(json.dumps(page_dict(page), default=str))
    elif isinstance(page, PatronPage):
        out.print(patron_page(page, served.name if served else None))
    else:
        out.print(deletion_page(page))


@patron_app.command()
def name(
    patron_id: PatronId,
    *,
    surname: Surname,
    first_name: FirstName = "",
    library: Where = None,
    as_json: Json = False,
) -> None:
    """Correct the name; the registry takes names from the population register itself."""
    from registry_operators.desk.find_patron import find_library
    from registry_operators.desk.patron_deeds import change_name
    from registry_operators.installation import open_desk

    with clear_errors():
        new = _name(surname, first_name)
        with open_desk(connections=1) as desk:
            change_name(desk, librarian(), find_library(desk, patron_id, library), new)
    answer(
        f"The name of patron {patron_id} is changed.", as_json, patron_id=patron_id, changed=True
    )


@patron_app.command()
def delete(
    patron_id: PatronId, *, library: Where = None, yes: Yes = False, as_json: Json = False
) -> None:
    """Delete a patron here; the next push removes the relation in the registry."""
    from registry_operators.desk.find_patron import find_library
    from registry_operators.desk.look_at_patron import look_at_deletion
    from registry_operators.desk.patron_deeds import delete_patron
    from registry_operators.installation import open_desk

    with clear_errors():
        need_somebody_to_ask(yes=yes)
        with open_desk(connections=1) as desk:
            patron = find_library(desk, patron_id, library)
            err.print(
                f"Patron {patron_id} of library {patron.library} will be deleted with cards, PIN "
                "and consents. With consent the next push removes the relation in the registry; "
                "without, the registry is not called.",
                highlight=False,
            )
            confirm("Delete the patron?", yes=yes)
            delete_patron(desk, librarian(), patron)
            page = look_at_deletion(desk, patron_id)
    _tell_deletion(patron_id, page, as_json)


def _tell_deletion(patron_id: int, page: DeletionPage | None, as_json: bool) -> None:
    says = page.says if page else "There is nothing to remove: there was no national id."
    state = page.state if page else "needless"
    answer(f"Patron {patron_id} is deleted. {says}", as_json, patron_id=patron_id, deleted=True,
           removal=state, says=says)  # fmt: skip
