"""One stack for all tests of this folder: started once, and removed with its data at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.compose.stack import Stack, compose_command


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack with the demo, whose runs have ended; a test leaves it as it found it."""
    command = compose_command()
    with tempfile.TemporaryDirectory(prefix="patron-sync-stack-") as folder:
        stack = Stack(command, f"patron-sync-test-{uuid4().hex[:8]}", Path(folder))
        try:
            stack.compose("build")
            stack.compose("up", "--detach")
            stack.until(stack.is_healthy)
            yield stack
        finally:
            stack.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")
