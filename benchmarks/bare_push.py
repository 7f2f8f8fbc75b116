"""
The least that a push must do: send the calls from several threads and read the answers.

It is told what to send; no database, no consent, no plan, no settling.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from lxml import etree

from benchmarks.changes import Upload, read_uploads
from benchmarks.ours import account
from benchmarks.sizes import THREADS

_BODY = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<n:endre xmlns:n="http://lanekortet.no"><lnr>{address}</lnr>'
    "<post><fnr_hash>{national_id}</fnr_hash><pin>{encrypted_pin}</pin>{card}</post>"
    "</n:endre></s:Body></s:Envelope>"
)


class _Sender:
    """Sends calls; each thread has a session of its own."""

    def __init__(self, endpoint: str) -> None:
        self._url, *self._login = account(endpoint)
        self._local = threading.local()

    def send(self, upload: Upload) -> None:
        """Make one call; raise unless the registry said that it is done."""
        card = f"<lnr>{upload.card_number}</lnr>" if upload.card_number else ""
        body = _BODY.format(**upload._asdict(), card=card)
        response = self._session().post(self._url, data=body.encode())
        response.raise_for_status()
        if etree.fromstring(response.content).findtext(".//status") != "true":
            raise RuntimeError("the registry refused a call of the bare push")

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.auth = tuple(self._login)
        session: requests.Session = self._local.session
        return session


def run(uploads: list[Upload], endpoint: str) -> int:
    """Send everything and return how many calls that were."""
    sender = _Sender(endpoint)
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(1 for _ in pool.map(sender.send, uploads))


def load(file: Path) -> list[Upload]:
    """Read the calls to be made, before the clock starts."""
    return list(read_uploads(file))
