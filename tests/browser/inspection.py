"""What must hold for a page whatever it shows: usable by keyboard and reader, and not too wide."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

from tests.browser.person import PAGES, Person

_AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
_GRAVE = {"serious", "critical"}
_STEPS = 1500
_RUN = "async () => await axe.run(document, {resultTypes: ['violations']})"
_WIDTHS = """() => {
  const width = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth;
  if (wide <= width) return [];
  const inside = node => node.closest('.scroll') && !node.matches('.scroll');
  return [...document.querySelectorAll('body *')]
    .filter(node => !inside(node) && node.getBoundingClientRect().right > width + 1)
    .map(node => node.outerHTML.slice(0, 120)).slice(0, 5).concat(`${wide} > ${width}`);
}"""
_FOCUSED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const style = getComputedStyle(node), box = node.getBoundingClientRect();
  return {
    name: node.id || node.name || node.textContent.trim().slice(0, 60) || node.tagName,
    number: [...document.querySelectorAll('*')].indexOf(node),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.height > 0
      && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""
_CONTROLS = """() => [...document.querySelectorAll('*')].flatMap((node, number) => {
  const can = node.matches('button, select, textarea, summary, input:not([type=hidden])')
    && node.tabIndex >= 0;
  const radio = node.matches('input[type=radio]') && !node.checked;
  return can && !radio && !node.disabled && node.checkVisibility()
    ? [[number, node.outerHTML.slice(0, 120)]] : [];
})"""


def grave_findings(person: Person) -> list[str]:
    """Return what axe-core takes for serious or critical on the page that somebody sees."""
    frame = shown(person)
    frame.evaluate(_source())
    found: dict[str, Any] = frame.evaluate(_RUN)
    return [
        f"{one['impact']} {one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in _GRAVE
        for node in one["nodes"]
    ]


def too_wide(person: Person) -> list[str]:
    """Return what makes the page scroll sideways; tables scroll by themselves."""
    return list(shown(person).evaluate(_WIDTHS))


def out_of_reach(person: Person) -> list[str]:
    """
    Walk through the page with the Tab key; return what is wrong with the walk.

    Every button and field must be met, what has the focus must be outlined and in the window, and
    the walk must begin with the link that skips the navigation.
    """
    frame, keyboard = shown(person), person.page.keyboard
    met: dict[int, dict[str, Any]] = {}
    before = None
    for _ in range(_STEPS):
        keyboard.press("Tab")
        focused = frame.evaluate(_FOCUSED)
        # A date has several places for the focus, all of one field; the first one counts.
        if focused is None or (focused["number"] in met and focused["number"] != before):
            break
        before = focused["number"]
        met.setdefault(before, focused)
    first = next(iter(met.values()), {"name": "nothing"})
    problems = [] if first["name"] == person.say("Skip to the content") else [f"first: {first}"]
    problems += [f"not outlined: {one['name']}" for one in met.values() if not one["outlined"]]
    problems += [f"not in the window: {one['name']}" for one in met.values() if not one["seen"]]
    controls = frame.evaluate(_CONTROLS)
    return problems + [f"not met: {html}" for number, html in controls if number not in met]


def shown(person: Person) -> Page | Frame:
    """The document of the page, also inside Airflow's UI."""
    if not person.look.framed:
        return person.page
    return next(frame for frame in person.page.frames[1:] if PAGES in frame.url)


@cache
def _source() -> str:
    return _AXE.read_text(encoding="utf-8")
