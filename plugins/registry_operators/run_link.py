"""The link from a task in Airflow's UI to the page of the run that it belongs to."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

RUN_VIEW = "patron-sync-run"
"""Name of the page in the addresses of Airflow's UI."""
_ENDING = "_operator"
_HOUSEKEEPING = frozenset(
    {"apply_retention", "check_outbox", "expire_held_syncs", "sign_audit", "watch"}
)


class PatronSyncLink(BaseOperatorLink):
    """
    Leads from a task of a run to what the run did, inside Airflow's UI.

    It is made when somebody looks, by the API server, and nothing of it is stored.
    """

    name = "Patron sync"

    @property
    def operators(self) -> list[type[BaseOperator]]:  # type: ignore[override]
        """
        The operators of runs, imported when the API server asks which tasks have the link.

        The plugin is loaded by every process of Airflow, and most have no use for them.
        """
        from registry_operators import operators

        names = [
            module.name
            for module in iter_modules(operators.__path__)
            if module.name.endswith(_ENDING)
            and module.name.removesuffix(_ENDING) not in _HOUSEKEEPING
        ]
        return [_operator(name) for name in names]

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Return the address of the run's page, below the path at which Airflow is served."""
        from airflow.configuration import conf

        path = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")
        dag_id, run_id = (quote(text, safe="") for text in (ti_key.dag_id, ti_key.run_id))
        return f"{path}/dags/{dag_id}/runs/{run_id}/plugin/{RUN_VIEW}"


def _operator(module: str) -> type[BaseOperator]:
    """Return the operator of a module, which is named after it."""
    name = "".join(word.capitalize() for word in module.split("_"))
    found: type[BaseOperator] = getattr(
        import_module(f"registry_operators.operators.{module}"), name
    )
    return found
