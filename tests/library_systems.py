"""
The four library systems as whole data syncs meet them, each by its stand-in over HTTP.

For each: how it is served, its real client, a filter and mapping, and what profiles must hold. What
they must hold is worked out from the invented people that the stand-in tells of by its admin API,
never with code of the product.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from registry_operators.clients.ils_messages import IlsClient
from stand_ins.alma.process import running_alma, serving_alma
from stand_ins.alma.users import primary_id_of
from stand_ins.koha.process import running_koha, serving_koha
from stand_ins.sierra.process import running_sierra, serving_sierra
from stand_ins.symphony.process import running_symphony, serving_symphony
from tests.unit.clients.ils_stub import a_koha, an_alma
from tests.unit.clients.sierra_stub import a_sierra
from tests.unit.clients.symphony_stub import a_symphony

Person = dict[str, Any]
Profile = dict[str, Any]
GROUPS = ("undergraduate", "graduate", "public")
"""Whom the filters mean, if they were born before this day."""
BORN_BEFORE = "2000-01-01"
_CODES = {
    "undergraduate": "UGRD", "graduate": "GRAD", "faculty": "FAC", "staff": "STAFF",
    "public": "PUB", "child": "CHILD",
}  # fmt: skip
_PLACES = {"main": "MAIN", "music": "MUSIC", "science": "SCI", "law": "LAW", "branch": "BRANCH"}
_KOHA = """\
filter:
  - {field: category_id, is_one_of: [UGRD, GRAD, PUB]}
  - {field: date_of_birth, before: 2000-01-01}
mapping:
  - {from: firstname, to: first_name}
  - {from: surname, to: last_name}
  - {from: email, to: email}
  - {from: phone, to: phone}
  - {from: address, to: street}
  - {from: cardnumber, to: {all_types: library_card_number}}
  - {from: category_id, to: {all_types: patron_group}}
  - {from: library_id, to: {all_types: home_library}}
  - {from: expiry_date, to: {all_types: expires_on}}
  - {from: extended_attributes.UNIVID, to: {all_types: college_id}}
  - {from: extended_attributes.INTEREST, to: {all_types: interests}}
  - {from: date_of_birth, to: {type: patron, field: birth_date}}
"""
_ALMA = """\
filter:
  - {field: user_group, is_one_of: [UGRD, GRAD, PUB]}
  - {field: birth_date, before: 2000-01-01}
mapping:
  - {from: first_name, to: first_name}
  - {from: last_name, to: last_name}
  - {from: email, to: email}
  - {from: all_emails, to: other_emails}
  - {from: phone, to: phone}
  - {from: address_line1, to: street}
  - {from: barcode, to: {all_types: library_card_number}}
  - {from: user_group, to: {all_types: patron_group}}
  - {from: campus_code, to: {all_types: home_library}}
  - {from: expiry_date, to: {all_types: expires_on}}
  - {from: user_identifier.UNIV_ID, to: {all_types: college_id}}
  - {from: user_statistic_label.MAJOR, to: {all_types: interests}}
  - {from: birth_date, to: {type: patron, field: birth_date}}
"""
_SIERRA = """\
filter:
  - {field: patronType, is_one_of: ["10", "11", "0"]}
  - {field: birthDate, before: 2000-01-01}
  - {field: suppressed, equals: false}
mapping:
  - {from: names, to: first_name, transform: first_name}
  - {from: names, to: last_name, transform: [surname, title]}
  - {from: emails, to: email, transform: split_commas}
  - {from: emails, to: other_emails, transform: split_commas}
  - {from: phones.t, to: phone}
  - {from: addresses.a, to: street}
  - {from: barcodes, to: {all_types: library_card_number}}
  - {from: patronType, to: {all_types: patron_group}}
  - {from: homeLibraryCode, to: {all_types: home_library}}
  - {from: expirationDate, to: {all_types: expires_on}}
  - {from: uniqueIds, to: {all_types: college_id}}
  - {from: birthDate, to: {type: patron, field: birth_date}}
"""
_SYMPHONY = """\
filter:
  - {field: profile, is_one_of: [UGRD, GRAD, PUBLIC]}
  - {field: birthDate, before: 2000-01-01}
mapping:
  - {from: firstName, to: first_name}
  - {from: lastName, to: last_name}
  - {from: address1.EMAIL, to: email}
  - {from: address1.PHONE, to: phone}
  - {from: address1.STREET, to: street}
  - {from: barcode, to: {all_types: library_card_number}}
  - {from: profile, to: {all_types: patron_group}}
  - {from: library, to: {all_types: home_library}}
  - {from: privilegeExpiresDate, to: {all_types: expires_on}}
  - {from: alternateID, to: {all_types: college_id}}
  - {from: category01, to: {all_types: interests}}
  - {from: birthDate, to: {type: patron, field: birth_date}}
