"""The fast lane of a feed page gives what lxml gives, for every page, broken ones included."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry_operators.clients import registry_page
from registry_operators.clients.registry_page import Page, read_page
from registry_operators.clients.registry_xml import PageReader
from registry_operators.errors import MalformedAnswerError
from tests.factories import a_registry_patron
from tests.unit.clients.answers import laaner, resultat

PLAIN = laaner()
UNUSUAL = [
    laaner(lnr="N100000002"),
    laaner(lnr="", fnr_hash=""),
    laaner(navn="A & B <C>"),
    laaner(lnr=" N100000003\n"),
    laaner(pin=""),
    laaner("Laaner"),
    laaner("n:Laaner"),
    "<item><lnr/><fnr_hash/></item>",
    "<item/>",
    PLAIN.replace("<lnr>", '<lnr a="1">'),
    PLAIN.replace("<lnr>", "<n:lnr>").replace("</lnr>", "</n:lnr>"),
    PLAIN.replace("<lnr>", '<x:lnr xmlns:x="urn:x">').replace("</lnr>", "</x:lnr>"),
    PLAIN.replace("<item>", '<item xmlns="http://lanekortet.no">'),
    PLAIN.replace("<item>", '<item xmlns="urn:other">'),
    PLAIN.replace("<lnr>", "<lnr><![CDATA[<item>]]>"),
    PLAIN.replace("<lnr>", "<!-- </item> --><lnr>"),
    PLAIN.replace("<lnr>", "<?x </item> ?><lnr>"),
    PLAIN.replace("<lnr>", "<lnr>N1</lnr><lnr>"),
    PLAIN.replace("<lnr>", "<inner><lnr>N1</lnr></inner><lnr>"),
    PLAIN.replace("<navn>", "<respons_poster><item/></respons_poster><navn>"),
    PLAIN.replace("<navn>", "\r\n <navn>\r\n"),
    PLAIN.replace("<navn>", "text<navn>"),
    PLAIN.replace("<gyldig_til></gyldig_til>", ""),
    PLAIN.replace("<lnr>", "<lnr>&#78;"),
    PLAIN.replace("<lnr>", "<lnr>&unknown;"),
    PLAIN.replace("<lnr>", "<lnr>]]>"),
    PLAIN.replace("<lnr>", "<lnr>\x01"),
    PLAIN.replace("<lnr>", "<lnr>￾"),
    PLAIN.replace("</lnr>", ""),
    PLAIN.replace("</item>", ""),
    "<!-- ",
    " -->",
    "<![CDATA[",
    "]]>",
    "\n  ",
    "\x0b",
]
records = st.lists(st.one_of(st.just(PLAIN), st.sampled_from(UNUSUAL)), max_size=12)


def by_lxml(body: bytes) -> Page:
    reader = PageReader(iter([body]))
    return list(reader), reader.head


def told(read: Callable[[bytes], Page], body: bytes) -> Page | str:
    try:
        return read(body)
    except MalformedAnswerError as error:
        return str(error).partition("(line")[0]


@example(["<!-- ", PLAIN, " -->"], "respons_poster", 0)
@example([PLAIN, "<![CDATA[", PLAIN, "]]>", PLAIN], "respons_poster", 1)
@example([laaner("Laaner"), PLAIN, laaner("n:Laaner")], "n:respons_poster", -1)
@given(records, st.sampled_from(["respons_poster", "n:respons_poster"]), st.integers(-1, 1))
@settings(max_examples=400)
def test_a_page_reads_as_lxml_reads_it(pieces: list[str], liste: str, wrong_by: int) -> None:
    whole = sum("</item>" in piece or "aaner>" in piece for piece in pieces)
    body = resultat(*pieces, liste=liste, returned=max(0, whole + wrong_by)).encode()

    assert told(read_page, body) == told(by_lxml, body)


@given(
    st.lists(st.sampled_from([PLAIN, UNUSUAL[0], UNUSUAL[2]]), min_size=1, max_size=4),
    st.data(),
)
@settings(max_examples=400)
def test_a_page_with_a_wrong_byte_reads_as_lxml_reads_it(pieces: list[str], data) -> None:
    body = bytearray(resultat(*pieces).encode())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    assert told(read_page, bytes(body)) == told(by_lxml, bytes(body))


@pytest.mark.parametrize("cut", [1, 40, 200, 900])
def test_a_page_that_was_cut_off_is_malformed(cut: int) -> None:
    body = resultat(*[PLAIN] * 5).encode()

    with pytest.raises(MalformedAnswerError, match="cut off"):
        read_page(body[:-cut])


@pytest.mark.parametrize("encoding", ["UTF-8", "utf-8", "iso-8859-1", "utf-16"])
def test_the_encoding_that_the_page_names_counts(encoding: str) -> None:
    text = resultat(laaner(navn="Ærø"), laaner(lnr="N1ø")).replace("UTF-8", encoding)

    page, _ = read_page(text.encode(encoding))

    assert page == [a_registry_patron(), a_registry_patron(card_number="N1ø")]


def test_records_of_few_shapes_are_not_parsed_one_by_one(monkeypatch) -> None:
    documents = []

    class Counting(PageReader):
        def __init__(self, *arguments) -> None:
            documents.append(arguments)
            super().__init__(*arguments)

    monkeypatch.setattr(registry_page, "PageReader", Counting)
    shorter = PLAIN.replace("<gyldig_til></gyldig_til>", "")

    page, head = read_page(resultat(*[PLAIN, shorter] * 500).encode())

    assert page == [a_registry_patron()] * 1000
    assert head.returned == 1000
    assert len(documents) == 3  # what surrounds the records, and the first of each shape


def test_a_page_of_a_thousand_shapes_is_parsed_as_a_whole() -> None:
    pieces = [PLAIN.replace("<navn>", f'<navn n="{number}">') for number in range(1000)]

    page, _ = read_page(resultat(*pieces).encode())

    assert page == [a_registry_patron()] * 1000
