"""
What the engine says of a patron or a decision, in the language of a page.

The engine speaks English, at the terminal too. A sentence is recognised by its words around the
values; one that is not stays as it is. Codes have their words in ``reason_words``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache

from registry_operators.domain.undone import at_minute
from registry_operators.web.engine_sentences import SENTENCES, SHORTER, VALUES
from registry_operators.web.language import mark

Say = Callable[[str], str]
Moment = Callable[[datetime], str]

_MOMENTS = frozenset({"since", "until"})
_MINUTE = "%Y-%m-%d %H:%M"  # as domain.undone.at_minute writes it

_HINT = " patron-sync why --ask looks the patron up as the library."
"""For the terminal; a page has a button."""


def in_words_of(say: Say, text: str, moment: Moment = at_minute) -> str | None:
    """
    Return what the engine says in the words of a page, or ``None`` if the page has none.

    :param say: Returns a text in the language of the page.
    :param moment: Writes a time as the page does; the engine's are in the zone of the machine.
    """
    told = text.removesuffix(_HINT)
    for form, sentence in _forms():
        if found := form.fullmatch(told):
            values = {
                name: _value(say, moment, name, one) for name, one in found.groupdict().items()
            }
            return say(sentence) % values if values else say(sentence)
    return None


def without_hint(text: str) -> str:
    """Return what the engine says without what is meant for the terminal."""
    return text.removesuffix(_HINT)


def _value(say: Say, moment: Moment, name: str, value: str) -> str:
    if name == "deed":
        return in_words_of(say, f"{value[:1].upper()}{value[1:]}") or value
    if name == "times" and value.endswith(" times"):
        return say(mark("%(number)s times")) % {"number": value.removesuffix(" times")}
    if name in _MOMENTS:
        with suppress(ValueError):
            return moment(datetime.strptime(value, _MINUTE).astimezone())
    known = VALUES.get(name, {})
    return say(known[value]) if value in known else value


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    shorter = ((re.compile(form, re.DOTALL), text) for form, text in SHORTER.items())
    return (*shorter, *((_form(text), text) for text in SENTENCES))


def _form(sentence: str) -> re.Pattern[str]:
    escaped = re.escape(sentence)
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", escaped), re.DOTALL)