"""


@dataclass(frozen=True, slots=True)
class LibrarySystem:
    """
    One of them.

    :param rows: ``filter`` and ``mapping`` of a definition.
    :param serve: A stand-in of so many patrons in a thread, ``run`` in a process of its own.
    :param client: Its client, of a base URL; ``small`` are options that make several pages of few.
    :param record_id: The id by which the system knows a person.
    :param told: The profile of a person, with ``None`` for what is empty.
    :param listing: The stand-in's name for the call that reads patrons.
    :param login: Its name for the call that logs in, "" if there is none.
    """

    name: str
    ils: str
    rows: str
    serve: Callable[[int], AbstractContextManager[Any]]
    run: Callable[[int], AbstractContextManager[Any]]
    client: Callable[..., IlsClient]
    small: dict[str, Any]
    record_id: Callable[[Person], str]
    told: Callable[[Person], Profile]
    listing: str
    login: str = ""

    def means(self, person: Person) -> bool:
        """Whether the filter means somebody."""
        is_hidden = self.ils == "sierra" and person["is_suppressed"]
        born = person["birth_on"]
        return person["kind"] in GROUPS and bool(born) and born < BORN_BEFORE and not is_hidden

    def profile(self, person: Person) -> Profile:
        """The profile of a person; fields without a value are not there."""
        return {name: value for name, value in self.told(person).items() if value}


def everybody(running: Any) -> list[Person]:
    """All who are not deleted, as the stand-in holds them."""
    found, after = [], 0
    while some := running.admin.patrons(after=after, limit=10_000):
        found += [one for one in some if one["deleted_on"] is None]
        after = some[-1]["id"]
    return found


def _first(values: list[str]) -> str | None:
    return values[0] if values else None


def _shared(person: Person) -> Profile:
    """What all of them tell in the same form."""
    return {
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "email": _first(person["emails"]),
        "phone": _first(person["phones"]),
        "street": person["street"],
        "library_card_number": _first(person["barcodes"]),
        "patron_group": _CODES[person["kind"]],
        "home_library": _PLACES[person["library"]],
        "expires_on": person["expires_on"],
        "college_id": person["unique_id"],
        "birth_date": person["birth_on"],
    }


def _of_koha(person: Person) -> Profile:
    interests = ["jazz", "chess"] if person["index"] % 17 == 3 else None
    return _shared(person) | {"interests": interests}


def _of_alma(person: Person) -> Profile:
    is_open = person["index"] % 37 == 5  # no address is called the preferred one
    major = None if person["category"] == "none" else [person["category"].title()]
    return _shared(person) | {
        "other_emails": person["emails"],
        "street": None if is_open else person["street"],
        "interests": major,
    }


def _of_sierra(person: Person) -> Profile:
    types = {"undergraduate": "10", "graduate": "11", "faculty": "20", "staff": "21",
             "public": "0", "child": "30"}  # fmt: skip
    places = {"main": "main", "music": "mus", "science": "sci", "law": "law", "branch": "br"}
    surname = [word[:1] + word[1:].lower() for word in person["last_name"].upper().split()]
    return _shared(person) | {
        "last_name": " ".join(surname),
        "other_emails": person["emails"],
        "patron_group": types[person["kind"]],
        "home_library": places[person["library"]],
    }


def _of_symphony(person: Person) -> Profile:
    groups = {"faculty": "FACULTY", "public": "PUBLIC"}
    category = None if person["category"] == "none" else [person["category"].upper()]
    for_ever = "2999-12-31" if person["index"] % 2 else None
    return _shared(person) | {
        "patron_group": groups.get(person["kind"], _CODES[person["kind"]]),
        "home_library": person["library"].upper(),
        "expires_on": person["expires_on"] or for_ever,
        "interests": category,
    }


def _number(person: Person) -> str:
    return str(person["id"])


def _symphony(name: str, strategy: str, listing: str, small: dict[str, Any]) -> LibrarySystem:
    return LibrarySystem(
        name, "symphony", _SYMPHONY, serving_symphony,
        lambda patrons: running_symphony(patrons=patrons),
        partial(a_symphony, strategy=strategy, lowest_key=1001, largest_gap=60),
        small, _number, _of_symphony, listing, "login",
    )  # fmt: skip


SYSTEMS = {
    one.name: one
    for one in (
        LibrarySystem(
            "koha", "koha", _KOHA, serving_koha, lambda patrons: running_koha(patrons=patrons),
            a_koha, {"page_size": 50}, _number, _of_koha, "patrons", "token",
        ),
        LibrarySystem(
            "alma", "alma", _ALMA, partial(serving_alma, per_second=0),
            lambda patrons: running_alma(patrons=patrons, extra=["--per-second=0"]),
            an_alma, {"threads": 2},
            lambda person: primary_id_of(person["index"], person["unique_id"]), _of_alma, "users",
        ),
        LibrarySystem(
            "sierra", "sierra", _SIERRA, serving_sierra,
            lambda patrons: running_sierra(patrons=patrons),
            a_sierra, {"page_size": 50}, _number, _of_sierra, "list", "token",
        ),
        _symphony("symphony by search", "search", "search", {"rows": 20}),
        _symphony("symphony by keys", "keys", "get", {"threads": 2}),
    )
}  # fmt: skip
