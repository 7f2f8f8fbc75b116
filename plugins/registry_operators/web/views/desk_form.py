"""The form for a new patron: what it holds, what it keeps without showing it, what is missing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from registry_operators.desk.new_patron import Guardian, NewPatron
from registry_operators.desk.refusals import Refusal
from registry_operators.domain.person_name import PersonName
from registry_operators.web.language import mark
from registry_operators.web.refusal_words import REFUSALS
from registry_operators.web.typed_text import Name, Short
from registry_operators.web.views.desk_shared import Errors
from registry_operators.web.visit import Visit

Tick = Literal["", "yes"]

_NO_ID = mark("Type the national id, or tick that the patron has none.")
_ID_AND_NONE = mark("Either type a national id or tick that there is none, not both.")
PINS_DIFFER = mark("The two PINs differ. Type both again.")


class CreationForm(BaseModel):
    """
    What is typed. National ids and PINs are never put back into the form.

    :param kept: A sealed draft of the same form, from which an empty field is filled.
    :param no_pin: The PIN that was kept is left out.
    """

    model_config = ConfigDict(frozen=True)

    library: Annotated[str, StringConstraints(max_length=7)]
    national_id: Short = ""
    no_national_id: Tick = ""
    surname: Name = ""
    first_name: Name = ""
    card_number: Short = ""
    pin: Short = ""
    pin_again: Short = ""
    no_pin: Tick = ""
    consent: Tick = ""
    guardian_id: Short = ""
    guardian_name: Name = ""
    guardian_email: Name = ""
    guardian_phone: Short = ""
    kept: Annotated[str, StringConstraints(max_length=20_000)] = ""

    def __repr__(self) -> str:
        """Mask everything."""
        return "CreationForm(***)"


def form_of(request: NewPatron) -> CreationForm:
    """Return the form that was filled in, without national ids and PIN."""
    guardian = request.guardian
    name = request.name or PersonName("", "")
    return CreationForm(
        library=request.library,
        no_national_id="" if request.national_id else "yes",
        surname=name.surname,
        first_name=name.first_name,
        card_number=request.card_number or "",
        consent="yes" if request.has_consent else "",
        guardian_name=guardian.name if guardian else "",
        guardian_email=guardian.contact.get("email", "") if guardian else "",
        guardian_phone=guardian.contact.get("mobilePhoneNumber", "") if guardian else "",
    )


def read_form(visit: Visit, form: CreationForm, kept: NewPatron | None) -> tuple[NewPatron, Errors]:
    """
    Return what is asked for, and what is wrong before anybody else is asked.

    :param kept: An earlier form of the same person.
    """
    errors = Errors()
    national_id = form.national_id.strip() or (kept.national_id if kept else None)
    if form.no_national_id:
        if form.national_id.strip():
            errors["national_id"] = visit.say(_ID_AND_NONE)
        national_id = None
    elif not national_id:
        errors["national_id"] = visit.say(_NO_ID)
    if not form.surname.strip():
        errors["surname"] = visit.say(REFUSALS[Refusal.NAME_MISSING][0])
    request = NewPatron(
        form.library,
        national_id or None,
        PersonName(form.surname.strip(), form.first_name.strip()),
        form.card_number.strip() or None,
        _pin(visit, form, kept, errors),
        has_consent=bool(form.consent),
        guardian=_guardian(form, kept),
    )
    return request, errors


def _pin(visit: Visit, form: CreationForm, kept: NewPatron | None, errors: Errors) -> str | None:
    if form.pin != form.pin_again:
        errors["pin"] = visit.say(PINS_DIFFER)
        return None
    if form.no_pin:
        return None
    return form.pin.strip() or (kept.pin if kept else None)


def _guardian(form: CreationForm, kept: NewPatron | None) -> Guardian | None:
    """Return the guardian; without a name and a national id of the form there is none."""
    name, typed = form.guardian_name.strip(), form.guardian_id.strip()
    if not name and not typed:
        return None
    before = kept.guardian.national_id if kept and kept.guardian else ""
    contact = {
        "email": form.guardian_email.strip(),
        "mobilePhoneNumber": form.guardian_phone.strip(),
    }
    return Guardian(typed or before, name, {key: value for key, value in contact.items() if value})
