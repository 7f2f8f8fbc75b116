"""Who may use the routes of ``views/desk.py``, and of those that it includes."""

from __future__ import annotations

from tests.web.route_tables.row import LIBRARIANS, Row

_ONE = "/desk/patrons/{patron_id}"
_NUMBER = {"patron_id": "4711"}
_LIBRARY = {"library": "2030000"}
_SYNC = {"use": "SYNC_WITH_NATIONAL_REGISTRY"}
_ASKED = ["", "/nights", "/consent", "/card", "/pin", "/name", "/guardian", "/delete"]
_DONE = {
    "/unmask": {},
    "/look-up": {},
    "/consent": _SYNC | {"consent": "yes"},
    "/consent/withdraw": _SYNC,
    "/card": {"from_sequence": "yes"},
    "/block": {"card_number": "N105000000"},
    "/block/yes": {"card_number": "N105000000"},
    "/pin": {"pin": "4719", "pin_again": "4719"},
    "/pin/hand-out": {},
    "/name": {"surname": "Nyberg"},
    "/guardian": {"guardian_name": "Kari"},
    "/delete": {},
}

ROWS = [
    Row("GET", "/desk", LIBRARIANS),
    Row("POST", "/desk/library", LIBRARIANS, form=_LIBRARY),
    Row("POST", "/desk/find", LIBRARIANS, form=_LIBRARY | {"by": "card", "text": "N105000000"}),
    Row("GET", "/desk/new", LIBRARIANS),
    Row("POST", "/desk/new", LIBRARIANS, form=_LIBRARY | {"surname": "Nyberg"}),
    Row("POST", "/desk/new/change", LIBRARIANS, form={"sealed": "x"}),
    Row("POST", "/desk/new/save", LIBRARIANS, form={"sealed": "x"}),
    *(Row("GET", f"{_ONE}{path}", LIBRARIANS, _NUMBER) for path in _ASKED),
    *(Row("POST", f"{_ONE}{path}", LIBRARIANS, _NUMBER, form) for path, form in _DONE.items()),
]
