"""The authorised values of the installation: libraries, categories, types of attributes."""

from typing import Any

LIBRARIES = (
    ("MAIN", "Main Library"),
    ("MUSIC", "Music Library"),
    ("SCI", "Science Library"),
    ("LAW", "Law Library"),
    ("BRANCH", "Bokvåg Branch"),
)
"""Code and name, by the position of a patron's library."""
CATEGORIES = (
    ("UGRD", "Undergraduate", "A"),
    ("GRAD", "Graduate", "A"),
    ("FAC", "Faculty", "P"),
    ("STAFF", "Staff", "S"),
    ("PUB", "Public", "A"),
    ("CHILD", "Child", "C"),
)
"""Code, name and type, by the position of a patron's kind."""
PROGRAMMES = ("BIOL", "HIST", "PHYS", "NURS", "ECON", "THEO", None)


def library(code: str) -> dict[str, Any]:
    """Return the row of `/libraries` with this code."""
    return {
        "library_id": code,
        "name": dict(LIBRARIES)[code],
        "address1": None,
        "city": "Bokvåg",
        "country": "Norway",
        "email": f"{code.lower()}@library.example.org",
        "phone": None,
        "notes": None,
        "pickup_location": True,
        "public": True,
    }


def category(code: str) -> dict[str, Any]:
    """Return the row of `/patron_categories` with this code."""
    name, kind = next((name, kind) for known, name, kind in CATEGORIES if known == code)
    return {
        "patron_category_id": code,
        "name": name,
        "category_type": kind,
        "enrolment_period": 99,
        "enrolment_period_date": None,
        "upper_age_limit": 17 if kind == "C" else None,
        "dateofbirthrequired": None,
        "enrolment_fee": 0.0,
        "default_privacy": "default",
    }


def strings(row: dict[str, Any]) -> dict[str, Any]:
    """Return the labels of a row's codes, as the embed `+strings` gives them."""
    labels = {
        "library_id": (dict(LIBRARIES), "library"),
        "category_id": ({code: name for code, name, _ in CATEGORIES}, "patron_category"),
    }
    return {
        field: {"str": names.get(row[field], row[field]), "type": kind}
        for field, (names, kind) in labels.items()
        if row.get(field) is not None
    }
