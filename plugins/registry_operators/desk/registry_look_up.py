"""Ask the registry while somebody waits: not longer than a few seconds, and not for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as WaitedTooLongError
from dataclasses import dataclass

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.reasons import Reason
from registry_operators.errors import RefusedError, UnavailableError
from registry_operators.steps.ask_registry import RegistryDesk
from registry_operators.steps.ports import RegistryConnector

LIMIT_S = 5.0
_GIVE_UP_AFTER = 5
_REST_S = 30.0
_AT_ONCE = 32


@dataclass(slots=True)
class CircuitBreaker:
    """
    Keeps people from waiting for somebody who does not answer.

    After five failures in a row nobody asks for 30 s; then one does, and the others when that one
    got an answer. (The known libraries hold a lock during the call, so that all would queue.)

    :param clock: Seconds that only go forward.
    """

    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _closed_until: float = 0.0

    def allows(self) -> bool:
        """Say whether it is worth asking; a yes after a rest counts for one caller only."""
        if self._failures < _GIVE_UP_AFTER:
            return True
        if self.clock() < self._closed_until:
            return False
        self._closed_until = self.clock() + _REST_S
        return True

    def succeeded(self) -> None:
        """Note an answer."""
        self._failures = 0

    def failed(self) -> None:
        """Note that none came."""
        self._failures += 1
        if self._failures >= _GIVE_UP_AFTER:
            self._closed_until = self.clock() + _REST_S


class RegistryLookUp:
    """
    Looks persons up for the libraries; safe to use from several threads.

    :param connect: Gives the registry as a library sees it, with one attempt a call.
    :param limit_s: Longest wait for an answer, all in all.
    """

    def __init__(
        self,
        connect: RegistryConnector,
        *,
        limit_s: float = LIMIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._limit_s = limit_s
        self._clock = clock
        self._breakers: dict[str, CircuitBreaker] = {}
        self._desks: dict[str, RegistryDesk] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="registry-look-up")

    def close(self) -> None:
        """Let go of the threads; a call that hangs ends with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, library: str, national_id: str) -> RegistryPatron | Reason | None:
        """
        Return the registry's record of a person, ``None`` if there is none, or why it is no use.

        :raises UnavailableError: No answer in time, none that could be read, none at all because
            too many failed just now, or the library may not log in.
        """
        breaker = self._of(library)
        with self._lock:
            if not breaker.allows():
                raise UnavailableError("the registry did not answer just now; it rests for 30 s")
        try:
            told = self._within_limit(library, national_id)
        except (UnavailableError, RefusedError):
            with self._lock:
                breaker.failed()
            raise UnavailableError("the registry gave no answer that could be used") from None
        with self._lock:
            breaker.succeeded()
        if told in {Reason.REFUSED, Reason.MALFORMED_ANSWER}:
            raise UnavailableError("the registry gave no answer that could be used")
        return told

    def _of(self, library: str) -> CircuitBreaker:
        with self._lock:
            return self._breakers.setdefault(library, CircuitBreaker(self._clock))

    def _within_limit(self, library: str, national_id: str) -> RegistryPatron | Reason | None:
        call: Future[RegistryPatron | Reason | None] = self._pool.submit(
            self._call, library, national_id
        )
        try:
            return call.result(self._limit_s)
        except WaitedTooLongError:
            call.cancel()
            raise UnavailableError("the registry did not answer in time") from None

    def _call(self, library: str, national_id: str) -> RegistryPatron | Reason | None:
        desk = self._desks.get(library)
        if desk is None:
            desk = self._desks.setdefault(library, RegistryDesk(self._connect(library)))
        return desk.ask(national_id)
