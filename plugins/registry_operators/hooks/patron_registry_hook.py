"""The national patron registry as Airflow knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from registry_operators.hooks.connection_fields import required_connection_fields

if TYPE_CHECKING:
    from registry_operators.clients.registry_client import RegistryClient
    from registry_operators.settings.libraries import LibrariesConfig


class PatronRegistryHook(BaseHook):
    """
    Gives a client of the registry for each library, from that library's Airflow Connection.

    Type ``http`` or ``https``: host, port and schema (the path) name the SOAP endpoint, or extra
    ``endpoint`` does; login is ``<vendor>-<library>``; the password is the registry's, or the
    library's authorisation code with extra ``vendor_secret``. Time-out 30 s; four attempts with
    pauses of 1, 4 and 16 s for what may pass; a refusal is never repeated.

    :param config: Tells the connection id of each library.
    """

    def __init__(self, config: LibrariesConfig) -> None:
        super().__init__()
        self.config = config

    def connect(self, library: str) -> RegistryClient:
        """
        Return the registry as one library sees it; nothing is sent yet.

        :raises ConfigurationError: The library's connection is missing or incomplete.
        """
        from registry_operators.clients.registry_client import RegistryClient
        from registry_operators.settings.connections import registry_account

        fields = required_connection_fields(self.config.connection_id(library))
        return RegistryClient(registry_account(library, fields))
