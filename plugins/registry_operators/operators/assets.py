"""What our DAGs tell Airflow's others that they have renewed."""

from __future__ import annotations

from airflow.sdk import Asset, AssetAlias

CICERO_PATRONS = Asset(name="cicero_patrons", uri="patron-sync://cicero/patrons")
"""The patrons in Cicero, as the nightly pull leaves them."""

PULL_ENDED = AssetAlias(name="registry_pull_ended")
"""What the pull ends with; it stands for ``CICERO_PATRONS`` only when something was pulled."""
