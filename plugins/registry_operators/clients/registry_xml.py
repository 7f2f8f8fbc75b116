"""
The registry's SOAP answers: rpc/encoded, namespace ``http://lanekortet.no``.

Answers are parsed with lxml without entities, DTDs or network.
Element prefixes, ``xsi:type`` and the name of the list element are not relied upon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from lxml import etree

from registry_operators.clients.registry_messages import PageHead, RegistryPatron
from registry_operators.domain.registry_time import parse_registry_time
from registry_operators.errors import MalformedAnswerError

_FIRST_RECORD = re.compile(
    rb"<(?:[\w.-]+:)?respons_poster(?:\s(?:[^>]*[^/>])?)?>\s*<(?:[\w.-]+:)?([\w.-]+)[\s/>]"
)
_RECORD_FIELDS = {
    f"{namespace}{name}": index
    for index, name in enumerate(("lnr", "fnr_hash", "pin", "sist_endret", "sist_endret_av"))
    for namespace in ("", "{http://lanekortet.no}")
}


def read_answer(body: bytes) -> tuple[bool, str]:
    """
    Return status and message of a ``Svar``.

    :raises MalformedAnswerError: The answer is not well-formed or has no status.
    """
    root = _parse(body)
    return _is_true(_required(root, "status")), _text(root, "melding")


def read_patrons(body: bytes) -> tuple[bool, str, list[RegistryPatron]]:
    """Return status, message and records of a ``Resultat`` that is small enough to hold."""
    root = _parse(body)
    records = root.find(".//{*}respons_poster")
    patrons = [
        _RecordShape().read(item)._replace(name=_text(item, "navn"), born_on=_text(item, "fdato"))
        for item in (() if records is None else records)
    ]
    return _is_true(_required(root, "status")), _text(root, "melding"), patrons


class PageReader:
    """
    One page of the change feed, parsed while it arrives; memory stays flat.

    Iterate over it first; then :attr:`head` tells what the page said of itself.

    :param chunks: The bytes of the HTTP body, in pieces of any size.
    :param expects: Records that must come; ``None`` for as many as the page claims.
    """

    def __init__(self, chunks: Iterable[bytes], expects: int | None = None) -> None:
        self._chunks = iter(chunks)
        self._expects = expects
        self._head: PageHead | None = None

    @property
    def head(self) -> PageHead:
        """The page's own account; available when all records have been read."""
        if self._head is None:
            raise MalformedAnswerError("the page has not been read to its end")
        return self._head

    def __iter__(self) -> Iterator[RegistryPatron]:
        """
        Yield the records in order.

        :raises MalformedAnswerError: The page is cut off, not well-formed, or its count is wrong.
        """
        count = 0
        shape = _RecordShape()
        start, tag = self._sniff()
        parser = etree.XMLPullParser(
            events=("end",),
            tag=f"{{*}}{tag}",
            resolve_entities=False,
            no_network=True,
            collect_ids=False,  # nothing is looked up by id, and the table of ids costs time
        )
        try:
            parser.feed(start)
            while True:
                last = None
                for _, element in parser.read_events():
                    if not _is_list_item(element):
                        continue
                    yield shape.read(element)
                    count += 1
                    last = element
                if last is not None:
                    _release(last)
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                parser.feed(chunk)
            root = parser.close()
        except etree.XMLSyntaxError as error:
            raise _malformed(error) from None
        self._head = _head(root)
        claimed = self._head.returned if self._expects is None else self._expects
        if claimed != count:
            raise MalformedAnswerError(
                f"a page of soekEndret claims {claimed} records and holds {count}"
            )

    def _sniff(self) -> tuple[bytes, str]:
        """Read until the name of the list's elements is known, or to the end of the body."""
        start = b""
        for chunk in self._chunks:
            start += chunk
            if found := _FIRST_RECORD.search(start):
                return start, found.group(1).decode()
        return start, "item"


def _is_list_item(element: object) -> TypeGuard[etree._Element]:
    if not isinstance(element, etree._Element):
        return False
    parent = element.getparent()
    return parent is not None and parent.tag.endswith("respons_poster")


def _release(last: etree._Element) -> None:
    """Free the records of a piece at once; what stands before the last one is complete as well."""
    last.clear()
    parent = last.getparent()
    if parent is not None:
        del parent[: parent.index(last)]


class _RecordShape:
    """
    Reads the fields of a record from the places where the record before it had them.

    A registry writes its thirty elements in one order, so that five look-ups do; a record of
    another shape is searched through.
    """

    def __init__(self) -> None:
        self._places: tuple[tuple[int, str], ...] = ()

    def read(self, element: etree._Element) -> RegistryPatron:
        size = len(element)
        values = []
        for index, tag in self._places:
            if index >= size or (child := element[index]).tag != tag:
                return self._search(element)
            values.append((child.text or "").strip())
        return RegistryPatron(*values) if values else self._search(element)

    def _search(self, element: etree._Element) -> RegistryPatron:
        values = ["", "", "", "", ""]
        places = {}
        for index, child in enumerate(element):
            if (field := _RECORD_FIELDS.get(child.tag)) is not None:
                values[field] = (child.text or "").strip()
                places[field] = (index, child.tag)
        is_complete = len(places) == len(values)
        self._places = tuple(places[field] for field in sorted(places)) if is_complete else ()
        return RegistryPatron(*values)


def _head(root: etree._Element) -> PageHead:
    _refuse_document_type(root)
    _refuse_fault(root)
    try:
        return PageHead(
            is_ok=_is_true(_required(root, "status")),
            message=_text(root, "melding"),
            hits=int(_text(root, "antall_treff") or 0),
            returned=int(_text(root, "antall_poster_returnert") or 0),
            next_index=int(_text(root, "neste_indeks") or 0),
            server_time=parse_registry_time(_text(root, "server_tid")),
        )
    except ValueError:
        raise MalformedAnswerError(
            "a page of soekEndret has a count or server time that cannot be read"
        ) from None


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    _refuse_document_type(root)
    _refuse_fault(root)
    return root


def _refuse_document_type(root: etree._Element) -> None:
    # SOAP forbids it, and an entity that is not resolved would read as an empty field.
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedAnswerError("the registry's answer has a document type, which SOAP forbids")


def _refuse_fault(root: etree._Element) -> None:
    fault = root.find(".//{*}Fault")
    if fault is not None:
        # The fault's text may repeat what was sent, so only its code is told.
        code = (fault.findtext("{*}faultcode") or "unknown").strip()[:40]
        raise MalformedAnswerError(f"the registry answered with a SOAP fault, code {code!r}")


def _malformed(error: etree.XMLSyntaxError) -> MalformedAnswerError:
    # lxml's own message may quote the document; the line says enough.
    return MalformedAnswerError(
        f"the registry's answer is not well-formed XML (line {error.lineno}); "
        "it was cut off or is not SOAP"
    )


def _required(root: etree._Element, name: str) -> str:
    found = root.find(f".//{{*}}{name}")
    if found is None:
        raise MalformedAnswerError(f"the registry's answer has no element {name!r}")
    return (found.text or "").strip()


def _text(root: etree._Element, name: str) -> str:
    return (root.findtext(f".//{{*}}{name}") or "").strip()


def _is_true(text: str) -> bool:
    return text.lower() in {"true", "1"}
