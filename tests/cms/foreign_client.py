"""
A client of Cicero's External API as a library's web site has one, written from the API's facts.

Nothing of the server is imported here. Like the clients that are in use it logs in by itself, tries
once more after a 401, sends bare strings without quotes, takes what it needs from an answer, and
passes over the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import requests

_TIMEOUT_S = 60
COMMON = {
    "patronId", "name", "birthday", "address", "secondaryAddress", "preferredPickupBranch",
    "preferredLanguage", "receivePostalMail", "guardianVisibility", "notificationProtocols",
    "onHold", "blockStatus", "allowBookings", "defaultInterestPeriod", "interests", "tags",
    "resident",
}  # fmt: skip
FLAT = {"emailAddress", "phoneNumber", "receiveEmail", "receiveSms"}
KEYS = {
    "PatronV7": COMMON | FLAT,
    "PatronV8": COMMON | FLAT | {
        "keepLoanHistoricalData", "hasNationalRegistrySynchronizationConsent"},
    "PersonPatronV4": COMMON | {"emailAddresses", "phoneNumbers", "patronNote"},
}  # fmt: skip
KEYS["PatronV9"] = KEYS["PatronV8"]
_NOT_SET: Any = object()


class ApiError(Exception):
    """An answer that is not a success: its status, its body as read, and its headers."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers

    @property
    def code(self) -> str | None:
        """The ``errorCode`` of the body, if it has one."""
        return self.body.get("errorCode") if isinstance(self.body, dict) else None


@dataclass(frozen=True, slots=True)
class LogIn:
    """What ``authenticate`` and ``preauthenticated`` say from v9 on."""

    status: str
    patron_id: int | None
    kind: str | None


