"""Cicero as a source of data syncs: ``data_sync/list_cicero_patrons`` and the client on it."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from registry_operators.clients.cicero_client import CiceroClient
from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.domain.sync.record_path import compile_path
from registry_operators.errors import ConfigurationError, UnavailableError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.connections import ConnectionFields
from registry_operators.settings.ils_connections import make_client
from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_national_id, a_patron

ALL = IlsQuery(frozenset())
SETTINGS = {
    "emailAddresses": [
        {"emailAddress": "nora@example.org", "receiveNotification": False},
        {"emailAddress": "nora@example.net", "receiveNotification": True},
    ],
    "phoneNumbers": [{"phoneNumber": "+4790000001", "receiveNotification": True}],
    "preferredPickupBranch": "NO-2030000", "preferredLanguage": "nn", "interests": ["fiction"],
    "receivePostalMail": False,
}  # fmt: skip
ADDRESS = {"street": "Storgata 1", "postalCode": "9999", "city": "Fjordby", "country": "NO"}


@pytest.fixture
def nora(world: World) -> int:
    """A patron with two cards in force, one that was replaced, details and a consent."""
    patron_id = world.cicero.add(a_patron(0, local_card="L-17", surname="Nyberg"))
    world.cicero.change_card(patron_id, a_card_number(40))
    world.cicero.db.execute(
        "insert into cicero.patron_detail (patron_id, born_on, address, settings)"
        " values (%s, '2004-03-19', %s, %s)",
        [patron_id, json.dumps(ADDRESS), json.dumps(SETTINGS)],
    )
    return patron_id


def listed(ledger: Ledger, **changes: Any) -> list[Any]:
    asked = {"library": LIBRARY, "after_id": 0, "page_size": 10} | changes
    rows = ledger.rows("data_sync/list_cicero_patrons", **asked)
    assert ledger.rows("data_sync/list_cicero_patrons", **asked) == rows
    return rows


def values(record: dict[str, Any], name: str) -> Any:
    field = load_catalogue("cicero").find(name)
    assert field is not None
    return compile_path(field.path)(record)


def test_every_field_of_the_catalogue_is_there(world: World, nora: int) -> None:
    [row] = listed(world.ledger)
    found = {name: values(row.record, name) for name in load_catalogue("cicero").fields}

    assert found.pop("created_at")[0].endswith("Z")
    assert found == {
        "patron_id": [nora], "library": [LIBRARY], "surname": ["Nyberg"],
        "first_name": [a_patron(0).first_name], "born_on": ["2004-03-19"],
        "created_by": ["librarian"], "emails": ["nora@example.org", "nora@example.net"],
        "preferred_email": ["nora@example.net"], "phones": ["+4790000001"],
        "preferred_phone": ["+4790000001"], "street": ["Storgata 1"], "postal_code": ["9999"],
        "city": ["Fjordby"], "country": ["NO"], "pickup_branch": ["NO-2030000"],
        "language": ["nn"], "interests": ["fiction"], "receives_postal_mail": [False],
        "is_blocked": [False], "national_card": [a_card_number(40)], "local_cards": ["L-17"],
        "cards": [a_card_number(40), "L-17"], "consents": ["SYNC_WITH_NATIONAL_REGISTRY"],
    }  # fmt: skip


def test_pin_and_national_id_never_come(world: World, nora: int) -> None:
    text = json.dumps(listed(world.ledger)[0].record)

    assert a_national_id(0) not in text
    assert not [name for name in ("pin", "national_id", "person_key") if f'"{name}' in text]


def test_list_cicero_patrons_has_keys_without_values_of_who_has_nothing(world: World) -> None:
    patron = a_patron(1, national_id=None, card=None, pin=None, consent=False)
    patron_id = world.cicero.add(patron)
    world.cicero.db.execute("update cicero.patron set name_origin = 'unknown'")

    [row] = listed(world.ledger)

    kept = ("patron_id", "library", "created_at", "created_by", "is_blocked")
    names = [name for name in load_catalogue("cicero").fields if name not in kept]
    found = {name: values(row.record, name) for name in names}
    assert found == {name: [] for name in names}
    assert row.patron_id == patron_id


def test_a_consent_that_was_withdrawn_is_none(world: World) -> None:
    world.cicero.add(a_patron(2, withdrawn=True))

    assert listed(world.ledger)[0].record["consents"] == []


def test_pages_follow_each_other_within_a_library(world: World) -> None:
    ids = [world.cicero.add(a_patron(index)) for index in range(5)]
    world.cicero.add(a_patron(9, library=OTHER_LIBRARY))

    rows = listed(world.ledger, page_size=2, after_id=ids[1])

    assert [row.patron_id for row in rows] == ids[2:4]


class TestClient:
    @pytest.mark.parametrize("page_size", [2, 4, 5])
    def test_everybody_of_the_library_comes_once(self, world, database_url, page_size) -> None:
        ids = [world.cicero.add(a_patron(index)) for index in range(4)]
        world.cicero.add(a_patron(9, library=OTHER_LIBRARY))
        client = CiceroClient(lambda: Ledger.connect(database_url), LIBRARY, page_size=page_size)

        pages = list(client.pages(ALL))
        rest = list(client.pages(ALL, pages[0].cursor))

        assert [one["patron_id"] for page in pages for one in page.records] == ids
        assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
        assert [one["patron_id"] for page in rest for one in page.records] == ids[page_size:]

    def test_a_connection_leads_to_it(self, world: World, database_url: str) -> None:
        world.cicero.add(a_patron(0))
        client = make_client("cicero", a_connection(database_url))

        client.check()

        assert [len(page.records) for page in client.pages(ALL)] == [1]
        assert (client.count(ALL), client.extra_fields()) == (None, [])

    def test_an_account_that_only_reads_is_enough(self, world, database_url, db) -> None:
        world.cicero.add(a_patron(0))

        def connect() -> Ledger:
            return Ledger(
                psycopg.connect(database_url, options="-c default_transaction_read_only=on")
            )

        assert len(list(CiceroClient(connect, LIBRARY).pages(ALL))) == 1

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"extra": {}}, "extra library"),
            ({"extra": {"library": "12"}}, "extra library"),
            ({"host": "", "extra": {"library": LIBRARY}}, "host or schema"),
            ({"path": ""}, "host or schema"),
        ],
    )
    def test_a_connection_that_says_too_little_is_told(self, changes, told) -> None:
        fields = {"conn_id": "c", "host": "db", "path": "x", "extra": {"library": LIBRARY}}

        with pytest.raises(ConfigurationError, match=told):
            make_client("cicero", ConnectionFields(**(fields | changes)))

    def test_a_database_that_is_away_is_unavailable(self) -> None:
        fields = ConnectionFields(
            "c", host="127.0.0.1", port=1, path="x", login="a", password="p w",
            extra={"library": LIBRARY},
        )  # fmt: skip

        with pytest.raises(UnavailableError) as caught:
            make_client("cicero", fields).check()
        assert "p w" not in str(caught.value)


def a_connection(url: str) -> ConnectionFields:
    parts = conninfo_to_dict(url)
    host = str(parts.get("host") or "")
    is_folder = host.startswith("/")
    return ConnectionFields(
        "cicero_fjordby",
        "postgres",
        host="" if is_folder else host,
        port=int(str(parts["port"])) if parts.get("port") else None,
        path=str(parts["dbname"]),
        login=str(parts.get("user") or ""),
        password=str(parts.get("password") or ""),
        extra={"library": LIBRARY} | ({"host": host} if is_folder else {}),
    )
