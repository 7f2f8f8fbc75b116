"""Consents, cards, and what a library offers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cms.conftest import Site
from tests.factories import a_card_number

REGISTRY, HISTORY = "SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"


def today() -> str:
    return datetime.now(ZoneInfo("Europe/Oslo")).date().isoformat()


@pytest.mark.parametrize(
    ("path", "consent_type"), [("nationalregistry", REGISTRY), ("historicaldata", HISTORY)]
)
def test_a_consent_is_given_listed_and_withdrawn(site: Site, path: str, consent_type: str) -> None:
    patron_id = site.created(0)
    url = f"/{patron_id}/updateconsent/{path}/v2"
    given = [{"consentType": consent_type, "consentDate": today()}]

    assert site.call("GET", f"/consent/{patron_id}/v1").json() == []
    for _ in range(2):
        assert site.call("PUT", url, json={"consent": True}).json() == given
        assert site.call("GET", f"/consent/{patron_id}/v1").json() == given
    for _ in range(2):
        assert site.call("PUT", url, json={"consent": False}).json() == []
        assert site.call("GET", f"/consent/{patron_id}/v1").json() == []


@pytest.mark.parametrize(
    ("path", "flag"),
    [
        ("nationalregistry", "hasNationalRegistrySynchronizationConsent"),
        ("historicaldata", "keepLoanHistoricalData"),
    ],
)
def test_the_first_version_takes_a_bare_flag(site: Site, path: str, flag: str) -> None:
    url = f"/{site.created(0)}/updateconsent/{path}/v1"

    for value in (True, False):
        told = site.call("PUT", url, json=value).json()
        assert (told["authenticateStatus"], told["patron"][flag]) == ("VALID", value)
    nonsense: Any
    for nonsense in ("true", 1, None, {}):
        assert site.call("PUT", url, json=nonsense).status_code == 400


def test_withdrawal_drops_what_waits(site: Site, db) -> None:
    patron_id = site.created(0, nationalRegistryConsent=True)
    count = "select count(*) from patron_sync.pending"
    assert db.execute(count).fetchone() == (1,)

    site.call("PUT", f"/{patron_id}/updateconsent/nationalregistry/v2", json={"consent": False})

    assert db.execute(count).fetchone() == (0,)
    kept = db.execute(
        "select given_through, withdrawn_through, withdrawn_by from cicero.consent"
    ).fetchall()
    assert kept == [("cms_api", "cms_api", "patron")]


def test_cards_are_listed_until_they_are_replaced(site: Site, cicero) -> None:
    patron_id = site.created(0)
    first = site.card(patron_id)
    cicero.add_card(patron_id, "12345", kind="local")
    cicero.change_card(patron_id, a_card_number(7))

    cards = site.call("GET", f"/{patron_id}/identifiers/v1").json()

    assert cards == [
        {
            "identifier": number, "identifierType": "LIBRARY_CARD", "status": "ACTIVE",
            "description": description, "expiryDate": None,
        }
        for number, description in (
            (a_card_number(7), "National card"), ("12345", "Local card"),
        )
    ]  # fmt: skip
    assert first not in str(cards)


def test_a_card_is_blocked_and_stays_listed(site: Site) -> None:
    patron_id = site.created(0)
    card = site.card(patron_id)

    for _ in range(2):
        answer = site.call("PUT", f"/{patron_id}/identifiers/block/v1", json={"identifier": card})
        assert (answer.status_code, answer.content) == (204, b"")

    (told,) = site.call("GET", f"/{patron_id}/identifiers/v1").json()
    assert (told["identifier"], told["status"]) == (card, "BLOCKED")


def test_only_the_patrons_own_card_is_blocked(site: Site) -> None:
    patron_id, theirs = site.created(0), site.card(site.created(1))

    for card in (theirs, "unknown"):
        answer = site.call("PUT", f"/{patron_id}/identifiers/block/v1", json={"identifier": card})
        assert (answer.status_code, answer.json()["errorCode"]) == (404, "CARD_NOT_FOUND")


def test_a_library_tells_what_it_offers(site: Site, other_site: Site) -> None:
    branches = "/rest/external/v1/NO-{}/branches"
    here = site.http.get(
        branches.format("2030000"), params={"exclude": ["NO-2030001", "X"]}, headers=site.headers
    )
    there = site.http.get(branches.format("2040000"), headers=other_site.headers)
    unknown = site.http.get(
        "/rest/external/v1/NO-2030000/configuration/other", headers=site.headers
    )

    assert here.json() == [{"branchId": "NO-2030000", "title": "Hovedbiblioteket"}]
    assert there.json() == []
    assert unknown.status_code == 404
    assert site.call("GET", "/languages/v1").json() == ["nb", "nn", "en"]
    assert site.call("GET", "/notificationprotocols/v1").json() == []
