"""The national patron registry over SOAP, as one library sees it (reference 1.2, 1.3)."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import requests
from requests.adapters import HTTPAdapter

from registry_operators.clients.registry_failures import judge_response, pause_s, unavailable
from registry_operators.clients.registry_feed import ChangeFeed
from registry_operators.clients.registry_messages import Answer, RegistryPatron, RegistryUpload
from registry_operators.clients.registry_page import Page, read_page
from registry_operators.clients.registry_requests import write_request, write_upload
from registry_operators.clients.registry_xml import read_answer, read_patrons
from registry_operators.domain.registry_time import write_registry_time
from registry_operators.errors import (
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)

_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
_T = TypeVar("_T")

# Pieces of the registry's Norwegian messages; the rest of a message may name a person, so
# messages themselves are never passed on.
_MEANINGS = (
    ("ingen treff", Answer.NOT_FOUND),
    ("ikke tilknyttet", Answer.NOT_RELATED),
    ("allerede registrert", Answer.ALREADY_IN_REGISTRY),
    ("finnes allerede", Answer.ALREADY_IN_REGISTRY),
    ("i bruk", Answer.CARD_IN_USE),
    ("reservert", Answer.NUMBER_NOT_RESERVED),
    ("annen person", Answer.OTHER_PERSON),
)


@dataclass(frozen=True, slots=True)
class RegistryAccount:
    """
    One library's access to the registry.

    :param url: Endpoint of the SOAP service.
    :param user: ``<vendor>-<library>``.
    :param password: Lower-case hex SHA-256 of ``<authorisation code>-<vendor secret>``.
    :param ca_bundle: File of certificates to trust; ``None`` for those that ``requests`` brings.
    """

    library: str
    url: str
    user: str
    password: str = field(repr=False)
    ca_bundle: str | None = None


class RegistryClient:
    """
    Speaks for one library. Safe to use from several threads; each has its own connection.

    Time-outs, lost connections, HTTP 429 and 5xx and malformed answers are tried again up to
    ``attempts`` times with growing, jittered pauses, for calls that may be repeated. A refusal is
    never repeated.

    :param timeout_s: Longest wait for a connection and between two pieces of an answer.
    :param pause: Called with the seconds to wait; tests pass something quicker.
    """

    def __init__(
        self,
        account: RegistryAccount,
        *,
        timeout_s: float = 30.0,
        attempts: int = 4,
        page_size: int = 5000,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.account = account
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._page_size = page_size
        self._pause = pause
        self._local = threading.local()

    def changes_since(self, since: datetime) -> ChangeFeed:
        """Return the feed of all records that changed at or after a registry time."""
        return ChangeFeed(
            lambda start, size: self.fetch_page(since, start, size),
            self._page_size,
            lambda start, size: self.begin_page(since, start, size),
        )

    def find(self, identifier: str) -> list[RegistryPatron]:
        """
        Look a person up by card number or national id (``hent``).

        :return: No, one or several records.
        :raises RefusedError: The registry does not accept the identifier.
        :raises MalformedAnswerError: It says that all is well, and names nobody.
        """
        body = write_request("hent", identifikator=identifier)

        def look_up() -> tuple[bool, str, list[RegistryPatron]]:
            is_ok, message, patrons = read_patrons(self._post(body))
            if is_ok and not patrons:
                # Nobody is told as "ingen treff"; taken for that, silence would make people anew.
                raise MalformedAnswerError("the registry answered a look-up without any record")
            return is_ok, message, patrons

        is_ok, message, patrons = self._repeat(look_up)
        if is_ok:
            return patrons
        if _meaning(message) is Answer.NOT_FOUND:
            return []
        raise RefusedError("the registry refused a look-up: it takes a card number or national id")

    def create(self, upload: RegistryUpload) -> Answer:
        """Create a record (``nyPost``). Not repeated when the answer is lost: ask first."""
        return self._answer(lambda: read_answer(self._post(write_upload("nyPost", upload))), 1)

    def update(self, card_number: str, upload: RegistryUpload) -> Answer:
        """Change the record that has this card number, and relate it to the library (``endre``)."""
        body = write_upload("endre", upload, address=card_number)
        return self._answer(lambda: read_answer(self._post(body)))

    def remove_relation(self, card_number: str) -> Answer:
        """Remove the relation between the patron and this library only (``slett``)."""
        body = write_request("slett", lnr=card_number)
        return self._answer(lambda: read_answer(self._post(body)))

    def fetch_page(self, since: datetime, start_index: int, page_size: int) -> Page:
        """Read a whole page, again if it came broken; nothing of a broken page is handed out."""
        body = _page_request(since, start_index, page_size)

        return self._repeat(lambda: read_page(self._post(body)))

    def begin_page(self, since: datetime, start_index: int, page_size: int) -> Callable[[], Page]:
        """Download a page, and return what parses it; one that came broken is read again."""
        request = _page_request(since, start_index, page_size)
        body = self._repeat(lambda: self._post(request))

        def finish() -> Page:
            try:
                return read_page(body)
            except MalformedAnswerError:
                return self.fetch_page(since, start_index, page_size)

        return finish

    def _answer(self, call: Callable[[], tuple[bool, str]], attempts: int | None = None) -> Answer:
        is_ok, message = self._repeat(call, attempts)
        return Answer.DONE if is_ok else _meaning(message)

    def _repeat(self, call: Callable[[], _T], attempts: int | None = None) -> _T:
        tries = attempts or self._attempts
        for number in range(1, tries):
            try:
                return call()
            except UnavailableError as error:
                self._pause(pause_s(number, error))
        return call()

    def _post(self, body: bytes) -> bytes:
        with self._open(body) as response:
            try:
                return response.content
            except requests.RequestException as error:
                raise unavailable(error) from None

    @contextmanager
    def _open(self, body: bytes) -> Iterator[requests.Response]:
        try:
            response = self._session().post(
                self.account.url, data=body, headers=_HEADERS, timeout=self._timeout_s, stream=True
            )
        except requests.RequestException as error:
            raise unavailable(error) from None
        with response:
            try:
                judge_response(response, self.account.library)
            except requests.RequestException as error:  # an error page that was cut off
                raise unavailable(error) from None
            yield response

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.auth = (self.account.user, self.account.password)
            session.trust_env = False  # no .netrc, and no look at the environment for each call
            session.verify = self.account.ca_bundle or True
            session.mount("http://", HTTPAdapter(pool_maxsize=1))
            session.mount("https://", HTTPAdapter(pool_maxsize=1))
            self._local.session = session
        return session


def registry_password(authorisation_code: str, vendor_secret: str) -> str:
    """Return the password of a library: lower-case hex SHA-256 of code, hyphen and secret."""
    return hashlib.sha256(f"{authorisation_code}-{vendor_secret}".encode()).hexdigest()


def _page_request(since: datetime, start_index: int, page_size: int) -> bytes:
    return write_request(
        "soekEndret",
        tidspunkt=write_registry_time(since),
        max_antall=page_size,
        start_indeks=start_index,
    )


def _meaning(message: str) -> Answer:
    lowered = message.lower()
    return next((answer for piece, answer in _MEANINGS if piece in lowered), Answer.REFUSED)
