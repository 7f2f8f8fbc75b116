"""A running registry stand-in, and a client that writes its SOAP by hand."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from stand_ins.people import (
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
    registry_password,
)
from stand_ins.registry.process import RegistryProcess, running_registry

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:n="http://lanekortet.no"><s:Body>{}</s:Body></s:Envelope>'
)


@dataclass(frozen=True)
class Answer:
    """Status line, scalar fields and records of one answer; `text` is the raw body."""

    code: int
    headers: dict[str, str]
    text: str
    fields: dict[str, str] = field(default_factory=dict)
    records: list[dict[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.fields["status"] == "true"

    @property
    def melding(self) -> str:
        return self.fields["melding"]


class LibraryClient:
    """Calls the registry as one library would."""

    def __init__(self, url: str, library: str, password: str | None = None) -> None:
        self.library = library
        self._host = url.removeprefix("http://")
        code = authorisation_code(library)
        password = password or registry_password(code, DEMO_VENDOR_SECRET)
        user = f"{DEMO_VENDOR}-{library}:{password}".encode()
        self.headers = {
            "Authorization": f"Basic {base64.b64encode(user).decode()}",
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": '""',
        }

    def post(self, body: bytes, path: str = "/laanekort/fl.php", **headers: str) -> Answer:
        return self.request("POST", path, body, **headers)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        connection = HTTPConnection(self._host, timeout=30)
        try:
            connection.request(method, path, body, self.headers | headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        names = {name.lower(): value for name, value in response.getheaders()}
        if response.status != 200 or "Response" not in text:
            return Answer(response.status, names, text)
        result = etree.fromstring(text.encode())[0][0][0]
        return Answer(response.status, names, text, _texts(result), _records(result))

    def call(self, operation: str, **arguments: str | dict[str, str] | int) -> Answer:
        return self.post(_written(operation, arguments))

    def feed_request(self) -> bytes:
        """The body of a call for everything there is."""
        return _written(
            "soekEndret", {"tidspunkt": "2000-01-01", "max_antall": 0, "start_indeks": 0}
        )


def _written(operation: str, arguments: Mapping[str, str | dict[str, str] | int]) -> bytes:
    inner = "".join(_element(name, value) for name, value in arguments.items())
    return _ENVELOPE.format(f"<n:{operation}>{inner}</n:{operation}>").encode()


def _element(name: str, value: str | dict[str, str] | int) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(k, v) for k, v in value.items())}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"


def _texts(node: etree._Element) -> dict[str, str]:
    return {etree.QName(child).localname: child.text or "" for child in node}


def _records(result: etree._Element) -> list[dict[str, str]]:
    return [_texts(item) for item in result.findall("respons_poster/item")]


@pytest.fixture(scope="session")
def registry() -> Iterator[RegistryProcess]:
    """A registry shared by tests that each keep to people of their own."""
    with running_registry(patrons=700) as running:
        yield running


@pytest.fixture
def oslo(registry: RegistryProcess) -> LibraryClient:
    return LibraryClient(registry.url, "2030000")


@pytest.fixture
def bergen(registry: RegistryProcess) -> LibraryClient:
    return LibraryClient(registry.url, "2040000")


@pytest.fixture
def fresh() -> Iterator[RegistryProcess]:
    """A registry of 600 people that belongs to one test."""
    with running_registry(patrons=600) as running:
        yield running


@pytest.fixture
def client_of() -> type[LibraryClient]:
    return LibraryClient
