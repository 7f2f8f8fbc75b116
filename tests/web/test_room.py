"""What the pages share, and when they take it anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry_operators.errors import ConfigurationError


def test_keys_are_made_once_and_anew_when_the_connection_changes(room, connections):
    first = room.secrets()
    again = room.secrets()
    connections["patron_sync_keys"] = replace(connections["patron_sync_keys"], password="ab" * 32)

    changed = room.secrets()

    assert again is first
    assert changed.keys != first.keys


def test_missing_keys_are_told_even_if_they_were_there(room, connections):
    room.secrets()
    del connections["patron_sync_keys"]

    with pytest.raises(ConfigurationError, match="patron_sync_keys"):
        room.secrets()
