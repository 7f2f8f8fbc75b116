"""What this library calls its patron types, libraries and patron codes."""

from stand_ins.ils.patrons import CATEGORIES

PATRON_TYPES = (
    (10, "Undergraduate"),
    (11, "Graduate"),
    (20, "Faculty"),
    (21, "Staff"),
    (0, "Adult"),
    (30, "Child"),
)
LIBRARIES = (
    ("main ", "Main Library"),
    ("mus  ", "Music Library"),
    ("sci  ", "Science Library"),
    ("law  ", "Law Library"),
    ("br   ", "Branch Library"),
)
"""Codes are filled with spaces to five characters, as Sierra stores them."""
PCODE1 = (("a", "Day student"), ("b", "Evening student"), ("-", "None"))
PCODE2 = (("-", "None"), ("c", "Consortium"))
PCODE3 = tuple((13 + number, name.title()) for number, name in enumerate(CATEGORIES))
BLOCKS = (("-", "No block"), ("o", "Owes money"))
MESSAGES = (("-", "No message"), ("r", "Report to desk"))

METADATA = {
    "patronType": PATRON_TYPES,
    "pcode1": PCODE1,
    "pcode2": PCODE2,
    "pcode3": PCODE3,
    "pcode4": ((0, "Undefined"),),
    "homeLibraryCode": LIBRARIES,
    "message": MESSAGES,
    "blockInfo": BLOCKS,
}
"""What `GET patrons/metadata` tells: pairs of code and label."""


def metadata(names: list[str]) -> list[dict[str, object]]:
    """Return labels of all codes, or of the fields that are named."""
    return [
        {
            "field": field,
            "values": [{"code": str(code).strip(), "desc": label} for code, label in pairs],
        }
        for field, pairs in METADATA.items()
        if not names or field in names
    ]
