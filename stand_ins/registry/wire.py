"""The XML of the protocol: SOAP 1.1, rpc/encoded, read with lxml and written by hand for speed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from stand_ins.registry.records import ABSENT, FIELDS

NAMESPACE = "http://lanekortet.no"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ENVELOPE}" xmlns:ns1="{NAMESPACE}"'
    f' xmlns:xsd="{SCHEMA}" xmlns:xsi="{INSTANCE}" xmlns:SOAP-ENC="{ENCODING}"'
    f' SOAP-ENV:encodingStyle="{ENCODING}"><SOAP-ENV:Body>'
)
_TAIL = "</SOAP-ENV:Body></SOAP-ENV:Envelope>\n"
_ITEM = (
    b'<item xsi:type="ns1:Laaner">'
    + b"".join(f'<{name} xsi:type="xsd:string">%b</{name}>'.encode() for name in FIELDS)
    + b"</item>"
)
_SEPARATOR, _ABSENT = b"\x1f", ABSENT.encode()
_ABSENT_ELEMENT = re.compile(rb'<\w+ xsi:type="xsd:string">\x1e</\w+>')
_NIL = f"{{{INSTANCE}}}nil"


class SoapError(Exception):
    """
    The request is no call that we understand.

    `code` is the fault code, `Client` or `Server`; the message never repeats the request.
    """

    def __init__(self, message: str, code: str = "Client") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came over the wire: scalars as text, a `Laaner` as a mapping."""

    operation: str
    arguments: dict[str, str | dict[str, str]]

    def text(self, name: str) -> str:
        """Return a scalar argument, empty if it was not sent."""
        value = self.arguments.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def record(self, name: str) -> dict[str, str]:
        """Return a `Laaner` argument, empty if it was not sent."""
        value = self.arguments.get(name, {})
        return value if isinstance(value, dict) else {}


def parse_call(body: bytes) -> Call:
    """Read a call; raises `SoapError` for anything that is not one. No entity is ever expanded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        msg = "Request is not well-formed XML"
        raise SoapError(msg) from None
    if root.getroottree().docinfo.internalDTD is not None:
        msg = "Request has a document type declaration"
        raise SoapError(msg)
    soap_body = root.find(f"{{{ENVELOPE}}}Body")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or soap_body is None or not len(soap_body):
        msg = "Request is not a SOAP 1.1 envelope with a call in its body"
        raise SoapError(msg)
    targets = {f"#{node.get('id')}": node for node in soap_body if node.get("id")}
    call = soap_body[0]
    arguments = {_local(node): _value(node, targets) for node in call if not _is_nil(node)}
    return Call(_local(call), arguments)


def svar(operation: str, status: bool, melding: str, lnr: str, server_tid: str) -> bytes:
    """Write a `Svar`."""
    return _envelope(
        f'<ns1:{operation}Response><return xsi:type="ns1:Svar">{_outcome(status, melding)}'
        f'<lnr xsi:type="xsd:string">{escape(lnr)}</lnr>'
        f'<server_tid xsi:type="xsd:string">{server_tid}</server_tid>'
        f"</return></ns1:{operation}Response>"
    )


def pin_svar(operation: str, status: bool, melding: str) -> bytes:
    """Write the struct that answers `verifyLnr`."""
    return _envelope(
        f'<ns1:{operation}Response><return xsi:type="ns1:PinSvar">{_outcome(status, melding)}'
        f"</return></ns1:{operation}Response>"
    )


def resultat_head(
    operation: str, status: bool, melding: str, *, total: int, returned: int, next_index: int
) -> bytes:
    """Write a `Resultat` up to its first record."""
    return (
        f'{_HEAD}<ns1:{operation}Response><return xsi:type="ns1:Resultat">'
        f"{_outcome(status, melding)}"
        f'<antall_treff xsi:type="xsd:int">{total}</antall_treff>'
        f'<antall_poster_returnert xsi:type="xsd:int">{returned}</antall_poster_returnert>'
        f'<neste_indeks xsi:type="xsd:int">{next_index}</neste_indeks>'
        f'<respons_poster xsi:type="ns1:LaanerListe" SOAP-ENC:arrayType="ns1:Laaner[{returned}]">'
    ).encode()


def items(records: Iterable[bytes]) -> bytes:
    """Write packed records as array items."""
    return b"".join([_item(record) for record in records])


def resultat_tail(operation: str, server_tid: str) -> bytes:
    """Write a `Resultat` from its last record on."""
    return (
        f'</respons_poster><server_tid xsi:type="xsd:string">{server_tid}</server_tid>'
        f"</return></ns1:{operation}Response>{_TAIL}"
    ).encode()


def fault(error: SoapError) -> bytes:
    """Write a SOAP fault."""
    return _envelope(
        f"<SOAP-ENV:Fault><faultcode>SOAP-ENV:{error.code}</faultcode>"
        f"<faultstring>{escape(str(error))}</faultstring></SOAP-ENV:Fault>"
    )


def _item(record: bytes) -> bytes:
    if b"&" in record or b"<" in record or b">" in record:
        record = record.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    text = _ITEM % tuple(record.split(_SEPARATOR))
    return _ABSENT_ELEMENT.sub(b"", text) if _ABSENT in record else text


def _envelope(content: str) -> bytes:
    return f"{_HEAD}{content}{_TAIL}".encode()


def _outcome(status: bool, melding: str) -> str:
    return (
        f'<status xsi:type="xsd:boolean">{"true" if status else "false"}</status>'
        f'<melding xsi:type="xsd:string">{escape(melding)}</melding>'
    )


def _value(node: etree._Element, targets: dict[str, etree._Element]) -> str | dict[str, str]:
    """Read one argument; `href` is followed once, as rpc/encoded clients may move values away."""
    node = targets.get(node.get("href", ""), node)
    if not len(node):
        return node.text or ""
    fields = ((child, targets.get(child.get("href", ""), child)) for child in node)
    return {_local(child): value.text or "" for child, value in fields if not _is_nil(child)}


def _is_nil(node: etree._Element) -> bool:
    return node.get(_NIL) in ("true", "1")


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname
