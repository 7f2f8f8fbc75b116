"""One contract, two registries: the fake of the tests, and the client before a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from registry_operators.clients.registry_client import RegistryAccount, RegistryClient
from registry_operators.clients.registry_messages import Answer, RegistryUpload
from registry_operators.errors import RefusedError
from registry_operators.steps.ports import RegistryPort
from stand_ins.people import (
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
    registry_password,
)
from stand_ins.registry.process import RegistryProcess, running_registry
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_national_id, wire
from tests.unit.steps.fake_registry import FakeRegistry

ALWAYS = datetime(2000, 1, 1)  # noqa: DTZ001  the registry's times have no zone
Connect = Callable[[str], RegistryPort]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[RegistryProcess]:
    with running_registry(patrons=0) as running:
        yield running


@pytest.fixture(params=["fake", "stand_in"])
def connect(request, stand_in: RegistryProcess) -> Connect:
    """A registry without people of the test's own indexes."""
    if request.param == "fake":
        return FakeRegistry().connect

    def connect(library: str) -> RegistryPort:
        password = registry_password(authorisation_code(library), DEMO_VENDOR_SECRET)
        account = RegistryAccount(library, stand_in.endpoint, f"{DEMO_VENDOR}-{library}", password)
        return RegistryClient(account, pause=lambda _: None)

    return connect


def an_upload(index: int, **changes: str | None) -> RegistryUpload:
    values: dict[str, str | None] = {
        "card_number": a_card_number(index),
        "name": "Ærfugl, Øystein <Åse> & sønn",
        "encrypted_pin": wire("1234"),
    }
    return RegistryUpload(a_national_id(index), **(values | changes))


def test_a_created_person_is_found_by_both_keys(connect: Connect) -> None:
    registry = connect(LIBRARY)

    assert registry.create(an_upload(1)) is Answer.DONE

    (by_card,) = registry.find(a_card_number(1))
    (by_id,) = registry.find(a_national_id(1))
    assert by_card == by_id
    assert by_card[:3] == (a_card_number(1), a_national_id(1), wire("1234"))
    assert by_card.changed_by == LIBRARY


def test_nobody_is_an_empty_list(connect: Connect) -> None:
    assert connect(LIBRARY).find(a_national_id(2)) == []
    assert connect(LIBRARY).find(a_card_number(2)) == []


def test_a_senseless_identifier_is_refused(connect: Connect) -> None:
    with pytest.raises(RefusedError):
        connect(LIBRARY).find("L0000001")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"card_number": a_card_number(3, OTHER_LIBRARY)}, Answer.NUMBER_NOT_RESERVED),
        ({"card_number": a_card_number(4)}, Answer.CARD_IN_USE),
        ({"card_number": a_card_number(5), "index": 4}, Answer.ALREADY_IN_REGISTRY),
        ({"name": None}, Answer.REFUSED),
    ],
    ids=["another_librarys_number", "number_in_use", "person_there", "no_name"],
)
def test_creation_is_refused_for(connect: Connect, changes, answer: Answer) -> None:
    registry = connect(LIBRARY)
    registry.create(an_upload(4))
    changes = dict(changes)

    result = registry.create(an_upload(changes.pop("index", 3), **changes))

    assert result is answer


def test_an_update_changes_card_and_pin_and_keeps_what_is_not_sent(connect: Connect) -> None:
    registry = connect(LIBRARY)
    registry.create(an_upload(6))

    changed = registry.update(
        a_card_number(6), RegistryUpload(a_national_id(6), card_number=a_card_number(60))
    )

    (person,) = registry.find(a_national_id(6))
    assert changed is Answer.DONE
    assert person[:3] == (a_card_number(60), a_national_id(6), wire("1234"))
    assert registry.find(a_card_number(6)) == []


@pytest.mark.parametrize(
    ("address", "changes", "answer"),
    [
        (a_card_number(79), {}, Answer.NOT_FOUND),
        (a_card_number(8), {}, Answer.OTHER_PERSON),
        (a_card_number(7), {"card_number": a_card_number(8)}, Answer.CARD_IN_USE),
        (a_card_number(7), {"card_number": "N900000000"}, Answer.NUMBER_NOT_RESERVED),
    ],
    ids=["unknown_card", "another_person", "number_in_use", "number_of_no_series"],
)
def test_an_update_is_refused_for(connect: Connect, address, changes, answer) -> None:
    registry = connect(LIBRARY)
    registry.create(an_upload(7))
    registry.create(an_upload(8))

    result = registry.update(address, an_upload(7, **({"card_number": None} | changes)))

    assert result is answer


def test_an_update_relates_and_a_relation_is_removed_once(connect: Connect) -> None:
    connect(LIBRARY).create(an_upload(9))
    other = connect(OTHER_LIBRARY)

    assert other.remove_relation(a_card_number(9)) is Answer.NOT_RELATED
    assert other.update(a_card_number(9), RegistryUpload(a_national_id(9))) is Answer.DONE
    assert other.remove_relation(a_card_number(9)) is Answer.DONE
    assert other.remove_relation(a_card_number(9)) is Answer.NOT_RELATED
    assert other.remove_relation(a_card_number(99)) is Answer.NOT_FOUND
    assert len(other.find(a_national_id(9))) == 1


def test_the_feed_tells_of_every_change_and_of_the_registrys_time(connect: Connect) -> None:
    registry = connect(LIBRARY)
    registry.create(an_upload(10))
    feed = registry.changes_since(ALWAYS)

    told = [one for one in feed if one.national_id == a_national_id(10)]

    assert [one.card_number for one in told] == [a_card_number(10)]
    assert feed.server_time is not None
    assert told[0].changed_at <= feed.server_time.isoformat()


def test_a_feed_from_the_future_is_empty_and_still_has_a_time(connect: Connect) -> None:
    feed = connect(LIBRARY).changes_since(datetime(2999, 1, 1))  # noqa: DTZ001

    assert list(feed) == []
    assert feed.server_time is not None
