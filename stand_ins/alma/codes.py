"""Code tables: what stands behind the codes of a user."""

from typing import Any

GROUPS = (
    ("UGRD", "Undergraduate"),
    ("GRAD", "Graduate"),
    ("FAC", "Faculty"),
    ("STAFF", "Staff"),
    ("PUB", "Public"),
    ("CHILD", "Child"),
)
"""User groups, by the position of a patron's kind."""
CAMPUSES = (
    ("MAIN", "Main Campus"),
    ("MUSIC", "Conservatory"),
    ("SCI", "Science Park"),
    ("LAW", "Law School"),
    ("BRANCH", "Bokvåg"),
)
"""Campuses, by the position of a patron's library."""
MAJORS = (
    ("BIOL", "Biology"),
    ("HIST", "History"),
    ("PHYS", "Physics"),
    ("NURS", "Nursing"),
    ("ECON", "Economics"),
    ("THEO", "Theology"),
    None,
)
"""Statistical categories, by the position of a patron's category."""

Code = dict[str, Any]


def code(value: str | None = "", desc: str | None = "") -> Code:
    """Make a code with its label; both are empty when it is not set."""
    return {"value": value, "desc": desc}


NONE = code()
ID_TYPES = {
    "BARCODE": code("BARCODE", "Barcode"),
    "UNIV_ID": code("UNIV_ID", "University ID"),
    "02": code("02", "Additional ID 2"),
}
LABELS = {
    "home": code("home", "Home"),
    "work": code("work", "Work"),
    "school": code("school", "School"),
    "personal": code("personal", "Personal"),
    "mobile": code("mobile", "Mobile"),
}
