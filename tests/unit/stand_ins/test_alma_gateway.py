"""The key, the limits, and the envelope of errors."""

import re
from collections.abc import Iterator

import pytest
import requests
from lxml import etree

from stand_ins.alma.process import serving_alma
from tests.unit.stand_ins.alma_caller import KEY, Caller

NAMESPACE = {"x": "http://com/exlibris/urm/general/xmlbeans"}
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def alma() -> Iterator[Caller]:
    with serving_alma(20, per_second=0) as running:
        yield Caller(running)


def test_the_key_comes_in_the_header_or_in_the_query(alma: Caller) -> None:
    url = f"{alma.alma.api}/users"

    assert alma.get().status_code == 200
    assert requests.get(url, params={"apikey": KEY}, headers=JSON, timeout=30).status_code == 200
    assert alma.get("/users/operation/test").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "apikey wrong"},
                                     {"Authorization": f"Bearer {KEY}"}])  # fmt: skip
def test_a_wrong_key_is_refused(alma: Caller, headers: dict[str, str]) -> None:
    answer = requests.get(f"{alma.alma.api}/users", headers=JSON | headers, timeout=30)

    assert answer.status_code == 403
    assert answer.json()["errorList"]["error"][0]["errorCode"] == "INVALID_REQUEST"


def test_a_key_without_the_area_is_refused_with_a_400() -> None:
    with serving_alma(5, no_permission=True) as running:
        assert Caller(running).error() == (400, "UNAUTHORIZED")


def test_an_error_has_an_envelope_and_the_gateways_headers(alma: Caller) -> None:
    answer = alma.get("/users/nobody")

    body = answer.json()
    [error] = body["errorList"]["error"]
    assert (answer.status_code, body["errorsExist"], body["result"]) == (400, True, None)
    assert error["errorCode"] == "401861"
    assert error["errorMessage"] == "User with identifier nobody was not found."
    assert re.fullmatch(r"E01-\d+-AWAE\d+", error["trackingId"])
    assert answer.headers["server"] == "Layer7-API-Gateway"
    assert answer.headers["x-request-id"]


def test_the_error_may_be_an_object_and_the_flag_a_text() -> None:
    with serving_alma(5, is_single_error=True, is_errors_flag_text=True) as running:
        body = Caller(running).get("/users/nobody").json()

    assert body["errorsExist"] == "true"
    assert body["errorList"]["error"]["errorCode"] == "401861"


def test_an_error_is_xml_for_whoever_did_not_ask_for_json(alma: Caller) -> None:
    answer = alma.get("/users/nobody", headers={"Accept": "*/*"})

    root = etree.fromstring(answer.content)
    assert answer.headers["content-type"].startswith("application/xml")
    assert root.findtext(".//x:errorCode", namespaces=NAMESPACE) == "401861"


def test_the_gateway_may_speak_xml_to_everybody() -> None:
    with serving_alma(5, is_gateway_xml=True, no_permission=True) as running:
        answer = Caller(running).get()

    assert etree.fromstring(answer.content).findtext(
        ".//x:errorCode", namespaces=NAMESPACE
    ) == "UNAUTHORIZED"  # fmt: skip


def test_more_calls_than_allowed_in_a_second_are_a_429() -> None:
    with serving_alma(5, per_second=3) as running:
        alma = Caller(running)
        answers = [alma.get(limit=1) for _ in range(10)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
    assert refused
    assert "retry-after" not in refused[0].headers
    body = refused[0].json()
    assert body["errorList"]["error"][0]["errorCode"] == "PER_SECOND_THRESHOLD"
    assert body["result"] is None


def test_every_answer_says_what_is_left_of_the_day() -> None:
    with serving_alma(5, daily=3, per_second=0) as running:
        alma = Caller(running)
        answers = [alma.get("/users/nobody"), *(alma.get() for _ in range(3))]
        running.admin.set_clock(86_400)
        tomorrow = alma.get()

    assert [answer.headers["x-exl-api-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[-1].status_code == 429
    assert "DAILY_THRESHOLD" in answers[-1].text
    assert tomorrow.headers["x-exl-api-remaining"] == "2"


def test_another_path_is_not_found(alma: Caller) -> None:
    assert alma.get("/bibs").status_code == 404
    assert alma.get("/users/a/b/c").status_code == 404
