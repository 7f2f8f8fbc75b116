"""Nobody waits longer than the limit, and nobody waits for who does not answer (spec N3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.desk.registry_look_up import LIMIT_S, CircuitBreaker, RegistryLookUp
from registry_operators.domain.reasons import Reason
from registry_operators.errors import (
    LoginRefusedError,
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)
from tests.factories import LIBRARY, OTHER_LIBRARY, a_national_id, a_registry_patron

PERSON = a_national_id()
REST_S = 30


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Registry:
    """A ``RegistryPort`` that answers a look-up as it is told to, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Callable[[], list[RegistryPatron]] = list

    def fails(self, error: type[Exception]) -> None:
        def fail() -> Any:
            raise error("as told")

        self.answer = fail

    def connect(self, library: str) -> Any:
        registry = self

        class View:
            def find(self, identifier: str) -> list[RegistryPatron]:
                assert identifier == PERSON
                registry.asked.append(library)
                return registry.answer()

        return View()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def look_up(registry: Registry, clock: Clock) -> Iterator[RegistryLookUp]:
    look_up = RegistryLookUp(registry.connect, clock=clock)
    yield look_up
    look_up.close()


def fails(look_up: RegistryLookUp, times: int = 1, library: str = LIBRARY) -> None:
    for _ in range(times):
        with pytest.raises(UnavailableError) as caught:
            look_up.ask(library, PERSON)
        assert PERSON not in str(caught.value)


def test_an_answer_is_handed_on(look_up: RegistryLookUp, registry: Registry) -> None:
    assert look_up.ask(LIBRARY, PERSON) is None

    registry.answer = lambda: [a_registry_patron()]
    assert look_up.ask(LIBRARY, PERSON) == a_registry_patron()

    registry.answer = lambda: [a_registry_patron(), a_registry_patron()]
    assert look_up.ask(LIBRARY, PERSON) is Reason.AMBIGUOUS_PERSON


@pytest.mark.parametrize(
    "error", [UnavailableError, MalformedAnswerError, RefusedError, LoginRefusedError]
)
def test_no_answer_that_can_be_used_is_none(look_up, registry: Registry, error) -> None:
    registry.fails(error)

    fails(look_up)


def test_the_limit_is_five_seconds() -> None:
    assert LIMIT_S == 5


def test_a_registry_that_hangs_is_not_waited_for(registry: Registry, clock: Clock) -> None:
    let_go = Event()

    def hang() -> list[RegistryPatron]:
        let_go.wait(60)
        return []

    registry.answer = hang
    look_up = RegistryLookUp(registry.connect, limit_s=0.01, clock=clock)
    try:
        fails(look_up, 8)

        assert len(registry.asked) == 5
        assert not let_go.is_set()
    finally:
        let_go.set()
        look_up.close()


def test_after_five_failures_in_a_row_nobody_asks(look_up, registry: Registry, clock) -> None:
    registry.fails(UnavailableError)

    fails(look_up, 9)
    clock.now += REST_S - 0.1
    fails(look_up)

    assert len(registry.asked) == 5


def test_four_failures_do_no_harm(look_up: RegistryLookUp, registry: Registry) -> None:
    for _ in range(3):
        registry.fails(UnavailableError)
        fails(look_up, 4)
        registry.answer = list
        assert look_up.ask(LIBRARY, PERSON) is None

    assert len(registry.asked) == 15


def test_after_a_rest_one_asks_and_the_others_when_it_got_an_answer(
    look_up: RegistryLookUp, registry: Registry, clock: Clock
) -> None:
    registry.fails(UnavailableError)
    fails(look_up, 5)
    clock.now += REST_S
    fails(look_up, 3)
    assert len(registry.asked) == 6

    registry.answer = list
    clock.now += REST_S
    assert [look_up.ask(LIBRARY, PERSON) for _ in range(3)] == [None] * 3

    assert len(registry.asked) == 9


def test_while_one_asks_after_the_rest_the_others_need_not_wait() -> None:
    clock = Clock()
    breaker = CircuitBreaker(clock)
    for _ in range(5):
        assert breaker.allows()
        breaker.failed()
    clock.now += REST_S

    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_one_librarys_log_in_does_not_keep_another_from_asking(look_up, registry) -> None:
    registry.fails(LoginRefusedError)
    fails(look_up, 6)
    registry.answer = list

    assert look_up.ask(OTHER_LIBRARY, PERSON) is None
    fails(look_up)
    assert registry.asked.count(LIBRARY) == 5
