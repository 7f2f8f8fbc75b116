"""
Whatever is sent, the answer is one that the app's own OpenAPI document foretells, and never a 500.

`PATRON_SYNC_API_EXAMPLES` sets how many requests each operation gets of each kind (default 8).
"""

from __future__ import annotations

import itertools
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.cms.conftest import BRANCHES, PASSWORD, USER, Site
from tests.factories import LIBRARY, OTHER_LIBRARY, a_national_id

EXAMPLES = int(os.environ.get("PATRON_SYNC_API_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
AGENCY, ELSEWHERE = f"NO-{LIBRARY}", f"NO-{OTHER_LIBRARY}"
LEAVE: Any = object()
NASTY = [
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e\u200b", "9" * 5000, "é" * 300,
    10**30, 10**400, -1, 0, 2**63 - 1, 2**63, 1.5, 1e308, True, None, [], {}, [None], "٤٧١٩",
    "0000-00-00", "2026-02-30", "N1050000\n",
]  # fmt: skip
RAW = [
    b"", b"\x00", b'"\x00"', rb'"\u0000"', rb'"\ud800"', b"\xff\xfe", b"\xed\xa0\x80", b"9" * 5000,
    b"-", b"NaN", b"1e999", b"null", b"[" * 20_000, b'{"a":' * 5000, b'{"username": NaN}', b'"',
    b'""', b"{}", b"true", b"[true]", b"0.5",
]  # fmt: skip
NASTY_PATHS = [
    "%00", "%ED%A0%80", "%FF", "-1", "0", "1e3", "9" * 30, "9" * 5000, "%D9%A4", "+1", "1%2F2",
    "%0A", "..", "1;x", "",
]  # fmt: skip
_numbers = itertools.count(5000)


class Known:
    """What a patron of the library has, so that requests reach beyond the first check."""

    def __init__(self, site: Site) -> None:
        self.index = next(_numbers)
        self.patron_id = site.created(self.index)
        self.card = site.card(self.patron_id)
        self.guardian = a_national_id(next(_numbers))
        child = site.call("POST", "/withGuardian/v4", json={
            "name": "Barn", "personId": a_national_id(next(_numbers)), "pincode": "4071",
            "preferredPickupBranch": AGENCY, "guardian": {
                "name": "Voksen", "personIdentifier": self.guardian, "email": "v@example.org"},
        })  # fmt: skip
        assert child.status_code == 200, child.text
        self.child = child.json()

    def of(self, name: str) -> Callable[[], Any]:
        """A value that fits a field of this name."""
        person = a_national_id(self.index)
        fits: dict[str, Callable[[], Any]] = {
            "personIdentifier": lambda: a_national_id(next(_numbers)),
            "personId": lambda: a_national_id(next(_numbers)),
            "guardianPersonId": lambda: self.guardian,
            "libraryCardNumber": lambda: self.card, "identifier": lambda: self.card,
            "pincode": lambda: "4071", "preferredPickupBranch": lambda: BRANCHES[0]["id"],
            "username": lambda: USER, "password": lambda: PASSWORD, "patronId": lambda: self.child,
            "email": lambda: "v@example.org", "emailAddress": lambda: "v@example.org",
            "phoneNumber": lambda: "+4700000001", "mobilePhoneNumber": lambda: "+4700000001",
            "blockedReason": lambda: "O", "blockedSince": lambda: "2026-01-31",
            "from": lambda: "2026-01-31", "to": lambda: "2026-02-28", "name": lambda: "Voksen",
            "preferredLanguage": lambda: "nb", "person": lambda: person,
        }  # fmt: skip
        return fits.get(name, lambda: LEAVE)

    def bare(self, operation: Any) -> Any:
        """A body that is no object, where an operation takes one."""
        if "guardian" in operation.path:
            return self.guardian
        if "patronId" in operation.path:
            return self.patron_id
        return self.card

    def filled(self, value: Any, draw: Callable[..., Any], nasty: int, name: str = "") -> Any:
        """Put known values, or ``nasty`` times in ten nasty ones, in place of generated ones."""
        if draw(st.integers(1, 10)) <= nasty:
            return draw(st.sampled_from(NASTY))
        if isinstance(value, dict):
            return {key: self.filled(one, draw, nasty, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one, draw, nasty, name) for one in value]
        known = self.of(name)()
        return value if known is LEAVE else known


@pytest.fixture
def schema(app: Any) -> Any:
    load_all_checks()
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        yield result.ok()


def place(case: Any, draw: Callable[..., Any], known: Known) -> None:
    """Mostly ask for somebody who is there."""
    if "agencyid" in case.path_parameters:
        agency = draw(st.sampled_from([AGENCY] * 8 + [ELSEWHERE, LEAVE]))
        case.path_parameters["agencyid"] = (
            case.path_parameters["agencyid"] if agency is LEAVE else agency
        )
    if "key" in case.path_parameters:
        case.path_parameters["key"] = draw(
            st.sampled_from(["loaner.guardianVisibility.enabled", case.path_parameters["key"]])
        )
    if "patronid" in case.path_parameters:
        them = [known.child if "guardian" in case.operation.path else known.patron_id] * 8
        patron = draw(st.sampled_from([*them, 2**63 - 1, LEAVE]))
        case.path_parameters["patronid"] = (
            case.path_parameters["patronid"] if patron is LEAVE else patron
        )


def fill_as_documented(case: Any, draw: Callable[..., Any], known: Known) -> None:
    place(case, draw, known)
    if isinstance(case.body, dict | list):
        case.body = known.filled(case.body, draw, nasty=0)
    elif isinstance(case.body, str | int) and not isinstance(case.body, bool):
        case.body = known.bare(case.operation)


def fill_nearly(case: Any, draw: Callable[..., Any], known: Known) -> None:
    place(case, draw, known)
    if case.method in {"POST", "PUT"}:
        raw = draw(st.sampled_from([LEAVE] * 30 + RAW))
        body = None if case.body is NOT_SET else case.body
        # As bytes, because schemathesis itself cannot look at lone surrogates.
        case.body = json.dumps(known.filled(body, draw, nasty=1)).encode() if raw is LEAVE else raw
        case.media_type = "application/json"


KINDS = {
    "as documented": (GenerationMode.POSITIVE, fill_as_documented),
    "nearly": (GenerationMode.POSITIVE, fill_nearly),
    "not as documented": (GenerationMode.NEGATIVE, place),
}


def drive(operation: Any, kind: str, site: Site) -> tuple[list[str], set[int]]:
    """Send so many requests of a kind; return what was not documented, and the statuses."""
    mode, fill = KINDS[kind]
    known = Known(site)
    problems: list[str] = []
    statuses: set[int] = set()

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Any, data: Any) -> None:
        fill(case, data.draw, known)
        answer = case.call(headers=site.headers)
        statuses.add(answer.status_code)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            problems.extend(f"{operation.label}: {one!r} {case.body!r:.300}"
                            for one in failures.exceptions)  # fmt: skip

    ask()
    return problems, statuses


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_documented(kind: str, schema: Any, site: Site) -> None:
    problems: list[str] = []
    statuses: dict[str, set[int]] = defaultdict(set)
    for operation in operations(schema):
        if kind == "not as documented" and not (operation.body or operation.query):
            continue  # paths alone; they are tried below
        found, seen = drive(operation, kind, site)
        problems += found
        statuses[operation.label] |= seen

    assert problems == []
    seen_at_all = set().union(*statuses.values())
    if kind != "as documented":
        assert 400 in seen_at_all
    else:
        assert seen_at_all >= {200, 204, 404}
        unreached = {label for label, seen in statuses.items() if not seen & {200, 204}}
        assert unreached == set()


@pytest.mark.parametrize("part", NASTY_PATHS)
def test_no_path_breaks_the_server(part: str, site: Site) -> None:
    for path in (f"/{part}/v4", f"/person/{part}/v4", f"/consent/{part}/v1", f"/{part}", part):
        for method in ("GET", "DELETE"):
            answer = site.call(method, path)
            assert answer.status_code in {400, 404, 405}, (method, path)
            assert set(answer.json()) == {
                "correlationId", "errorCode", "message", "validationErrors",
            }  # fmt: skip
    for path in (f"/{part}/branches", f"/{AGENCY}/configuration/{part}"):
        answer = site.http.get(f"/rest/external/v1{path}", headers=site.headers)
        assert answer.status_code in {400, 403, 404}


@pytest.mark.parametrize("key", ["", "\x00", "é", "x" * 5000, "Bearer a b"], ids=ascii)
def test_no_session_key_breaks_the_server(key: str, site: Site) -> None:
    answer = site.call("GET", "/languages/v1", headers={"X-Session": key.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.json()["errorCode"] == "SESSION_INVALID"
