"""What is typed: hidden at a terminal, a line of standard input elsewhere."""

from __future__ import annotations

import getpass
import io
import sys

import pytest
import typer

from registry_operators.commands import typed
from registry_operators.errors import ConfigurationError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def prompts(monkeypatch):
    """A terminal at which these answers are typed, hidden, one at each prompt."""

    def sit(*answers: str) -> list[str]:
        asked: list[str] = []
        rest = iter(answers)
        monkeypatch.setattr(sys, "stdin", Terminal())

        def typed_at(prompt: str) -> str:
            asked.append(prompt)
            return next(rest)

        monkeypatch.setattr(getpass, "getpass", typed_at)
        return asked

    return sit


def test_national_id_and_pin_are_two_lines_of_standard_input(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("010180 12345 \n2580\n"))

    told = typed.typed_national_id(from_stdin=True), typed.typed_pin(from_stdin=True)

    assert told == ("010180 12345", "2580")


def test_at_a_terminal_both_are_hidden_and_the_pin_is_asked_for_twice(prompts) -> None:
    asked = prompts("01018012345", "2580", "2580")

    told = typed.typed_national_id(from_stdin=False), typed.typed_pin(from_stdin=True)

    assert told == ("01018012345", "2580")
    assert asked == ["National id: ", "PIN: ", "PIN again: "]


def test_two_different_pins_are_none(prompts) -> None:
    prompts("2580", "2581")

    with pytest.raises(ConfigurationError, match="differ") as error:
        typed.typed_pin(from_stdin=False)

    assert "258" not in str(error.value)


def test_where_nobody_sits_nothing_is_asked(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("01018012345\n"))

    with pytest.raises(ConfigurationError, match="--person-id-stdin"):
        typed.typed_national_id(from_stdin=False)
    with pytest.raises(ConfigurationError, match="--pin-stdin"):
        typed.typed_pin(from_stdin=False)
    with pytest.raises(ConfigurationError, match="--yes"):
        typed.need_somebody_to_ask(yes=False)
    typed.need_somebody_to_ask(yes=True)


def test_a_no_ends_the_command(monkeypatch) -> None:
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: False)

    with pytest.raises(typer.Exit) as ended:
        typed.confirm("Delete the patron?", yes=False)

    assert ended.value.exit_code == 1
    typed.confirm("Delete the patron?", yes=True)
