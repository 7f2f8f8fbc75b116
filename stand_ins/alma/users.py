"""A user as Alma serves it: the whole object, and the few fields of a row in a brief list."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from stand_ins.alma.codes import CAMPUSES, GROUPS, ID_TYPES, LABELS, MAJORS, NONE, code
from stand_ins.ils.patrons import Patron, put_raw

User = dict[str, Any]
FIELDS = frozenset(
    {
        "record_type", "primary_id", "first_name", "middle_name", "last_name", "full_name",
        "pin_number", "user_title", "job_category", "job_description", "gender", "user_group",
        "campus_code", "web_site_url", "cataloger_level", "preferred_language", "account_type",
        "external_id", "password", "force_password_change", "status", "status_date", "requests",
        "loans", "fees", "contact_info", "user_identifier", "user_role", "user_block", "user_note",
        "user_statistic", "proxy_for_user", "rs_library", "library_notice", "pref_first_name",
        "pref_middle_name", "pref_last_name", "pref_name_suffix", "is_researcher", "researcher",
        "link", "birth_date", "expiry_date", "purge_date", "last_patron_activity_date",
        "created_by", "created_date", "last_modified_by", "last_modified_date", "source_link_id",
        "source_institution_code", "linking_id",
    }
)  # fmt: skip
"""All fields that a user may have (`rest_user.xsd`); some are absent when they are not set."""
_GROUPS = [code(*one) for one in GROUPS]
_CAMPUSES = [code(*one) for one in CAMPUSES]
_MAJORS = [code(*one) if one else None for one in MAJORS]
_PUBLIC, _STAFF = code("PUBLIC", "Public"), code("STAFF", "Staff")
_EXTERNAL, _INTERNAL = code("EXTERNAL", "External"), code("INTERNAL", "Internal")
_ACTIVE, _INACTIVE = code("ACTIVE", "Active"), code("INACTIVE", "Inactive")
_ENGLISH, _NORWAY = code("en", "English"), code("NOR", "Norway")
_NO_COUNTRY = code(None, None)
_GENDERS = {"M": code("MALE", "Male"), "F": code("FEMALE", "Female")}
_ROLE = {"status": _ACTIVE, "scope": code("01INST", "Institution"),
         "role_type": code("200", "Patron"), "parameter": []}  # fmt: skip


_USUAL: User = {
    "record_type": _PUBLIC,
    "primary_id": "",
    "first_name": "",
    "middle_name": "",
    "last_name": "",
    "full_name": "",
    "pin_number": "",
    "user_title": NONE,
    "job_category": NONE,
    "job_description": "",
    "gender": NONE,
    "user_group": NONE,
    "campus_code": NONE,
    "web_site_url": "",
    "cataloger_level": code("00", "[00] Default Level"),
    "preferred_language": _ENGLISH,
    "account_type": _EXTERNAL,
    "external_id": "",
    "password": "",
    "force_password_change": "",
    "status": _ACTIVE,
    "status_date": "",
    "requests": None,
    "loans": None,
    "fees": None,
    "contact_info": {},
    "user_identifier": [],
    "user_role": [],
    "user_block": [],
    "user_note": [],
    "user_statistic": [],
    "proxy_for_user": [],
    "rs_library": [],
    "library_notice": [],
    "pref_first_name": "",
    "pref_middle_name": "",
    "pref_last_name": "",
    "pref_name_suffix": "",
    "is_researcher": False,
    "researcher": None,
    "link": None,
}
"""What most users have, in the order of the served object; it is copied and never changed."""


def primary_id_of(index: int, unique_id: str) -> str:
    """Return the user's own id; some hold a character that must be quoted in a URL."""
    if index % 50 == 7:
        return f"{unique_id.lower()}@example.edu"
    return f"{unique_id.lower()}/x" if index % 97 == 11 else unique_id.lower()


