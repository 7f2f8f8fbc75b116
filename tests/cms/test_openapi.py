"""The document of the API, and the page made of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from starlette.testclient import TestClient

COMMON = {"400", "404", "405", "408", "413", "415", "500", "503"}


def test_every_operation_tells_what_it_may_answer(http: TestClient) -> None:
    document = http.get("/openapi.json").json()

    for path, methods in document["paths"].items():
        for operation in methods.values():
            answers = set(operation["responses"])
            assert "422" not in answers
            assert path == "/health" or answers >= COMMON
            assert path == "/health" or ("login" in path) == ("401" not in answers)
            assert operation["description"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_errors_are_documented_with_their_body(http: TestClient) -> None:
    document = http.get("/openapi.json").json()
    operation = document["paths"]["/rest/external/{agencyid}/patrons/v10"]["post"]

    body = operation["responses"]["409"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/ErrorBody"}
    assert operation["security"] == [{"APIKeyHeader": []}]


def test_bare_strings_are_documented(http: TestClient) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    operation = paths["/rest/external/{agencyid}/patrons/preauthenticated/v10"]["post"]

    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["type"] == "string"


class Links(HTMLParser):
    """Collects tags and what they point at."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value for name, value in attrs if name in {"src", "href"}]


def test_the_page_lists_every_operation_and_loads_nothing(http: TestClient) -> None:
    answer = http.get("/docs")
    found = Links()
    found.feed(answer.text)

    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in found.tags
    assert found.targets == ["openapi.json"]
    for path in http.get("/openapi.json").json()["paths"]:
        assert path in answer.text
    (digest,) = re.findall(r"'(sha256-[^']+)'", answer.headers["content-security-policy"])
    assert digest in answer.headers["content-security-policy"]


def test_limits_of_a_number_are_documented(http: TestClient) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    operation = paths["/rest/external/{agencyid}/patrons/preauthenticated/patronId/v4"]["post"]

    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert (schema["type"], schema["minimum"], schema["maximum"]) == ("integer", 1, 2**63 - 1)
