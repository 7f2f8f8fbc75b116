"""Work that a page begins and that goes on when its answer has been sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from registry_operators.errors import SyncError
from registry_operators.web.problems import log


@dataclass(frozen=True, slots=True)
class Mishap:
    """
    Why an errand came to nothing.

    :param text: What the engine says, in English; empty for what nobody foresaw.
    """

    code: str
    text: str = ""


class Errands:
    """
    Runs each errand once at a time, in a thread of this process, and remembers its last mishap.

    Every errand is a step that can be repeated: with the process it ends, and whoever starts it
    again goes on where it stood.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, threading.Thread] = {}
        self._mishaps: dict[str, Mishap] = {}

    def start(self, name: str, deed: Callable[[], object]) -> bool:
        """Begin an errand; ``False`` if one of this name is under way here already."""
        with self._lock:
            if name in self._running:
                return False
            self._mishaps.pop(name, None)
            thread = threading.Thread(target=self._do, args=(name, deed), name=name, daemon=True)
            self._running[name] = thread
        thread.start()
        return True

    def is_running(self, name: str) -> bool:
        """Say whether an errand of this name is under way in this process."""
        with self._lock:
            return name in self._running

    def mishap(self, name: str) -> Mishap | None:
        """Return why the last errand of this name came to nothing here, if it did."""
        with self._lock:
            return self._mishaps.get(name)

    def wait(self, timeout_s: float = 60.0) -> None:
        """Wait for all that is under way."""
        with self._lock:
            threads = list(self._running.values())
        for thread in threads:
            thread.join(timeout_s)

    def _do(self, name: str, deed: Callable[[], object]) -> None:
        mishap = None
        try:
            deed()
        except SyncError as error:
            log.warning("errand=%s %s", name, error.code)
            mishap = Mishap(error.code, str(error))
        except Exception as error:  # noqa: BLE001  nobody waits for it who could tell
            # Its message may hold what a record holds.
            log.error("errand=%s %s", name, type(error).__name__)
            mishap = Mishap(type(error).__name__)
        with self._lock:
            if mishap is not None:
                self._mishaps[name] = mishap
            del self._running[name]
