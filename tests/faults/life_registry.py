"""The registry of a life, which looks at every call, and the trouble that may come at each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.factories import Cicero
from tests.unit.steps.fake_registry import FakeRegistry


class KilledError(BaseException):
    """Stands in for a kill: nothing of the engine may catch it."""


@dataclass(slots=True)
class Trouble:
    """
    What goes wrong at the registry calls and commits of a run.

    :param kill_at: The call or commit, counted from 1, at which the process ends; 0 for none.
    :param withdraw_at: The call before which somebody withdraws consent; 0 for none.
    """

    kill_at: int = 0
    withdraw_at: int = 0
    withdraw: Callable[[], None] = lambda: None
    met: int = 0

    def meet(self) -> None:
        self.met += 1
        if self.met == self.withdraw_at:
            self.withdraw()
        if self.met == self.kill_at:
            raise KilledError


class WatchedRegistry(FakeRegistry):
    """Looks at every call: at its consent, at what it says, and whether it is the last."""

    def __init__(self, cicero: Cicero) -> None:
        super().__init__()
        self.cicero = cicero
        self.trouble = Trouble()

    def watch(self, library: str, operation: str, sent: tuple[str | None, ...]) -> None:
        self.trouble.meet()
        assert not [text for text in sent if text and (text.startswith("L") or len(text) == 4)]
        if operation in {"create", "update"}:
            national_id = sent[0] if operation == "create" else sent[1]
            assert self.has_consent(library, national_id), f"{operation} without consent (I1)"

    def has_consent(self, library: str, national_id: str | None) -> bool:
        found = self.cicero.db.execute(
            "select from cicero.patron join cicero.consent using (patron_id)"
            " where library = %s and national_id = %s and withdrawn_at is null",
            [library, national_id],
        ).fetchone()
        return found is not None

    def connect(self, library: str) -> Any:
        view = super().connect(library)
        called = view._called

        class Watched(type(view)):  # type: ignore[misc]
            __slots__ = ()

            def _called(self, operation: str, *sent: str | None) -> None:
                self.registry.watch(self.library, operation, sent)
                called(operation, *sent)

        return Watched(self, library)
