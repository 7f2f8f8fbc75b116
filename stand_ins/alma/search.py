"""
Searching users: `field~words`, several of them joined by ` AND `.

Every word must begin a word of the field, without regard to case and accents; a blank within the
words may be written as `_`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from stand_ins.alma.codes import CAMPUSES, GROUPS
from stand_ins.alma.replies import GENERAL, RefusedError
from stand_ins.alma.users import User, identifiers, user_of
from stand_ins.ils.folding import fold
from stand_ins.ils.patrons import index_in
from stand_ins.ils.population import Population
from stand_ins.ils.views import Views

Texts = Callable[[User], list[Any]]


@dataclass(frozen=True, slots=True)
class Term:
    """One `field~words`."""

    field: str
    words: tuple[str, ...]


def _codes(name: str) -> Texts:
    return lambda user: [user[name]["value"], user[name]["desc"]]


def _within(name: str, *path: str) -> Texts:
    """Read a code of every entry of a list."""
    return lambda user: [one[key][part] for one in user[name] for key in path
                         for part in ("value", "desc")]  # fmt: skip


def _contact(kind: str, key: str) -> Texts:
    return lambda user: [one[key] for one in user["contact_info"][kind]]


FIELDS: dict[str, Texts] = {
    "primary_id": lambda user: [user["primary_id"]],
    "first_name": lambda user: [user["first_name"]],
    "middle_name": lambda user: [user["middle_name"]],
    "last_name": lambda user: [user["last_name"]],
    "email": _contact("email", "email_address"),
    "phone_number": _contact("phone", "phone_number"),
    "job_category": _codes("job_category"),
    "identifiers": lambda user: [value for _, value in identifiers(user)],
    "birth_date": lambda user: [str(user.get("birth_date", ""))[:10]],
    "user_group": _codes("user_group"),
    "campus_code": _codes("campus_code"),
    "block_type": _within("user_block", "block_type"),
    "id_type": _within("user_identifier", "id_type"),
    "note_text": lambda user: [one["note_text"] for one in user["user_note"]],
    "note_type": _within("user_note", "note_type"),
    "statistic_category": _within("user_statistic", "statistic_category"),
    "fines_fees_sum": lambda user: [],
    "general_info": lambda user: [user["full_name"], user["job_description"]],
}
_EVERYWHERE = ("primary_id", "first_name", "last_name", "email", "phone_number", "identifiers")


def parse(text: str) -> tuple[Term, ...]:
    """Read `q`; raises `RefusedError`."""
    terms = tuple(_term(part) for part in text.split(" AND "))
    if len(terms) > 1 and any(term.field == "ALL" for term in terms):
        message = "Search by ALL cannot be combined with other fields."
        raise RefusedError(GENERAL, message)
    return terms


def _term(text: str) -> Term:
    field, tilde, words = text.strip().partition("~")
    if not tilde or (field not in FIELDS and field != "ALL"):
        message = f"Invalid query: {text.strip()}"
        raise RefusedError(GENERAL, message)
    return Term(field, tuple(fold(words).replace("_", " ").split()))


class Search:
    """Answers searches over the living users."""

    def __init__(self, population: Population, zone: ZoneInfo, views: Views) -> None:
        self._people = population
        self._zone = zone
        self._views = views

    def fits(self, terms: Sequence[Term]) -> Callable[[int], bool]:
        """Return what tells whether one user fits."""
        return lambda index: all(self._fits(index, term) for term in terms)

    def owners(self, text: str) -> list[int]:
        """Return the few living users who can have an id or e-mail, if it is one of ours."""
        index = index_in(text.lower().removesuffix("/x"))
        changed = self._views.indexes("changed", self._people.is_changed)
        some = {*changed, *(() if index is None else (index, index + 1))}
        size, deleted = self._people.size, self._people.deleted
        return sorted(one for one in some if one < size and not deleted[one])

    def few(self, terms: Sequence[Term]) -> list[int] | None:
        """Return who may fit if a term holds a whole id, or None."""
        for term in terms:
            if term.field in ("primary_id", "identifiers") and len(term.words) == 1:
                [word] = term.words
                if re.fullmatch(r"w\d{8}(@example\.edu|/x)?|[29]900\d{10}", word):
                    return self.owners(word)
        return None

    def user(self, index: int) -> User:
        """Return one user."""
        return user_of(self._people.patron(index), self._zone)

    def _fits(self, index: int, term: Term) -> bool:
        if term.field in ("user_group", "campus_code") and not self._people.is_changed(index):
            table, column = _TABLES[term.field]
            return _has(term.words, table[self._people.codes[column][index]])
        user = self.user(index)
        fields = _EVERYWHERE if term.field == "ALL" else (term.field,)
        texts = [str(text) for field in fields for text in FIELDS[field](user) if text]
        return _has(term.words, tuple(texts))


_TABLES: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "user_group": (GROUPS, "kind"),
    "campus_code": (CAMPUSES, "library"),
}


def _has(words: tuple[str, ...], texts: tuple[str, ...]) -> bool:
    folded = fold(" ".join(texts))
    return bool(words) and all(_beginning(word).search(folded) for word in words)


@lru_cache(maxsize=1024)
def _beginning(word: str) -> re.Pattern[str]:
    """Match where a word begins as this one does."""
    return re.compile(rf"(?<![^\W_])(?<!'){re.escape(word)}")
