"""The registry or the database is away, or the server dies: nobody is made by halves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.cms.foreign_client import ApiError, ForeignClient
from tests.cms.live_world import SETTINGS, LiveWorld, a_live_world
from tests.cms.relay import Relay, a_relay
from tests.factories import LIBRARY, OTHER_LIBRARY, a_national_id

LIMIT_S = 5
BROKEN = {"dial": "server_error", "operation": "hent"}
_HALF = """
select count(*)
from cicero.patron
where not exists (
    select from cicero.card where card.patron_id = patron.patron_id and card.status = 'active'
)
    or not exists (select from cicero.pin where pin.patron_id = patron.patron_id)
    or not exists (select from cicero.consent where consent.patron_id = patron.patron_id)
"""


@pytest.fixture
def dials(live: LiveWorld) -> Iterator[Any]:
    """Let the registry misbehave until the test ends."""
    yield live.registry.admin.set_faults
    live.registry.admin.clear_faults()


@pytest.fixture(scope="module")
def cable(fresh_database, tmp_path_factory) -> Iterator[tuple[Relay, LiveWorld]]:
    """A server of its own, whose way to the database can be cut."""
    with (
        fresh_database() as url,
        a_relay(url) as relay,
        a_live_world(url, tmp_path_factory.mktemp("own"), url_of_server=relay.url) as own,
    ):
        yield relay, own


def create(site: ForeignClient, index: int, *, consent: bool = True) -> tuple[int | None, Any]:
    """The patron id, or the error."""
    person_id = a_national_id(index)
    try:
        return int(
            site.create(person_id, SETTINGS, nationalRegistryConsent=consent)["patronId"]
        ), None
    except ApiError as error:
        return None, error


def timed(site: ForeignClient, index: int) -> tuple[ApiError, float]:
    """The error of a creation that must fail, and the seconds until it came."""
    started = time.monotonic()
    patron_id, error = create(site, index)
    assert patron_id is None
    return error, time.monotonic() - started


def assert_later(live: LiveWorld, error: ApiError, index: int) -> None:
    """The client is told to come back, and nothing was left of the person."""
    assert (error.status, error.code) == (503, "REGISTRY_UNREACHABLE")
    assert int(error.headers["Retry-After"]) > 0
    person_id = a_national_id(index)
    known = "select count(*) from cicero.patron where national_id = %s"
    assert live.db.execute(known, [person_id]).fetchone() == (0,)
    assert live.server.site().preauthenticated(person_id).status == "INVALID"


def test_a_slow_registry_is_waited_for_five_seconds_and_no_longer(live, dials) -> None:
    site, index = live.server.site(), live.newcomer()
    site.log_in()
    dials({"dial": "latency", "operation": "hent", "seconds": LIMIT_S + 5.0})

    error, seconds = timed(site, index)

    assert LIMIT_S - 0.5 < seconds < LIMIT_S + 4
    assert_later(live, error, index)
    dials()
    assert create(site, index)[0]


def test_a_broken_registry_keeps_only_those_out_who_need_it(live, dials) -> None:
    site, index, other = live.server.site(), live.newcomer(), live.newcomer()
    dials(BROKEN)

    _, error = create(site, index)
    without_consent, _ = create(site, other, consent=False)

    assert_later(live, error, index)
    assert without_consent
    dials()
    assert create(site, index)[0]


def test_after_five_failures_nobody_waits_any_more(live, dials) -> None:
    site = live.server.site(OTHER_LIBRARY)
    site.log_in()
    people = [live.newcomer() for _ in range(6)]
    dials({"dial": "latency", "operation": "hent", "seconds": 3.0}, BROKEN)
    with ThreadPoolExecutor(5) as pool:
        waited = list(pool.map(lambda index: timed(site, index), people[:5]))
    met = [dial["met"] for dial in live.registry.admin.faults()]

    error, seconds = timed(site, people[5])

    assert min(seconds for _, seconds in waited) > 2.5
    assert seconds < 1.5
    assert [dial["met"] for dial in live.registry.admin.faults()] == met == [5, 5]
    for (one, _), index in zip([*waited, (error, 0)], people, strict=True):
        assert_later(live, one, index)
    dials()
    assert create(live.server.site(LIBRARY), live.newcomer())[0], "a library has its own breaker"
    assert timed(site, people[5])[0].status == 503, "for half a minute nobody asks again"


def test_without_its_database_it_says_later_and_recovers(cable) -> None:
    relay, own = cable
    site = own.server.site()
    patron_id, _ = create(site, own.newcomer())
    assert patron_id

    relay.cut()
    index = own.newcomer()
    for call in (
        lambda: site.patron(patron_id),
        lambda: site.create(a_national_id(index), SETTINGS),
        lambda: own.server.site().log_in(),
    ):
        with pytest.raises(ApiError) as refused:
            call()
        assert refused.value.status == 503
        assert int(refused.value.headers["Retry-After"]) > 0
        assert set(refused.value.body) == {
            "correlationId", "errorCode", "message", "validationErrors",
        }  # fmt: skip
    assert requests.get(f"{own.server.url}/health", timeout=60).status_code == 503
    relay.mend()

    deadline = time.monotonic() + 60
    while requests.get(f"{own.server.url}/health", timeout=60).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert site.patron(patron_id)["patronId"] == patron_id
    assert create(site, index)[0]
    assert "Traceback" not in own.server.log()


def test_a_database_that_falls_silent_is_not_waited_for_for_ever(cable) -> None:
    relay, own = cable
    own.server.site().log_in()
    relay.hush()
    try:
        assert requests.get(f"{own.server.url}/health", timeout=15).status_code == 503
    finally:
        relay.speak()


def test_a_server_killed_among_creations_leaves_nobody_by_halves(cable) -> None:
    _, own = cable
    people = [own.newcomer() for _ in range(200)]
    site, enough = own.server.site(), threading.Event()
    site.log_in()
    made: dict[int, int] = {}

    def try_once(index: int) -> None:
        own_site = own.server.site()
        own_site.session_key = site.session_key
        try:
            patron_id, error = create(own_site, index)
        except requests.ConnectionError:
            return
        assert patron_id, error
        made[index] = patron_id
        if len(made) >= len(people) // 3:
            enough.set()

    with ThreadPoolExecutor(8) as pool:
        tried = [pool.submit(try_once, index) for index in people]
        assert enough.wait(120)
        own.server.kill()
    for one in tried:
        one.result()
    assert len(made) < len(people)
    assert own.db.execute(_HALF).fetchone() == (0,)
    own.server.start()

    for index in people:
        patron_id, error = create(site, index)
        assert patron_id or error.code == "CPR_NUMBER_EXISTS"
        assert not (patron_id and index in made), "who was told of a patron has one"
    assert own.db.execute(_HALF).fetchone() == (0,)
    ids = [a_national_id(index) for index in people]
    ((patrons, cards),) = own.db.execute(
        "select count(distinct patron_id), count(distinct card_number) from cicero.patron"
        " join cicero.card using (patron_id) where national_id = any(%s)", [ids],
    ).fetchall()  # fmt: skip
    assert (patrons, cards) == (200, 200)
    assert all(site.patron(patron_id)["patronId"] == patron_id for patron_id in made.values())
