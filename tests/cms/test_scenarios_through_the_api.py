"""The scenarios that the CMS API allows, with the registry stand-in, and the nights after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient

from registry_operators.cms_api.app import build_app
from registry_operators.cms_api.users import CmsUsers
from registry_operators.domain.registry_time import registry_now
from stand_ins.registry.process import running_registry
from tests.cms.conftest import PASSWORD, USER, Site
from tests.cms.scenario_stand_in import ScenarioStandIn
from tests.db.desk_bench import desk_at
from tests.db.flow_world import World
from tests.db.scenario_table import (
    GIVEN_PIN,
    PERSON,
    SCENARIOS,
    Row,
    assert_nights_follow_the_table,
    both_answers,
    created,
    set_stage,
)
from tests.factories import LIBRARY
from tests.faults.fault_world import BOTH, LiveRegistry

Staged = Callable[..., Site]
HERE = [row for row in SCENARIOS if (row["actor"], row["via_cms_api"]) == ("S", "ok")]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveRegistry]:
    with running_registry(patrons=0, libraries=BOTH) as process:
        yield LiveRegistry(process, page_size=100)


@pytest.fixture
def world(ledger, cicero, server: LiveRegistry) -> Iterator[World]:
    stand_in: Any = ScenarioStandIn(server)
    yield World(ledger, cicero, stand_in, clock=registry_now)
    stand_in.forget(PERSON)


@pytest.fixture
def staged(world: World, database_url: str, users: CmsUsers) -> Iterator[Staged]:
    """Set the stage of a row, and log the library's web site in."""
    with ExitStack() as stack:

        def stage(row: Row, *, is_found: bool) -> Site:
            set_stage(world, row, is_found=is_found)
            users.add(LIBRARY, USER, PASSWORD)
            app = build_app(stack.enter_context(desk_at(world, database_url)))
            site = Site(stack.enter_context(TestClient(app, base_url="http://localhost")))
            assert site.log_in().status_code == 200
            return site

        yield stage


def wish(row: Row) -> dict[str, object]:
    """What the row adds to a request; a consent that is not given is not mentioned either."""
    asked = {"nationalRegistryConsent": True} if row["consent"] == "1" else {}
    return asked | ({"pincode": GIVEN_PIN} if row["pin_given"] == "1" else {})


@pytest.mark.parametrize(("row", "is_found"), list(both_answers(HERE)))
def test_a_scenario_ends_as_the_table_says(row, is_found, world, staged, cicero) -> None:
    site = staged(row, is_found=is_found)

    answer = site.create(PERSON, **wish(row))
    world.registry.away_libraries.clear()

    if row["created"] != "Y":
        assert answer.status_code == 503
        assert answer.json()["errorCode"] == "REGISTRY_UNREACHABLE"
        assert int(answer.headers["Retry-After"]) > 0
        assert cicero.db.execute("select count(*) from cicero.patron").fetchone() == (0,)
        assert world.rounds(1)[0].writes == 0
        return
    assert answer.status_code == 200, answer.text
    patron = answer.json()["patron"]
    card, pin, _ = created(row)
    assert patron["hasNationalRegistrySynchronizationConsent"] is (row["consent"] == "1")
    assert site.card(patron["patronId"]) == card
    assert site.authenticate(card, pin)["patronId"] == patron["patronId"]
    assert_nights_follow_the_table(world, patron["patronId"], row, is_found=is_found)


def test_the_rows_with_a_card_have_no_door_here() -> None:
    assert len(HERE) == 48
    assert {row["card_given"] for row in HERE} == {"0"}
    assert {row["registry"] for row in HERE} == {"found", "notfound", "unreachable"}
