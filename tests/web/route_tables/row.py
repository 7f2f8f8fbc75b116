"""One route as the tests of all routes know it."""

from __future__ import annotations

from dataclasses import dataclass, field

ALL = frozenset({"viewer", "operator", "librarian", "admin"})
OPERATORS = frozenset({"operator", "admin"})
LIBRARIANS = frozenset({"librarian"})
ADMINS = frozenset({"admin"})


@dataclass(frozen=True, slots=True)
class Row:
    """
    Who may use a route.

    :param path: As the router has it, with its slash: ``/libraries/{library}``.
    :param users: Of the four users of the tests, those who are let in.
    :param example: Values of the path's parameters.
    :param form: What is posted; without it the answer to those who may is often 400.
    """

    method: str
    path: str
    users: frozenset[str]
    example: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """The path of the example, without a slash at its start."""
        return self.path.format(**self.example).removeprefix("/")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