def user_of(patron: Patron, zone: ZoneInfo) -> User:
    """Return the whole object, with what an administrator has put in its place."""
    index = patron.nth
    external = index % 7 != 2
    segment = "External" if external else "Internal"
    created = _day_of(patron.created_s // 3600, zone)
    user = _USUAL.copy()
    user.update(
        record_type=_STAFF if patron.kind == 3 else _PUBLIC,
        primary_id=primary_id_of(index, patron.unique_id),
        first_name=patron.first_name,
        last_name=patron.last_name,
        full_name=f"{patron.first_name} {patron.last_name}",
        gender=_GENDERS[patron.sex] if index % 4 == 0 else NONE,
        user_group=_GROUPS[patron.kind],
        campus_code=_CAMPUSES[patron.library],
        account_type=_EXTERNAL if external else _INTERNAL,
        external_id="SIS" if external else "",
        status=_INACTIVE if index % 59 == 12 else _ACTIVE,
        status_date=created,
        contact_info=_contact(patron, segment),
        user_identifier=_identifiers(patron, segment),
        user_role=[_ROLE] if index % 3 else [],
        user_block=_blocks(patron),
        user_note=_notes(patron, zone),
        user_statistic=_statistics(patron, segment),
        pref_first_name=patron.first_name if index % 9 == 2 else "",
    )
    if patron.birth_on:
        user["birth_date"] = day(patron.birth_on)
    if patron.expires_on:
        user["expiry_date"] = day(patron.expires_on)
        user["purge_date"] = day(patron.expires_on + timedelta(days=730))
    if index % 5 == 1:  # not all captures have them
        user["created_by"], user["last_modified_by"] = "exl_api", "exl_api"
        user["created_date"] = created
        user["last_modified_date"] = _day_of(patron.updated_s // 3600, zone)
    if index % 6 == 4:
        user["last_patron_activity_date"] = _day_of(patron.updated_s // 3600, zone)
    if patron.raw:
        put_raw(user, patron.raw)
    return user


def brief(user: User, base: str) -> User:
    """Return the row of a list without `expand=full`; `base` is the URL of all users."""
    names = ("primary_id", "first_name", "last_name", "gender", "password", "status",
             "requests", "loans", "fees")  # fmt: skip
    row = {name: user.get(name) for name in names}
    return row | {"link": f"{base}/{user['primary_id']}"}


def day(value: date) -> str:
    """
    Write a date as Alma does, with a Z and no time.

    >>> day(date(2030, 1, 16))
    '2030-01-16Z'
    """
    return f"{value.isoformat()}Z"


def identifiers(user: User) -> list[tuple[str, str]]:
    """Return type and value of every identifier but the primary one."""
    found = user.get("user_identifier") or []
    return [(str(one["id_type"]["value"]), str(one["value"])) for one in found]


@lru_cache(maxsize=8192)
def _day_of(hour: int, zone: ZoneInfo) -> str:
    """Write the local date of an hour since 1970, which many users share."""
    return day(datetime.fromtimestamp(hour * 3600, zone).date())


def _contact(patron: Patron, segment: str) -> User:
    index = patron.nth
    address = {
        "line1": patron.street, "line2": None, "line3": None, "line4": None, "line5": None,
        "city": patron.place[5:], "state_province": "", "postal_code": patron.place[:4],
        "country": _NORWAY if index % 3 else _NO_COUNTRY, "address_note": "",
        "preferred": None if index % 37 == 5 else True, "segment_type": segment,
        "address_type": [LABELS["home"], LABELS["school"]] if index % 19 == 3 else [LABELS["home"]],
    }  # fmt: skip
    addresses = [address]
    if patron.second_address:
        addresses.append(address | {
            "line1": patron.second_address, "city": "Årbok", "postal_code": "0099",
            "start_date": "2026-08-15Z", "end_date": "2027-06-30Z", "preferred": False,
            "segment_type": "Internal", "address_type": [LABELS["work"]],
        })  # fmt: skip
    return {
        "address": addresses,
        "email": [
            {"email_address": email, "description": None, "preferred": place == 0,
             "segment_type": segment if place == 0 else "Internal",
             "email_type": [LABELS["personal" if place else "school"]]}
            for place, email in enumerate(patron.emails)
        ],
        "phone": [
            {"phone_number": phone, "preferred": place == 0,
             "preferred_sms": None if index % 2 else False, "segment_type": segment,
             "phone_type": [LABELS["mobile" if place == 0 else "home"]]}
            for place, phone in enumerate(patron.phones)
        ],
    }  # fmt: skip


def _identifiers(patron: Patron, segment: str) -> list[User]:
    pairs = [("BARCODE" if place == 0 else "02", one) for place, one in enumerate(patron.barcodes)]
    pairs.append(("UNIV_ID", patron.unique_id))
    return [
        {"value": value, "id_type": ID_TYPES[kind], "note": None, "status": "ACTIVE",
         "segment_type": segment}
        for kind, value in pairs
    ]  # fmt: skip


def _blocks(patron: Patron) -> list[User]:
    if not patron.owed_cents:
        return []
    return [
        {"block_type": code("GENERAL", "General"), "block_description": code("02", "Debt"),
         "block_status": "ACTIVE", "block_note": "", "created_by": "exl_impl",
         "created_date": "2026-02-01T09:30:00.512Z", "segment_type": "Internal"}
    ]  # fmt: skip


def _notes(patron: Patron, zone: ZoneInfo) -> list[User]:
    if patron.nth % 23 != 4:
        return []
    at = datetime.fromtimestamp(patron.updated_s, zone).isoformat()
    return [
        {"note_type": code("POPUP", "General"), "note_text": 'Says "call first"\nand then writes',
         "user_viewable": False, "popup_note": True, "created_by": "exl_api",
         "created_date": at, "segment_type": "Internal", "note_owner": None}
    ]  # fmt: skip


def _statistics(patron: Patron, segment: str) -> list[User]:
    major = _MAJORS[patron.category]
    if major is None:
        return []
    return [
        {"statistic_category": major, "category_type": code("MAJOR", "Major"),
         "statistic_note": "", "segment_type": segment, "statistic_owner": None}
    ]  # fmt: skip
