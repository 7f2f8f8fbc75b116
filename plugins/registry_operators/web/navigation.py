"""The sections of the pages, as their navigation lists them."""

from __future__ import annotations

from dataclasses import dataclass

from registry_operators.web.access import Role


@dataclass(frozen=True, slots=True)
class Section:
    """
    A group of pages with an entry in the navigation.

    Who sees the entry is not said here: it is who may open its first page.

    :param path: Its first page, below the pages' prefix; empty for the start page.
    :param title: What it is called, marked for translation.
    """

    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A section with the roles that may open it; any of them is enough."""

    section: Section
    roles: frozenset[Role]