@dataclass
class ForeignClient:
    """One web site; ``base`` ends where the documented paths begin."""

    base: str
    agency: str
    user: str
    password: str
    session_key: str = ""
    log_ins: int = 0
    http: requests.Session = field(default_factory=requests.Session)

    def log_in(self) -> str:
        """Get a session; a refusal is an `ApiError` with 403."""
        self.log_ins += 1
        path = f"/external/v1/{self.agency}/authentication/login"
        body = self._send(
            "POST", path, json={"username": self.user, "password": self.password}
        ).json()
        self.session_key = body["sessionKey"]
        return self.session_key

    def create(self, person_id: str, settings: dict[str, Any], **more: Any) -> dict[str, Any]:
        """``more`` is ``pincode``, ``nationalRegistryConsent``, ``blockStatusRequest``."""
        body = {"personIdentifier": person_id, "patron": settings, **more}
        return self._patron_of(self.patrons("POST", "/v10", json=body))

    def create_child(self, person_id: str, guardian: dict[str, Any], **more: Any) -> int:
        body = {"name": "Unknown Name", "personId": person_id, "guardian": guardian, **more}
        return int(self.patrons("POST", "/withGuardian/v4", json=body))

    def authenticate(self, card: Any, pin: Any, version: int = 10) -> LogIn:
        body = {"libraryCardNumber": card, "pincode": pin}
        return self._log_in_of(self.patrons("POST", f"/authenticate/v{version}", json=body))

    def preauthenticated(self, identifier: str) -> LogIn:
        return self._log_in_of(self.patrons("POST", "/preauthenticated/v10", raw=identifier))

    def preauthenticated_by_id(self, patron_id: int) -> LogIn:
        path = "/preauthenticated/patronId/v4"
        return self._log_in_of(self.patrons("POST", path, raw=str(patron_id)))

    def patron(self, patron_id: int) -> dict[str, Any]:
        return self._patron_of(self.patrons("GET", f"/{patron_id}/v4"))

    def person(self, patron_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.patrons("GET", f"/person/{patron_id}/v4")
        return found

    def update(self, patron_id: int, **parts: Any) -> None:
        """``parts`` is ``patron``, ``pincodeChange`` or both."""
        assert self.patrons("PUT", f"/{patron_id}/v8", json=parts) is None

    def change_pin(self, patron_id: int, card: str, pin: Any) -> None:
        self.update(patron_id, pincodeChange={"libraryCardNumber": card, "pincode": pin})

    def consent(
        self, patron_id: int, consent: bool, use: str = "nationalregistry"
    ) -> dict[str, str]:
        """Give or withdraw; return the consents that are given now, with their dates."""
        path = f"/{patron_id}/updateconsent/{use}/v2"
        return self._consents_of(self.patrons("PUT", path, json={"consent": consent}))

    def consent_v1(
        self, patron_id: int, consent: bool, use: str = "nationalregistry"
    ) -> dict[str, Any]:
        path = f"/{patron_id}/updateconsent/{use}/v1"
        return self._patron_of(self.patrons("PUT", path, raw="true" if consent else "false"))

    def consents(self, patron_id: int) -> dict[str, str]:
        return self._consents_of(self.patrons("GET", f"/consent/{patron_id}/v1"))

    def identifiers(self, patron_id: int) -> list[dict[str, Any]]:
        cards: list[dict[str, Any]] = self.patrons("GET", f"/{patron_id}/identifiers/v1")
        assert cards == sorted(cards, key=lambda one: str(one["identifierType"]))
        return cards

    def card(self, patron_id: int) -> str:
        (card,) = self.identifiers(patron_id)
        return str(card["identifier"])

    def block(self, patron_id: int, identifier: str) -> None:
        self.patrons("PUT", f"/{patron_id}/identifiers/block/v1", json={"identifier": identifier})

    def delete(self, patron_id: int) -> None:
        self.patrons("DELETE", f"/{patron_id}")

    def children(self, guardian_id: str) -> list[dict[str, Any]]:
        return [
            self._patron_of(one) for one in self.patrons("POST", "/guardian/v2", raw=guardian_id)
        ]

    def update_child(self, patron_id: int, guardian_id: str, **parts: Any) -> dict[str, Any]:
        body = {"guardianPersonId": guardian_id, **parts}
        return self._patron_of(self.patrons("PUT", f"/{patron_id}/guardian/v2", json=body))

    def other_guardian(self, patron_id: int, guardian: dict[str, Any]) -> int:
        body = {"guardian": guardian, "patronId": patron_id}
        return int(self.patrons("PUT", "/withGuardian/v2", json=body))

    def setting(self, key: str) -> str:
        return str(self.call("GET", f"/external/v1/{self.agency}/configuration/{key}"))

    def branches(self, exclude: Iterable[str] = ()) -> dict[str, str]:
        query = "&".join(f"exclude={one}" for one in exclude)
        found = self.call("GET", f"/external/v1/{self.agency}/branches?{query}")
        return {one["branchId"]: one["title"] for one in found}

    def words(self, name: str) -> list[Any]:
        """``languages`` or ``notificationprotocols``."""
        return list(self.patrons("GET", f"/{name}/v1"))

    def patrons(self, method: str, path: str, **body: Any) -> Any:
        return self.call(method, f"/external/{self.agency}/patrons{path}", **body)

    def call(self, method: str, path: str, *, json: Any = _NOT_SET, raw: str | None = None) -> Any:
        """Call anything with the session; after a 401 log in and try once more."""
        if not self.session_key:
            self.log_in()
        try:
            answer = self._send(method, path, json=json, raw=raw)
        except ApiError as error:
            if error.status != 401:
                raise
            self.log_in()
            answer = self._send(method, path, json=json, raw=raw)
        return None if answer.status_code == 204 else answer.json()

    def _send(
        self, method: str, path: str, *, json: Any = _NOT_SET, raw: str | None = None
    ) -> requests.Response:
        headers = {"Content-Type": "application/json", "X-Session": self.session_key}
        how: dict[str, Any] = {} if json is _NOT_SET else {"json": json}
        if raw is not None:
            how = {"data": raw.encode()}
        answer = self.http.request(
            method, self.base + path, headers=headers, timeout=_TIMEOUT_S, **how
        )
        if answer.status_code not in {200, 204}:
            raise ApiError(answer.status_code, _json_or_text(answer), answer.headers)
        if answer.status_code == 200:
            assert answer.headers["Content-Type"].startswith("application/json")
        return answer

    @staticmethod
    def _patron_of(answer: dict[str, Any]) -> dict[str, Any]:
        assert answer["authenticateStatus"] == "VALID"
        patron: dict[str, Any] = answer["patron"]
        return patron

    @staticmethod
    def _log_in_of(answer: dict[str, Any]) -> LogIn:
        return LogIn(answer["authenticateStatus"], answer["patronId"], answer["patronType"])

    @staticmethod
    def _consents_of(answer: list[dict[str, Any]]) -> dict[str, str]:
        return {one["consentType"]: one["consentDate"] for one in answer}


def _json_or_text(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def refusal(call: Any, *args: Any, **how: Any) -> ApiError:
    """The error of a call that has to be refused; its body has the documented form."""
    with pytest.raises(ApiError) as refused:
        call(*args, **how)
    body = refused.value.body
    assert set(body) == {"correlationId", "errorCode", "message", "validationErrors"}
    assert UUID(body["correlationId"])
    assert all(set(one) == {"field", "message"} for one in body["validationErrors"])
    return refused.value
