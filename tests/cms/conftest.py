"""A CMS API with a database of its own, an empty registry, and a client who has logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from registry_operators.cms_api import passwords
from registry_operators.cms_api.app import CmsApp, build_app
from registry_operators.cms_api.users import CmsUsers
from registry_operators.desk.desk import Desk
from registry_operators.desk.registry_look_up import RegistryLookUp
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pool import LedgerPool
from registry_operators.settings.libraries import LibrariesConfig
from tests.cms.foreign_client import ForeignClient
from tests.cms.live_world import SETTINGS as LIVE_SETTINGS
from tests.cms.live_world import LiveWorld, a_live_world
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    SECRETS,
    a_config,
    a_library_config,
    a_national_id,
)
from tests.unit.steps.fake_registry import FakeRegistry

PASSWORD = "correct horse battery"
USER = "website"
BRANCHES = [
    {"id": f"NO-{LIBRARY}", "title": "Hovedbiblioteket"},
    {"id": "NO-2030001", "title": "Bryggen"},
]
SETTINGS: dict[str, Any] = {
    "preferredPickupBranch": f"NO-{LIBRARY}",
    "guardianVisibility": True,
    "receivePostalMail": False,
}


@dataclass(slots=True)
class Site:
    """A library's web site: it has logged in, and knows the address of its library."""

    http: TestClient
    library: str = LIBRARY
    headers: dict[str, str] = field(default_factory=dict)

    def log_in(self, password: str = PASSWORD, user: str = USER) -> Any:
        body = {"username": user, "password": password}
        answer = self.http.post(
            f"/rest/external/v1/NO-{self.library}/authentication/login", json=body
        )
        if answer.status_code == 200:
            self.headers = {"X-Session": answer.json()["sessionKey"]}
        return answer

    def call(self, method: str, path: str, **how: Any) -> Any:
        """Call a path below the library's patrons."""
        headers = self.headers | how.pop("headers", {})
        url = f"/rest/external/NO-{self.library}/patrons{path}"
        return self.http.request(method, url, headers=headers, **how)

    def create(self, index: int = 0, **changes: Any) -> Any:
        body = {"personIdentifier": a_national_id(index), "patron": SETTINGS} | changes
        return self.call("POST", "/v10", json=body)

    def created(self, index: int = 0, **changes: Any) -> int:
        """Create a patron who has to be created, and return the number."""
        answer = self.create(index, **{"pincode": "4071"} | changes)
        assert answer.status_code == 200, answer.text
        patron_id: int = answer.json()["patron"]["patronId"]
        return patron_id

    def card(self, patron_id: int) -> str:
        cards = self.call("GET", f"/{patron_id}/identifiers/v1").json()
        number: str = cards[0]["identifier"]
        return number

    def authenticate(self, card: Any, pin: Any) -> Any:
        body = {"libraryCardNumber": card, "pincode": pin}
        return self.call("POST", "/authenticate/v10", json=body).json()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hash with as little work as Argon2id allows."""
    kept = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._hasher = kept


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


@pytest.fixture
def config() -> LibrariesConfig:
    """Two libraries; only the first has told its branches."""
    return a_config(
        _2030000=a_library_config(self_service={"branches": BRANCHES}),
        _2040000=a_library_config(OTHER_LIBRARY),
    )


@pytest.fixture
def desk(database_url: str, registry: FakeRegistry, config: LibrariesConfig) -> Iterator[Desk]:
    pool, look_up = LedgerPool(database_url, size=8), RegistryLookUp(registry.connect)
    yield Desk(pool.ledger, config, SECRETS, look_up)
    look_up.close()
    pool.close()


@pytest.fixture
def users(ledger: Ledger, config: LibrariesConfig) -> CmsUsers:
    return CmsUsers(ledger, config, "kari")


@pytest.fixture
def app(desk: Desk, users: CmsUsers) -> CmsApp:
    """The app, with a CMS user at both libraries."""
    for library in (LIBRARY, OTHER_LIBRARY):
        users.add(library, USER, PASSWORD)
    return build_app(desk)


@pytest.fixture
def http(app: CmsApp) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def site(http: TestClient) -> Site:
    """The web site of the first library, logged in."""
    site = Site(http)
    site.log_in()
    return site


@pytest.fixture
def other_site(http: TestClient) -> Site:
    """The web site of the other library, logged in."""
    site = Site(http, OTHER_LIBRARY)
    site.log_in()
    return site


@pytest.fixture(scope="session")
def live(
    fresh_database: Callable[[], AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveWorld]:
    """The real server and a real registry, for all tests that only need people of their own."""
    with (
        fresh_database() as url,
        a_live_world(url, tmp_path_factory.mktemp("live")) as world,
    ):
        yield world


@pytest.fixture
def foreign(live: LiveWorld) -> ForeignClient:
    """A web site that was written for Cicero, at the real server."""
    return live.server.site()


@pytest.fixture
def person_id(live: LiveWorld) -> str:
    """The national id of somebody whom no test has met."""
    return a_national_id(live.newcomer())


@pytest.fixture
def patron_id(foreign: ForeignClient, person_id: str) -> int:
    """That person as a patron without consent, with the PIN 4719."""
    return int(foreign.create(person_id, LIVE_SETTINGS, pincode="4719")["patronId"])
