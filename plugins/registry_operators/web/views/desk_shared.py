"""What the pages of the desk have in common: which library, which patron, who asks."""

from __future__ import annotations

from typing import Annotated, NoReturn

from fastapi import Path, Response

from registry_operators.desk.desk import Caller, Desk, PatronRef, no_such_patron
from registry_operators.desk.find_patron import find_library
from registry_operators.desk.refusals import DeskError
from registry_operators.domain.creation import Actor
from registry_operators.settings.libraries import Library
from registry_operators.web.language import mark
from registry_operators.web.problems import PageError
from registry_operators.web.refusal_words import REFUSALS
from registry_operators.web.site import root
from registry_operators.web.visit import Visit

COOKIE = "patron_sync_desk"
PatronId = Annotated[int, Path(ge=1, le=2**63 - 1)]

_COOKIE_S = 365 * 24 * 3600
_FIELDS = {
    "personIdentifier": "national_id",
    "cardNumber": "card_number",
    "pincode": "pin",
    "surname": "surname",
    "guardian.personIdentifier": "guardian_id",
    "guardian.name": "guardian_name",
}
"""The engine's names of fields, and those of the forms."""


class Errors(dict[str, str]):
    """What is wrong, by the name of the field; under the empty name what is about none of them."""

    def __missing__(self, field: str) -> str:
        """Let a template ask for any field."""
        return ""


def librarian(visit: Visit) -> Caller:
    """Return who stands at the desk, for the audit trail."""
    return Caller(Actor.LIBRARIAN, visit.visitor.name)


def served_libraries(visit: Visit) -> dict[str, Library]:
    """Return the libraries of the configuration for which the visitor may act."""
    libraries = visit.room.config().libraries
    return {code: one for code, one in libraries.items() if visit.visitor.serves(code)}


def chosen_library(visit: Visit) -> str | None:
    """Return the library at whose desk the visitor stands: the only one, or the one chosen."""
    served = served_libraries(visit)
    if len(served) == 1:
        return next(iter(served))
    kept = visit.request.cookies.get(COOKIE)
    return kept if kept in served else None


def keep_library(visit: Visit, answer: Response, library: str) -> None:
    """Let the browser remember the library; its code tells nothing of a person."""
    answer.set_cookie(
        COOKIE, library, max_age=_COOKIE_S, path=f"{root(visit.request)}/",
        httponly=True, samesite="lax", secure=visit.request.url.scheme == "https",
    )  # fmt: skip


def patron_of(visit: Visit, desk: Desk, patron_id: int) -> PatronRef:
    """
    Return a patron of the visitor's libraries.

    Another library's patron is not found: who is a patron where is nobody else's business.

    :raises DeskError: There is no such patron for the visitor.
    """
    patron = find_library(desk, patron_id)
    if not visit.visitor.serves(patron.library):
        raise no_such_patron()
    desk.library(patron.library)
    return patron


def in_words(visit: Visit, error: DeskError) -> Errors:
    """Return what the desk refused, beside the field that it is about."""
    text, todo = REFUSALS[error.refusal]
    return Errors({_FIELDS.get(error.field or "", ""): f"{visit.say(text)} {visit.say(todo)}"})


def refuse_old_form() -> NoReturn:
    """
    Refuse a form that is too old to be used, or was made for somebody else.

    :raises PageError: 409.
    """
    raise PageError(
        409,
        mark("The form is older than half an hour, or somebody else filled it in."),
        mark("Nobody was created. Open the form for a new patron again and fill it in."),
    )
