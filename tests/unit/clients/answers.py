"""The registry's answers, written by hand; see reference 1.3 of the protocol."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.factories import a_card_number, a_national_id, wire

_SOAP = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:n="http://lanekortet.no"><e:Body>{}</e:Body></e:Envelope>'
)


def envelope(content: str) -> str:
    return _SOAP.format(content)


def svar(status: str = "true", melding: str = "OK") -> str:
    return envelope(
        f"<n:Response><return><status>{status}</status><melding>{escape(melding)}</melding>"
        "<lnr></lnr><server_tid>2026-03-02T06:00:00</server_tid></return></n:Response>"
    )


def laaner(tag: str = "item", **fields: str) -> str:
    """One record; the feed ignores names and dates of birth."""
    values = {
        "lnr": a_card_number(0),
        "fnr_hash": a_national_id(0),
        "navn": "Ærfugl, Øystein",
        "fdato": "0000-00-00",
        "pin": wire("4711"),
        "sist_endret": "2026-03-01T12:00:00",
        "sist_endret_av": "0000000",
        "gyldig_til": "",
    } | fields
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return f"<{tag}>{inner}</{tag}>"


def resultat(
    *records: str,
    status: str = "true",
    melding: str = "OK",
    hits: int | None = None,
    returned: int | None = None,
    following: int = 0,
    server_time: str = "2026-03-02T06:00:00",
    liste: str = "respons_poster",
) -> str:
    count = len(records)
    return envelope(
        f"<n:Response><return><status>{status}</status><melding>{escape(melding)}</melding>"
        f"<antall_treff>{count if hits is None else hits}</antall_treff>"
        f"<antall_poster_returnert>{count if returned is None else returned}"
        "</antall_poster_returnert>"
        f"<neste_indeks>{following}</neste_indeks>"
        f"<{liste}>{''.join(records)}</{liste.split()[0]}>"
        f"<server_tid>{server_time}</server_tid></return></n:Response>"
    )


def fault(text: str = "Database error") -> str:
    return envelope(
        f"<e:Fault><faultcode>e:Server</faultcode><faultstring>{escape(text)}</faultstring>"
        "</e:Fault>"
    )


NO_HITS = resultat(status="false", melding="ingen treff")
