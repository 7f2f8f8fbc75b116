"""Mail and webhook as Airflow knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from registry_operators.hooks.connection_fields import connection_fields

if TYPE_CHECKING:
    from registry_operators.settings.alerts import Alerts
    from registry_operators.steps.ports import AlertChannel


class AlertHook(BaseHook):
    """
    Gives the channels that block ``alerts`` of ``libraries.yaml`` names.

    Mail: a Connection with host, port, login and password; extra ``tls`` is ``starttls`` (usual),
    ``implicit`` or ``none``. Webhook: type ``http`` or ``https``, host, port, schema (the path);
    the password signs. Extra ``password_file`` names a file with the password instead,
    ``ca_bundle`` one with the certificates to trust. Time-out 20 s; nothing is repeated,
    the next look sends again.
    """

    def channels(self, settings: Alerts) -> list[AlertChannel]:
        """
        Return the channels; nothing is sent yet.

        :raises ConfigurationError: A connection is missing or says too little.
        """
        from registry_operators.settings.alert_connections import alert_channels

        return [*alert_channels(settings, connection_fields)]
