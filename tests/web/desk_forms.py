"""The pages of the desk as a librarian uses them: forms filled in, hidden fields carried on."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from tests.factories import LIBRARY, a_national_id
from tests.web.browser import PREFIX, Browser

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_TAGS = re.compile(r"<[^>]+>")


def hidden(answer: Any, name: str) -> str:
    """The value of the first hidden field of a name."""
    found = [value for key, value in _HIDDEN.findall(answer.text) if key == name]
    return html.unescape(found[0])


def told(answer: Any) -> str:
    """What a page says between its heading and its end, without tags."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(_TAGS.sub(" ", main)).split())


def section(answer: Any, heading: str) -> str:
    """What a page says below one of its headings."""
    _, _, rest = answer.text.partition(f"<h2>{heading}</h2>")
    return " ".join(html.unescape(_TAGS.sub(" ", rest.partition("<h2>")[0])).split())


@dataclass(frozen=True, slots=True)
class DeskPages:
    """A librarian at the desk of one library."""

    browser: Browser
    library: str = LIBRARY

    def find(self, by: str, text: str) -> Any:
        form = {"library": self.library, "by": by, "text": text}
        return self.browser.post("desk/find", form)

    def fill_in(self, index: int | None = 0, **changes: str) -> Any:
        """Send the form for a new patron; ``None`` is somebody without a national id."""
        form = {"library": self.library, "surname": "Nyberg", "first_name": "Nora"}
        form |= (
            {"no_national_id": "yes"} if index is None else {"national_id": a_national_id(index)}
        )
        if "pin" in changes:
            form["pin_again"] = changes["pin"]
        return self.browser.post("desk/new", form | changes)

    def save(self, foretold: Any) -> Any:
        """Go on from the page that foretells."""
        assert foretold.status_code == 200, told(foretold)
        return self.browser.post("desk/new/save", {"sealed": hidden(foretold, "sealed")})

    def create(self, index: int | None = 0, **changes: str) -> int:
        """Create a patron who has to be created, and return the number."""
        saved = self.save(self.fill_in(index, **changes))
        assert saved.status_code == 303, told(saved)
        return number_in(saved)

    def patron(self, patron_id: int, path: str = "") -> Any:
        return self.browser.get(f"desk/patrons/{patron_id}{path}")

    def do(self, patron_id: int, path: str, **form: str) -> Any:
        return self.browser.post(f"desk/patrons/{patron_id}/{path}", form)

    def after(self, answer: Any) -> str:
        """What the page says to which an answer leads."""
        return told(self.browser.get(answer.headers["location"].removeprefix(f"{PREFIX}/")))


def number_in(answer: Any) -> int:
    """The number of the patron to whose page an answer leads."""
    found = re.fullmatch(
        rf"{PREFIX}/desk/patrons/(\d+)(\?done=[\w-]+)?", answer.headers["location"]
    )
    assert found is not None, answer.headers["location"]
    return int(found[1])


def done(answer: Any) -> str | None:
    """What the address says was done."""
    assert answer.status_code == 303, told(answer)
    return answer.headers["location"].partition("?done=")[2] or None
