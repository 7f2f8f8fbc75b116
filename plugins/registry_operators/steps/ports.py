"""What the steps need of the outside, as protocols, so that tests can bring their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registry_operators.clients.pin_cipher import PinCipher
from registry_operators.clients.registry_messages import Answer, RegistryPatron, RegistryUpload
from registry_operators.domain.alert_message import AlertMessage
from registry_operators.domain.keys import SyncKeys


class ChangesPort(Protocol):
    """The registry's change feed."""

    @property
    def server_time(self) -> datetime | None:
        """Registry's local time when the reading began; known after the first record."""

    def __iter__(self) -> Iterator[RegistryPatron]:
        """Yield the records."""


class RegistryPort(Protocol):
    """The registry as one library sees it; ``RegistryClient`` is the real one."""

    def changes_since(self, since: datetime) -> ChangesPort:
        """Return all records that changed at or after a registry time."""

    def find(self, identifier: str) -> list[RegistryPatron]:
        """Look a person up by card number or national id."""

    def create(self, upload: RegistryUpload) -> Answer:
        """Create a record."""

    def update(self, card_number: str, upload: RegistryUpload) -> Answer:
        """Change a record and relate it to the library."""

    def remove_relation(self, card_number: str) -> Answer:
        """Remove the library's relation."""


RegistryConnector = Callable[[str], RegistryPort]


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The keys of the installation and the registry's PIN cipher."""

    keys: SyncKeys
    cipher: PinCipher


class AlertChannel(Protocol):
    """A way to tell somebody; ``AlertMail`` and ``AlertWebhook`` are the real ones."""

    @property
    def name(self) -> str:
        """Name under which the ledger remembers what was told."""

    def send(self, message: AlertMessage) -> None:
        """Hand a message over."""
