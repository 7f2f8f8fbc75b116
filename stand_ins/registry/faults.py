"""
The fault dials: what goes wrong with the registry, set over the admin API and played by seed.

A dial is a JSON object; `dial` names the fault, all else is optional:

| key           | default | meaning                                                                |
| ------------- | ------- | ---------------------------------------------------------------------- |
| `operation`   | all     | only calls of this operation                                           |
| `library`     | all     | only calls of this library                                             |
| `after`       | 0       | so many of these calls pass untouched first                            |
| `probability` | 1       | share of the calls after that which it falls upon                      |
| `seed`        | 1       | which calls those are: the same in each run with the same calls        |
| `times`       | no end  | how often it fires; once for dials that change the registry itself     |

The faults and their own keys are in `fault_kinds.KINDS`. Several dials may fall upon one call; the
first of the list is the outermost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from stand_ins.asgi import Reply
from stand_ins.hashing import mix
from stand_ins.registry.admin_people import AdminError
from stand_ins.registry.app import Answer, CallHooks
from stand_ins.registry.auth import Doorkeeper
from stand_ins.registry.books import Books
from stand_ins.registry.fault_kinds import KINDS, Kind, Occasion
from stand_ins.registry.touch import TOUCHABLE
from stand_ins.registry.wire import Call

_CERTAIN = 1 << 64
_CHANCE = 31
_COMMON: dict[str, Any] = {
    "operation": "", "library": "", "after": 0, "probability": 1.0, "seed": 1, "times": 0,
}  # fmt: skip
_RANGES = {"probability": (0, 1), "after": (0, 10**9), "times": (0, 10**9), "count": (0, 10**9),
           "seconds": (-(10**9), 10**9), "status": (400, 599)}  # fmt: skip


@dataclass(slots=True)
class Dial:
    """
    One fault that is switched on.

    `met` counts the calls that it is meant for, `fired` those that it fell upon; `times` 0 is no
    limit.
    """

    name: str
    kind: Kind
    operation: str
    library: str
    after: int
    probability: float
    seed: int
    times: int
    own: dict[str, Any]
    met: int = 0
    fired: int = 0

    def falls_upon(self, operation: str, library: str) -> bool:
        """Count a call, and say whether the fault is to happen to it."""
        if operation not in self.kind.operations or self.operation not in ("", operation):
            return False
        if self.library not in ("", library):
            return False
        self.met += 1
        is_spent = self.times and self.fired >= self.times
        if self.met <= self.after or is_spent:
            return False
        # By the number of the call and not by the last drawn, so that threads change nothing.
        if mix(self.met, self.seed, _CHANCE) >= self.probability * _CERTAIN:
            return False
        self.fired += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return the dial as it was set, with `met` and `fired`."""
        common = {name: getattr(self, name) for name in _COMMON}
        return {"dial": self.name} | common | self.own | {"met": self.met, "fired": self.fired}


@dataclass(slots=True)
class FaultDials(CallHooks):
    """All dials that are switched on; none at first."""

    books: Books
    doorkeeper: Doorkeeper
    dials: list[Dial] = field(default_factory=list)

    def set(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace all dials by those of `{"dials": [...]}`; a wrong one leaves all as they are."""
        self.dials = parse_dials(body)
        return self.shown()

    def shown(self) -> dict[str, Any]:
        """Return `{"dials": [...]}` with the counts of each."""
        return {"dials": [dial.as_dict() for dial in self.dials]}

    async def around_call(self, library: str, call: Call, answer: Answer) -> Reply:
        """Let every dial that falls upon the call have its way with it."""
        firing = [dial for dial in self.dials if dial.falls_upon(call.operation, library)]
        for dial in reversed(firing):
            occasion = Occasion(
                self.books, self.doorkeeper, library, dial.own, dial.seed + dial.fired - 1
            )
            answer = partial(dial.kind.happen, occasion, answer)
        return await answer(call)


def parse_dials(body: Any) -> list[Dial]:
    """Read `{"dials": [...]}`; raises `AdminError`, which says what is accepted."""
    dials = body.get("dials") if isinstance(body, Mapping) else None
    if not isinstance(dials, list) or not all(isinstance(one, dict) for one in dials):
        msg = 'give {"dials": [{"dial": name, ...}, ...]}'
        raise AdminError(msg)
    return [_parsed(one) for one in dials]


def _parsed(body: dict[str, Any]) -> Dial:
    name = body.get("dial")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if not isinstance(name, str) or kind is None:
        msg = f"no such dial; there are {', '.join(sorted(KINDS))}"
        raise AdminError(msg)
    defaults = _COMMON | {"times": kind.times, **kind.own}
    given = {key: value for key, value in body.items() if key != "dial"}
    if not all(key in defaults and _fits(key, given[key], defaults[key]) for key in given):
        accepted = ", ".join(f"{key} ({type(value).__name__})" for key, value in defaults.items())
        msg = f"dial {name} takes {accepted}"
        raise AdminError(msg)
    values = defaults | given
    if values["operation"] not in ("", *kind.operations):
        msg = f"dial {name} takes the operations {', '.join(sorted(kind.operations))}"
        raise AdminError(msg)
    own = {key: values.pop(key) for key in kind.own}
    return Dial(name, kind, **values, own=own)


def _fits(key: str, value: Any, default: Any) -> bool:
    """Say whether a value has the type of the default, and is one that can be carried out."""
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if not isinstance(value, int | float if isinstance(default, float) else type(default)):
        return False
    if isinstance(value, list):
        return TOUCHABLE.issuperset(value)
    low, high = _RANGES.get(key, (value, value))
    return bool(low <= value <= high)
