"""Running a stand-in as a process of its own for as long as a block lasts."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_STOP_S = 10


class NotStartedError(Exception):
    """The stand-in ended before it was ready; the message is what it said."""


@contextmanager
def running_module(module: str, options: Sequence[str]) -> Iterator[tuple[str, int]]:
    """
    Start `python -m module`, wait until it is ready, end it with the block; give URL and pid.

    Raises `NotStartedError` if it cannot start.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield _announced_url(process), process.pid
    finally:
        _end(process)


def _announced_url(process: subprocess.Popen[str]) -> str:
    """Wait for the line that says where it listens; seeding may take its time before that."""
    line = process.stdout.readline() if process.stdout else ""
    words = [word for word in line.split() if word.startswith("http://")]
    if not words:
        process.kill()
        raise NotStartedError(process.communicate()[1].strip() or "it said nothing")
    return words[0]


def _end(process: subprocess.Popen[str]) -> None:
    """Ask it to stop, and kill it if it does not."""
    process.terminate()
    deadline = time.monotonic() + _STOP_S
    try:
        process.communicate(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
