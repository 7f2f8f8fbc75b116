"""The configuration and the keys of the installation as Airflow knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from registry_operators.hooks.connection_fields import (
    connection_fields,
    required_connection_fields,
)

if TYPE_CHECKING:
    from registry_operators.ledger.audit_signature import AuditKey
    from registry_operators.settings.libraries import LibrariesConfig
    from registry_operators.steps.ports import Secrets


class PatronSyncHook(BaseHook):
    """
    Gives the libraries' configuration and the keys.

    :param conn_id: Airflow Connection whose password is the master key (64 hex digits or more) and
        whose extra ``registry_pin_secret`` is the registry's PIN key (32 hex digits). Extra
        ``audit_signing_key`` (64 hex digits) signs the audit trail; by default a key is derived.
    """

    def __init__(self, conn_id: str = "patron_sync_keys") -> None:
        super().__init__()
        self.conn_id = conn_id

    def config(self) -> LibrariesConfig:
        """
        Read and check ``libraries.yaml`` and that every library's connection exists.

        :raises ConfigurationError: With one line for each thing to correct.
        """
        from registry_operators.settings.libraries import load_libraries
        from registry_operators.settings.time_zone import libraries_file

        return load_libraries(
            libraries_file(), lambda conn_id: connection_fields(conn_id) is not None
        )

    def secrets(self) -> Secrets:
        """
        Return the keys and the PIN cipher.

        :raises ConfigurationError: The connection is missing or a key has the wrong form.
        """
        from registry_operators.settings.connections import pin_cipher, sync_keys
        from registry_operators.steps.ports import Secrets

        fields = required_connection_fields(self.conn_id)
        return Secrets(sync_keys(fields), pin_cipher(fields))

    def audit_key(self) -> AuditKey:
        """
        Return the key that signs the head of the audit trail.

        :raises ConfigurationError: The connection is missing or a key has the wrong form.
        """
        from registry_operators.settings.audit import audit_key

        return audit_key(required_connection_fields(self.conn_id))
