"""Unmistakable people go through every route and error: logs and error bodies hold none of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cms.foreign_client import ApiError, ForeignClient
from tests.cms.live_world import PASSWORD, SETTINGS, USER, LiveWorld
from tests.factories import LIBRARY, wire
from tests.faults.canaries import FIRST_NAMES, SURNAMES, WRONG_NATIONAL_ID, Canary, Search, a_canary

PEOPLE = [a_canary(number) for number in range(20, 30)]
KNOWN, UNKNOWN, CHILD, GUARDIAN, HEIR, TWICE, LOCKED, NOBODY, REFUSED, _ = PEOPLE
SEARCH = Search(PEOPLE)
MAIL, PHONE = f"{FIRST_NAMES[0]}@example.org".lower(), "+4790907070"
OWN = re.compile("|".join(map(re.escape, (MAIL, PHONE[3:], PASSWORD))), re.IGNORECASE)
PINS = "|".join(pin for one in PEOPLE for pin in (one.pin, one.new_pin))
BARE_PIN = re.compile(rf"(?<![0-9a-f-])(?:{PINS})(?![0-9a-f-])")
PLANTED = (
    KNOWN.national_id, SURNAMES[0].upper(), MAIL, PHONE, wire(UNKNOWN.pin), PASSWORD,
    f'"pincode": "{KNOWN.pin}"', f"card {KNOWN.card}",
)  # fmt: skip
CONTACT: dict[str, Any] = SETTINGS | {
    "emailAddresses": [{"emailAddress": MAIL, "receiveNotification": True}],
    "phoneNumbers": [{"phoneNumber": PHONE, "receiveNotification": True}],
}


class Recorder:
    """A site that tries on after every refusal, and keeps what the refusals said."""

    def __init__(self, site: ForeignClient) -> None:
        self.site = site
        self.errors: list[str] = []
        self.statuses: set[int] = set()
        self.routes = 0
        site.http.hooks["response"].append(self._keep)

    def _keep(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        self.statuses.add(answer.status_code)
        self.routes += 1
        head = f"{answer.status_code} {dict(answer.headers)}"
        body = answer.text if answer.status_code >= 400 else ""
        self.errors.append(f"{head}\n{body}")

    def tries(self, call: Callable[..., Any], *args: Any, **how: Any) -> Any:
        try:
            return call(*args, **how)
        except ApiError:
            return None


def a_guardian(one: Canary, **changes: Any) -> dict[str, Any]:
    name = f"{FIRST_NAMES[1]} {SURNAMES[1]}"
    return {
        "name": name, "personIdentifier": one.national_id, "email": MAIL,
        "mobilePhoneNumber": PHONE, "address": {
            "street": f"{SURNAMES[2]} 1", "coName": None, "postalCode": "0001",
            "city": SURNAMES[2], "country": "NO", "district": None, "subDistrict": None},
    } | changes  # fmt: skip


def creations(told: Recorder, live: LiveWorld) -> dict[Canary, int]:
    """Every way in, and every way to be refused."""
    site, tries = told.site, told.tries
    name = f"{SURNAMES[0]}, {FIRST_NAMES[0]}"
    live.put(KNOWN.national_id, KNOWN.card, KNOWN.pin, navn=name, epost=MAIL)
    known = site.create(KNOWN.national_id, CONTACT, nationalRegistryConsent=True)
    unknown = site.create(
        UNKNOWN.national_id, CONTACT, nationalRegistryConsent=True, pincode=UNKNOWN.pin
    )
    kept = {
        "pincode": CHILD.pin,
        "nationalRegistryConsent": True,
        "preferredPickupBranch": NOBODY.card,
    }
    tries(site.create_child, CHILD.national_id, a_guardian(GUARDIAN), **kept)
    kept["preferredPickupBranch"] = f"NO-{LIBRARY}"
    child = site.create_child(CHILD.national_id, a_guardian(GUARDIAN), **kept)
    tries(site.create_child, CHILD.national_id, a_guardian(GUARDIAN), **kept)
    tries(site.create_child, GUARDIAN.national_id, a_guardian(GUARDIAN), **kept)
    wrong = a_guardian(GUARDIAN, email=SURNAMES[0], mobilePhoneNumber=PHONE * 2)
    tries(site.create_child, HEIR.national_id, wrong, **kept)
    tries(site.create, WRONG_NATIONAL_ID, CONTACT, pincode=NOBODY.pin)
    tries(site.create, NOBODY.national_id, CONTACT, pincode=f"{NOBODY.pin}{NOBODY.card}")
    tries(site.create, NOBODY.national_id, {SURNAMES[0]: NOBODY.national_id})
    for field in ("preferredPickupBranch", "preferredLanguage", "onHold", "emailAddresses"):
        tries(site.create, NOBODY.national_id, CONTACT | {field: SURNAMES[1]})
    live.registry.admin.set_faults({"dial": "server_error", "operation": "hent"})
    tries(site.create, REFUSED.national_id, CONTACT, nationalRegistryConsent=True)
    live.registry.admin.set_faults({"dial": "truncated_page", "operation": "hent"})
    tries(site.create, KNOWN.national_id, CONTACT, nationalRegistryConsent=True)
    live.registry.admin.clear_faults()
    with ThreadPoolExecutor(6) as pool:
        same = [pool.submit(tries, site.create, TWICE.national_id, CONTACT, pincode=TWICE.pin)
                for _ in range(6)]  # fmt: skip
    assert len([one for one in same if one.result()]) == 1
    return {KNOWN: known["patronId"], UNKNOWN: unknown["patronId"], CHILD: child}


def visits(told: Recorder, one: Canary, patron_id: int) -> None:
    """Everything that is done with a patron, right and wrong."""
    site, tries = told.site, told.tries
    card = site.card(patron_id)
    for name in (card, one.national_id, NOBODY.card, NOBODY.national_id, SURNAMES[0]):
        for pin in (one.pin, NOBODY.pin, one.national_id, wire(one.pin)):
            tries(site.authenticate, name, pin)
        tries(site.preauthenticated, name)
    for version in (9, 10):
        tries(site.authenticate, card, {"pin": one.pin}, version)
    tries(site.preauthenticated_by_id, patron_id)
    tries(site.patron, patron_id)
    tries(site.person, patron_id)
    tries(site.update, patron_id, patron=CONTACT)
    tries(site.update, patron_id, patron=CONTACT | {"onHold": {"from": one.national_id}})
    for name, pin in ((card, one.new_pin), (one.national_id, one.new_pin),
                      (NOBODY.card, one.new_pin), (card, f"{one.new_pin}0")):  # fmt: skip
        tries(site.change_pin, patron_id, name, pin)
    tries(site.children, GUARDIAN.national_id)
    tries(site.children, HEIR.national_id)
    tries(site.update_child, patron_id, GUARDIAN.national_id, patron=CONTACT)
    tries(site.update_child, patron_id, HEIR.national_id, patron=CONTACT)
    tries(site.other_guardian, patron_id, a_guardian(HEIR))
    tries(site.other_guardian, patron_id, a_guardian(HEIR, personIdentifier=WRONG_NATIONAL_ID))
    for wanted in (True, False, True):
        tries(site.consent, patron_id, wanted)
        tries(site.consent_v1, patron_id, wanted, "historicaldata")
    tries(site.consent, patron_id, one.national_id)
    tries(site.consents, patron_id)
    tries(site.block, patron_id, NOBODY.card)


def misuse(told: Recorder) -> None:
    """Personal data where none belongs: paths, queries, headers, bodies that cannot be read."""
    site, tries = told.site, told.tries
    for one in (KNOWN.national_id, SURNAMES[0], KNOWN.card, MAIL, f"{KNOWN.national_id}/{PHONE}"):
        for path in (
            f"/{one}/v4", f"/person/{one}/v4", f"/consent/{one}/v1", f"/{one}",
            f"/{one}/identifiers/v1", f"/languages/v1?who={one}", f"/v10/{one}",
        ):  # fmt: skip
            tries(site.patrons, "GET", path)
            tries(site.patrons, "PATCH", path)
        tries(site.setting, one)
        tries(site.branches, [one])
        tries(site.patrons, "POST", "/v10", raw=f'{{"personIdentifier": "{one}"')
        tries(site.patrons, "POST", "/v10", raw=f"{one}\x00" * 9000)
        tries(site.patrons, "PUT", "/1/v8", json=[one])
        for header in ("X-Session", "Content-Type", "Accept", "User-Agent", "Expect"):
            site.http.get(f"{site.base}/external/{site.agency}/patrons/1/v4", timeout=60,
                          headers={header: one.encode()})  # fmt: skip
        agency, site.agency = site.agency, one
        tries(site.log_in)
        tries(site.patron, 1)
        site.agency = agency
        user, site.user = site.user, one
        tries(site.log_in)
        site.user, site.password = user, one
        tries(site.log_in)
        site.password = PASSWORD
    assert site.user == USER


@pytest.fixture
def told(live: LiveWorld) -> Recorder:
    site = live.server.site()
    site.log_in()
    return Recorder(site)


def found(where: str, text: str) -> list[Any]:
    return [*SEARCH.text(where, text), *OWN.findall(text)]


def test_nothing_of_a_person_is_in_logs_errors_and_trail(told: Recorder, live: LiveWorld) -> None:
    patrons = creations(told, live)
    for one, patron_id in patrons.items():
        visits(told, one, patron_id)
    live.world.push()
    live.world.pull()
    for patron_id in patrons.values():
        told.tries(told.site.delete, patron_id)
        told.tries(told.site.patron, patron_id)
    misuse(told)
    live.world.push()

    assert told.routes > 300
    assert told.statuses >= {200, 204, 400, 401, 403, 404, 405, 409, 503}
    assert 500 not in told.statuses
    log = live.server.log()
    assert log.count("route=") > 300
    assert "Traceback" not in log
    assert found("errors", "\n".join(told.errors)) == []
    assert BARE_PIN.findall("\n".join(told.errors)) == []
    assert found("log", log) == []
    assert told.site.session_key not in log
    assert SEARCH.ledger(live.db) == []
    tables = live.db.execute(
        "select string_agg(format('select one::text from cms_api.%I as one', tablename), "
        "' union all ') from pg_tables where schemaname = 'cms_api'"
    ).fetchone()
    assert tables is not None
    for (row,) in live.db.execute(tables[0]):
        assert found("cms_api", row) == []
    (folder,) = live.db.execute("select current_setting('data_directory')").fetchone() or ("",)
    assert found("PostgreSQL's log", (Path(folder) / "log").read_text("utf-8")) == []


@pytest.mark.parametrize("text", PLANTED)
def test_the_search_finds_what_is_planted(text: str) -> None:
    assert found("planted", f"12:00 INFO something {text} happened")
