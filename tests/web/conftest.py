"""The pages on a real database, with Airflow's own log-in and a user of each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from tests import airflow_home  # noqa: F401  before anything of Airflow

from airflow.api_fastapi.app import get_auth_manager, init_auth_manager  # isort: skip
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser  # isort: skip
from airflow.utils.db import initdb  # isort: skip

from fastapi import FastAPI

from registry_operators.ledger.database import Ledger
from registry_operators.settings.connections import ConnectionFields, connection_from_environment
from registry_operators.web.app import make_app
from registry_operators.web.room import Room
from stand_ins.koha.process import RunningKoha
from stand_ins.people import DEMO_VENDOR, DEMO_VENDOR_SECRET, authorisation_code
from stand_ins.registry.process import running_registry
from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, Cicero, a_library_config
from tests.web.browser import USERS, Browser, served
from tests.web.sync_pages import SyncRuns, koha_connection

As = Callable[[str | None], Browser]


@pytest.fixture(scope="session")
def airflow_log_in() -> None:
    """Airflow's metadata database and its auth manager, which makes and reads the tokens."""
    initdb()
    init_auth_manager()


@pytest.fixture(scope="session")
def tokens(airflow_log_in) -> dict[str, str]:
    """A token of Airflow for a user of each role, by the role of the pages."""
    manager = get_auth_manager()
    return {
        name: manager.generate_jwt(SimpleAuthManagerUser(username=name, role=role))
        for name, role in USERS.items()
    }


@pytest.fixture
def libraries_yaml(tmp_path, monkeypatch):
    """The file of the libraries: two, with a librarian at the first; return how to write it."""
    file = tmp_path / "libraries.yaml"
    monkeypatch.setenv("PATRON_SYNC_LIBRARIES", str(file))

    def write(**changes):
        content = {
            "libraries": {
                LIBRARY: a_library_config(LIBRARY),
                OTHER_LIBRARY: a_library_config(OTHER_LIBRARY, name="Skogvik bibliotek"),
            },
            "pages": {"librarians": {"librarian": [LIBRARY]}},
        }
        file.write_text(yaml.safe_dump(content | changes), encoding="utf-8")
        return file

    write()
    return write


@pytest.fixture
def connections(database_url) -> dict[str, ConnectionFields]:
    """Airflow's Connections; a test may change them."""
    place = conninfo_to_dict(database_url)
    keys = connection_from_environment("patron_sync_keys")
    assert keys is not None
    registries = [f"registry_{library}" for library in (LIBRARY, OTHER_LIBRARY)]
    return {
        "patron_db": ConnectionFields(
            "patron_db", "postgres", str(place["host"]), login=str(place["user"]),
            path=str(place["dbname"]),
        ),
        "patron_sync_keys": keys,
        **{
            conn_id: ConnectionFields(
                conn_id, "http", "127.0.0.1", port=9, login="vendor-library", password="secret"
            )
            for conn_id in registries
        },
    }  # fmt: skip


@pytest.fixture
def world(ledger: Ledger, cicero: Cicero) -> World:
    """Two libraries and an empty registry in memory, in which runs can happen."""
    return World(ledger, cicero)


@pytest.fixture
def room(connections, libraries_yaml, world: World) -> Iterator[Room]:
    """What the pages share; their registry is the world's."""
    room = Room(connections.get, connect=world.registry.connect)
    yield room
    room.close()


@pytest.fixture
def app(room: Room, airflow_log_in) -> FastAPI:
    return make_app(room, base_url="https://airflow.example.org/")


@pytest.fixture
def as_(app: FastAPI, tokens: dict[str, str]) -> As:
    """The browser of a role, or of somebody who has not logged in: ``as_("viewer")``."""
    http = served(app)
    return lambda role: Browser(http, None if role is None else tokens[role])


@pytest.fixture
def viewer(as_: As) -> Browser:
    return as_("viewer")


@pytest.fixture
def operator(as_: As) -> Browser:
    return as_("operator")


@pytest.fixture
def librarian(as_: As) -> Browser:
    return as_("librarian")


@pytest.fixture
def admin(as_: As) -> Browser:
    return as_("admin")


@pytest.fixture
def registry_stand_in() -> Iterator[dict[str, ConnectionFields]]:
    """Connections of both libraries to a registry that speaks its real protocol."""
    with running_registry(patrons=1, seed=1) as registry:
        yield {
            f"registry_{library}": ConnectionFields(
                f"registry_{library}",
                login=f"{DEMO_VENDOR}-{library}",
                password=authorisation_code(library),
                extra={"vendor_secret": DEMO_VENDOR_SECRET, "endpoint": registry.endpoint},
            )
            for library in (LIBRARY, OTHER_LIBRARY)
        }


@pytest.fixture
def koha(connections) -> Iterator[RunningKoha]:
    """A Koha with a few invented patrons, and the Connection to it."""
    with koha_connection() as (koha, fields):
        connections[fields.conn_id] = fields
        yield koha


@pytest.fixture
def sync_runs(ledger: Ledger, koha: RunningKoha, connections) -> SyncRuns:
    """Runs data syncs from that Koha, as Airflow does."""
    return SyncRuns(ledger, connections["koha_main"])
