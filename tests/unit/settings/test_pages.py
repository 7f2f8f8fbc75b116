"""Librarians and administrators of the pages in ``libraries.yaml``."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from registry_operators.settings.libraries import load_libraries
from registry_operators.settings.pages import Pages
from tests.factories import LIBRARY
from tests.unit.settings.test_libraries import changed, content, file, problems, written

__all__ = ["content", "file"]


@pytest.mark.parametrize(
    ("libraries", "served"),
    [([LIBRARY], frozenset({LIBRARY})), ("all", None), ([], frozenset())],
)
def test_a_librarian_has_the_libraries_that_are_named(libraries, served):
    pages = Pages.model_validate({"librarians": {"kari": libraries}})

    assert pages.libraries_of("kari") == served
    assert pages.libraries_of("ola") == frozenset()


@pytest.mark.parametrize(
    "wrong",
    [
        {"librarians": {"kari": "some"}},
        {"librarians": {"kari": 2030000}},
        {"librarians": {"": "all"}},
        {"admins": "kari"},
        {"admins": [""]},
        {"operators": ["kari"]},
    ],
)
def test_what_is_wrong_is_refused(wrong):
    with pytest.raises(ValidationError):
        Pages.model_validate(wrong)


def test_a_library_that_is_not_there_is_named_with_its_librarian(file, content):
    content = changed(content, "pages", {"librarians": {"kari": [LIBRARY, "1234567"]}})

    assert problems(written(file, content)) == [
        "field pages.librarians.kari: library 1234567 is not in this file; correct its number"
    ]


def test_nobody_is_named_by_default(file, content):
    assert load_libraries(written(file, content)).pages == Pages()
