"""The registry stand-in of the stack, which nothing outside reaches: asked from within."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.compose.stack import Stack

_ASK = """
import json, sys, urllib.request
answers = []
for method, path, body in json.load(sys.stdin):
    request = urllib.request.Request(
        "http://localhost:8081/admin/" + path, method=method,
        data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request) as reply:
        answers.append(json.load(reply))
print(json.dumps(answers))
"""


def slow_down(stack: Stack, seconds: float) -> None:
    """Let the registry take its time over each change."""
    dial = {"dial": "latency", "operation": "endre", "seconds": seconds}
    _admin(stack, [("PUT", "faults", {"dials": [dial]})])


def at_full_speed(stack: Stack) -> None:
    _admin(stack, [("DELETE", "faults", None)])


def slowed_calls(stack: Stack) -> int:
    """How many changes the registry has taken its time over."""
    return sum(dial["fired"] for dial in _admin(stack, [("GET", "faults", None)])[0]["dials"])


def holders(stack: Stack, cards: Sequence[str]) -> list[int]:
    """How many people have each of the cards in the registry."""
    answers = _admin(stack, [("POST", "find", {"lnr": card}) for card in cards])
    return [len(answer["persons"]) for answer in answers]


def _admin(stack: Stack, calls: Sequence[tuple[str, str, object]]) -> list[dict[str, Any]]:
    said = stack.compose("exec", "-T", "registry", "python", "-c", _ASK, stdin=json.dumps(calls))
    answers: list[dict[str, Any]] = json.loads(said)
    return answers
