"""Why (not) this patron: one question, answered in both directions (X6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response
from markupsafe import Markup, escape

from registry_operators.errors import ConfigurationError
from registry_operators.settings.profile_fields import load_profile_fields, profile_fields_file
from registry_operators.steps.ask_about_patrons import Asking
from registry_operators.steps.explain_patron import Question, explain_patron, note_question
from registry_operators.web import run_words, sync_words
from registry_operators.web.engine_words import in_words_of, without_hint
from registry_operators.web.formats import Formats
from registry_operators.web.language import LOCALES, mark
from registry_operators.web.navigation import Section
from registry_operators.web.site import language_of
from registry_operators.web.typed_text import Address, Short
from registry_operators.web.visit import Operator, Visit

router = APIRouter()
SECTION: Section | None = Section("why", mark("Why?"))

_ONE = mark("Fill in one of the four fields.")
_NO_NUMBER = mark("The patron's number in Cicero has digits only.")
_NO_RECORD = mark(
    "A record is named by the connection of its library system and its id there, such as "
    "koha_main:17."
)
_DIGITS = 18
_Text = Annotated[Short, Form()]
_Tick = Annotated[str, Form(max_length=3)]


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """
    What somebody typed; nothing of it is shown or logged.

    :param ask: The registry is asked too.
    :param syncs: Data syncs are looked at too, which takes longer.
    """

    card_number: str
    patron_id: str
    national_id: str
    record: str
    ask: bool
    syncs: bool

    @property
    def mistake(self) -> str:
        """What is wrong with it, marked for translation; empty if nothing is."""
        given = (self.card_number, self.patron_id, self.national_id, self.record)
        if sum(map(bool, given)) != 1:
            return _ONE
        number = self.patron_id
        is_number = number.isascii() and number.isdigit() and len(number) <= _DIGITS
        return _NO_NUMBER if number and not is_number else ""

    @property
    def question(self) -> Question | None:
        """The question to the ledger, unless it is wrong."""
        if self.mistake:
            return None
        return Question(
            card_number=self.card_number or None,
            patron_id=int(self.patron_id) if self.patron_id else None,
            national_id=self.national_id or None,
            record=self.record or None,
        )


def asked(
    card_number: _Text = "",
    patron_id: _Text = "",
    national_id: _Text = "",
    record: Annotated[Address, Form()] = "",
    ask: _Tick = "",
    syncs: _Tick = "",
) -> Asked:
    """Return what a form asks."""
    return Asked(
        card_number=card_number.strip(),
        patron_id=patron_id.strip(),
        national_id=national_id.strip(),
        record=record.strip(),
        ask=bool(ask),
        syncs=bool(syncs),
    )


AskedAbout = Annotated[Asked, Depends(asked)]


@router.get("/why")
def show_form(visit: Operator) -> Response:
    """Ask who it is about."""
    return _form(visit)


@router.post("/why")
def answer(visit: Operator, asked: AskedAbout) -> Response:
    """
    Tell what happened to a patron and what would happen now; nobody is named by an address.

    An event says who asked about whom; with ``ask`` the registry is asked too, which is another.
    """
    question = asked.question
    if question is None:
        return _form(visit, visit.say(asked.mistake))
    room = visit.room
    asking = Asking(room.connect, visit.visitor.name) if asked.ask else None
    config, secrets = room.config(), room.secrets()
    others = _other_fields() if asked.syncs or question.record else None
    try:
        with room.ledger() as ledger:
            told = explain_patron(
                ledger, config, secrets, question, asking=asking, other_fields=others
            )
            note_question(ledger, question, told, actor=visit.visitor.name)
    except ConfigurationError as error:
        if question.record:
            return _form(visit, visit.say(_NO_RECORD))
        if question.national_id and (words := in_words_of(visit.say, str(error))):
            return _form(visit, words)
        raise
    return visit.render(
        "why_answer.html",
        answer=told,
        engine=_engine(visit),
        words=run_words,
        sync_words=sync_words,
        was_asked=asked.ask,
    )


def _form(visit: Visit, error: str | None = None) -> Response:
    return visit.render("why.html", error=error, status=400 if error else 200)


def _engine(visit: Visit) -> Callable[[str], Markup]:
    """Return what writes a sentence of the engine; one without words of the page is English."""
    moment = Formats(LOCALES[language_of(visit.request)], lambda: visit.room.zone).moment

    def write(text: str) -> Markup:
        if (told := in_words_of(visit.say, text, moment)) is not None:
            return escape(told)
        return Markup('<span lang="en">{}</span>').format(without_hint(text))

    return write


def _other_fields() -> list[str]:
    """Return the fields of profiles by which nobody is found."""
    return load_profile_fields(profile_fields_file()).other_than_text()
