"""How somebody looks at the pages: size of the window, light or dark, language, scripts or none."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Look:
    """
    One way of looking.

    :param width: Of the window, in CSS pixels.
    :param language: Of the browser, and so of the pages.
    :param framed: Inside Airflow's own UI, not by themselves.
    """

    name: str
    width: int = 1280
    height: int = 720
    theme: str = "light"
    language: str = "en"
    has_script: bool = True
    framed: bool = False

    def __str__(self) -> str:
        return self.name


DESK = Look("at a desk")
IN_AIRFLOW = Look("inside Airflow", height=800, framed=True)
PHONE = Look("on a dark phone", width=360, height=740, theme="dark", language="nb")
WITHOUT_SCRIPT = Look("without JavaScript", has_script=False)
WALL = Look("on a wall", width=1920, height=1080, theme="dark")

EVERY_PAGE = (DESK, PHONE)
"""Each page is looked at in these ways."""
JOURNEY = (IN_AIRFLOW, PHONE, WITHOUT_SCRIPT)
"""What people do is done in each of these ways."""


def in_dark(look: Look) -> Look:
    return replace(look, theme="dark")
