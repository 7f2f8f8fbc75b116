"""A registry in memory that takes offence at whatever must not be sent to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories import DEFAULT_PIN, Cicero, a_national_id, wire
from tests.unit.steps.fake_registry import FakeRegistry

PEOPLE = 6


class StrictRegistry(FakeRegistry):
    """Refuses to be told of anybody without consent, and what must not leave the house."""

    def __init__(self, cicero: Cicero) -> None:
        super().__init__()
        self.cicero = cicero
        self.indexes = {a_national_id(index): index for index in range(PEOPLE)}
        self.handed_out: set[tuple[int, str]] = set()
        self.is_being_created: tuple[str, str] | None = None
        self.meanwhile: Callable[[], None] | None = None
        self.left_meanwhile = False

    def watch(self, library: str, operation: str, sent: tuple[str | None, ...]) -> None:
        if operation != "find" and self.meanwhile:
            then, self.meanwhile, self.left_meanwhile = self.meanwhile, None, True
            then()
            return
        assert not [text for text in sent if text and (text[0] == "L" or len(text) == 4)]
        assert wire(DEFAULT_PIN) not in sent, "a default PIN was sent"
        who = self._whom(sent)
        if who is None:
            return
        sealed = {(self.indexes[who], text) for text in sent if text}
        assert not sealed & self.handed_out, "a PIN that was handed out was sent"
        # Look-ups of a night go out in batches; a write asks for consent right before it.
        if operation != "find" or not self.left_meanwhile:
            assert self._may(library, operation, who), f"{operation} without consent"

    def connect(self, library: str) -> Any:
        view = super().connect(library)
        called = view._called

        class Watched(type(view)):  # type: ignore[misc]
            __slots__ = ()

            def _called(self, operation: str, *sent: str | None) -> None:
                self.registry.watch(self.library, operation, sent)
                called(operation, *sent)

        return Watched(self, library)

    def _whom(self, sent: tuple[str | None, ...]) -> str | None:
        """The national id of the person who is mentioned, by it or by card number."""
        for text in sent:
            if text in self.indexes:
                return text
        return next((one.national_id for one in self.people if one.card in sent), None)

    def _may(self, library: str, operation: str, who: str) -> bool:
        if operation == "find" and self.is_being_created == (library, who):
            return True
        found = self.cicero.db.execute(
            "select from cicero.patron join cicero.consent using (patron_id)"
            " where library = %(library)s and national_id = %(who)s and withdrawn_at is null"
            "  and consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'"
            " union all select from cicero.deleted_patron"
            " where library = %(library)s and national_id = %(who)s and had_consent"
            "  and settled_at is null and %(operation)s in ('find', 'remove_relation')",
            {"library": library, "who": who, "operation": operation},
        ).fetchone()
        return found is not None
