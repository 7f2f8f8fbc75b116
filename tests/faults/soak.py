"""
Live a year: 365 pushes and pulls, with random days between them and trouble in some nights.

``python -m tests.faults.soak [--seed N] [--nights N]`` prints its seed first, so that the same year
can be lived again, and then each month what happened. The first thing that is not as it must be
ends it, with the last steps before.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry_operators.ledger.schema import migrate
from registry_operators.settings.embedded_postgres import embedded_postgres
from tests.faults.any_life import Life, a_life

_SHOWN = 60


def live(life: Life, seed: int, nights: int) -> Iterator[int]:
    """Live so many nights, and yield the number of each that has passed."""
    chance = random.Random(seed)
    for _ in range(20):
        life.new_patron(chance.randrange(720))
    for night in range(1, nights + 1):
        for _ in range(chance.randrange(8)):
            _something(life, chance)
        for flow in ("push", "pull"):
            _night(life, chance, flow)
            _after(life, chance)
        life.check()
        if night % 30 == 0:
            life.settle()
        yield night
    life.settle()


def _something(life: Life, chance: random.Random) -> None:
    """One of the things that people do by day; the number says how often."""
    who, digits = chance.randrange(200), chance.randrange(1000, 10_000)
    deeds: list[tuple[int, Callable[[], None]]] = [
        (4, lambda: life.new_patron(chance.randrange(720))),
        (3, lambda: life.set_pin(who, digits)),
        (2, lambda: life.change_card(who)),
        (2, lambda: life.flip_consent(who)),
        (2, lambda: life.delete(who)),
        (4, lambda: life.change_record(who, digits)),
        (1, lambda: life.bury(who)),
        (1, lambda: life.configure(chance.randrange(36))),
        (1, lambda: life.decide(who, approves=chance.random() < 0.5)),
        (1, lambda: life.erase(who, digits)),
        (1, lambda: life.undo(who, meddle=digits)),
    ]
    (deed,) = chance.choices([deed for _, deed in deeds], [often for often, _ in deeds])
    deed()


def _night(life: Life, chance: random.Random, flow: str) -> None:
    match chance.randrange(10):
        case 0:
            life.run(flow, kill_at=chance.randrange(1, 80))
            if chance.random() < 0.3:
                life.erase(chance.randrange(200), chance.randrange(3))
        case 1:
            life.run(flow, lost=chance.randrange(1, 4))
        case 2:
            life.run(flow, away=chance.randrange(1, 3))
        case 3:
            life.run(flow, withdraw_at=chance.randrange(1, 40))
        case _:
            life.run(flow)


def _after(life: Life, chance: random.Random) -> None:
    """What may follow a night."""
    if chance.random() < 0.05:
        life.repeat()
    if chance.random() < 0.3:
        life.decide(chance.randrange(10), approves=chance.random() < 0.5)
    if chance.random() < 0.1:
        _regret(life, chance)


def _regret(life: Life, chance: random.Random) -> None:
    """Undo one of the last runs, now and then in trouble; what was left is taken up again."""
    which = chance.randrange(6)
    match chance.randrange(6):
        case 0:
            life.undo(which, kill_at=chance.randrange(1, 30))
        case 1:
            life.undo(which, lost=chance.randrange(1, 4))
        case 2:
            life.undo(which, away=chance.randrange(1, 3))
        case 3:
            life.undo(which, withdraw_at=chance.randrange(1, 20))
    life.undo(which, meddle=chance.randrange(3))


@contextmanager
def _database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="patron-sync-soak-") as folder:
        Path(folder).chmod(0o755)
        with embedded_postgres(Path(folder) / "data", {"fsync": "off"}) as url:
            migrate(url)
            yield url


def main() -> int:
    """Live the year and say how it was; 1 if something was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--nights", type=int, default=365)
    options = parser.parse_args()
    _say(f"seed {options.seed}, {options.nights} nights")
    began, night = time.monotonic(), 0
    with _database() as url, a_life(url) as life:
        try:
            for night in live(life, options.seed, options.nights):
                if night % 30 == 0:
                    _say(f"night {night}, {time.monotonic() - began:.0f} s: {len(life.patrons)}"
                         f" patrons, {len(life.registry.calls)} calls")  # fmt: skip
        except AssertionError as error:
            _say("\n".join(life.told[-_SHOWN:]))
            _say(f"FAILED in night {night + 1} of seed {options.seed}: {error}")
            return 1
        deeds = ", ".join(f"{count} {what}" for what, count in sorted(life.counts.items()))
        _say(f"all as it must be after {time.monotonic() - began:.0f} s: {deeds}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
