"""
The policies of this site: what its libraries, profiles, categories and address lines are called.

Every site defines its own. Two sorts of address lines are known: street, `CITY/STATE` in one
line, and postal code; or numbered lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stand_ins.ils.patrons import CATEGORIES

PROFILES = (
    ("UGRD", "Undergraduate student"),
    ("GRAD", "Graduate student"),
    ("FACULTY", "Faculty"),
    ("STAFF", "Staff"),
    ("PUBLIC", "Member of the public"),
    ("CHILD", "Child"),
)
LIBRARIES = (
    ("MAIN", "Main Library"),
    ("MUSIC", "Music Library"),
    ("SCIENCE", "Science Library"),
    ("LAW", "Law Library"),
    ("BRANCH", "Branch Library"),
)
CATEGORY_KEYS = tuple("" if name == "none" else name.upper() for name in CATEGORIES)
STANDINGS = ("OK", "DELINQUENT", "BLOCKED", "BARRED", "COLLECTION")
CATEGORY_FIELDS = tuple(f"category{number:02d}" for number in range(1, 13))


@dataclass(frozen=True, slots=True)
class AddressCodes:
    """What a site calls the lines of an address; `zip` "" puts code and city in one line."""

    street: str
    city: str
    zip: str
    email: str = "EMAIL"
    phone: str = "PHONE"

    @property
    def all(self) -> tuple[str, ...]:
        """All codes, in the order of a record."""
        return tuple(code for code in (self.street, self.city, self.zip, self.email, self.phone)
                     if code)  # fmt: skip


ADDRESS_STYLES = {
    "city": AddressCodes("STREET", "CITY/STATE", "ZIP"),
    "lines": AddressCodes("LINE1", "LINE2", ""),
}


class Policies:
    """All policies by name and key; each is `{"resource", "key", "fields"}`."""

    def __init__(self, codes: AddressCodes) -> None:
        categories = [(key, key.title()) for key in CATEGORY_KEYS if key]
        self._labels: Mapping[str, list[tuple[str, str]]] = {
            "library": list(LIBRARIES),
            "userProfile": list(PROFILES),
            "patronStanding": [(key, key.title()) for key in STANDINGS],
            "patronAddress1": [(key, key.title()) for key in codes.all],
            "patronAddress2": [(key, key.title()) for key in codes.all],
            "patronCategory01": categories,
            **{f"patronCategory{number:02d}": [] for number in range(2, 13)},
            "language": [("ENGLISH", "English"), ("NORWEGIAN", "Norwegian")],
            "userAccess": [("PUBLIC", "Public")],
            "environment": [("PUBLIC", "Public")],
            "location": [("STACKS", "Stacks"), ("CHECKEDOUT", "Checked out")],
        }

    def one(self, name: str, key: str) -> dict[str, Any] | None:
        """Return one policy, or None; `patronProfile` is another name of `userProfile`."""
        name = "userProfile" if name == "patronProfile" else name
        for number, (known, label) in enumerate(self._labels.get(name, []), start=1):
            if known == key:
                return {
                    "resource": f"/policy/{name}",
                    "key": key,
                    "fields": {
                        "policyNumber": number,
                        "displayName": key,
                        "description": label,
                        **({"chargeLimit": 50, "holdLimit": 20} if name == "userProfile" else {}),
                    },
                }
        return None

    def listed(self, name: str, key: str) -> list[dict[str, Any]] | None:
        """Return the policies of a name, all for `*`; None if there is no such name."""
        labels = self._labels.get("userProfile" if name == "patronProfile" else name)
        if labels is None:
            return None
        found = (self.one(name, known) for known, _ in labels if key in ("*", known))
        return [policy for policy in found if policy]
