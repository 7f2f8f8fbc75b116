"""Data syncs and library systems as Airflow knows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from airflow.sdk import BaseHook

from registry_operators.hooks.connection_fields import required_connection_fields

if TYPE_CHECKING:
    from registry_operators.clients.ils_messages import IlsClient
    from registry_operators.settings.profile_fields import ProfileFields


class DataSyncHook(BaseHook):
    """
    Gives library systems, the fields of profiles, and the local day.

    Each library system is an Airflow Connection of type ``http``, named by the definition; its
    fields stand in ``docs/data_syncs.md``. Days are those of the zone of ``libraries.yaml``.
    """

    def profile_fields(self) -> ProfileFields:
        """
        Read and check the fields of profiles.

        :raises ConfigurationError: With one line for each thing to correct.
        """
        from registry_operators.settings.profile_fields import (
            load_profile_fields,
            profile_fields_file,
        )

        return load_profile_fields(profile_fields_file())

    def client(self, ils: str, conn_id: str) -> IlsClient:
        """
        Return a library system.

        :raises ConfigurationError: Its Airflow Connection is missing or says too little.
        """
        from registry_operators.settings.ils_connections import make_client

        return make_client(ils, required_connection_fields(conn_id))

    def zone(self) -> ZoneInfo:
        """Return the zone in which schedules and days are meant."""
        from registry_operators.settings.time_zone import local_zone_name

        return ZoneInfo(local_zone_name())

    def today(self) -> date:
        """Return the local day."""
        return datetime.now(self.zone()).date()

    def day_of(self, moment: datetime) -> date:
        """Return the local day of an aware moment."""
        return moment.astimezone(self.zone()).date()
