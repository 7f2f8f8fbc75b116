"""Each answer that ``docs/first_contact.md`` promises is what the registry's stand-in gives."""

from __future__ import annotations

import doctest

import pytest

from registry_operators.paths import PROJECT_DIR
from stand_ins.people import DEMO_LIBRARIES, person, reserved_series

PAGE = PROJECT_DIR / "docs" / "first_contact.md"


@pytest.fixture
def said_first(environment, monkeypatch):
    """What the reader types before the page's own lines, in an environment that is set up."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    one, other = DEMO_LIBRARIES[:2]
    card, others_card = (reserved_series(library)[1] for library in (one, other))
    return {
        "ONE": one,
        "OTHER": other,
        "CARD": card,
        "SPARE": f"N{int(card[1:]) - 1}",
        "OTHERS_CARD": others_card,
        "PERSON": person(90_001).national_id,
        "NOBODY": person(90_002).national_id,
    }


def test_the_answers_on_the_page_are_those_of_the_stand_in(said_first):
    test = doctest.DocTestParser().get_doctest(
        PAGE.read_text(encoding="utf-8"), said_first, PAGE.name, str(PAGE), 0
    )
    report: list[str] = []

    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)

    assert report == []
    assert result.attempted > 30
