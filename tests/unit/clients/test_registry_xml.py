"""Reading and writing the registry's messages, with the traps that real answers hold."""

from __future__ import annotations

from itertools import pairwise

import pytest

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.clients.registry_xml import PageReader, read_answer, read_patrons
from registry_operators.errors import MalformedAnswerError
from tests.factories import a_card_number, a_registry_patron
from tests.unit.clients.answers import envelope, fault, laaner, resultat, svar

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + "]>"
)
FILE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/hostname">]>'


def page(body: str, size: int = 64):
    """Read a page that arrives in small pieces."""
    data = body.encode()
    reader = PageReader(data[start : start + size] for start in range(0, len(data), size))
    return list(reader), reader.head


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_a_page_reads_the_same_in_pieces_of_any_size(size: int) -> None:
    body = resultat(laaner(), laaner(lnr="N100000002"), following=3, hits=9)

    records, head = page(body, size)

    assert records == [a_registry_patron(), a_registry_patron(card_number="N100000002")]
    assert (head.hits, head.returned, head.next_index, head.is_ok) == (9, 2, 3, True)


@pytest.mark.parametrize("tag", ["item", "Laaner", "n:Laaner"])
@pytest.mark.parametrize(
    "liste", ["respons_poster", 'respons_poster arrayType="n:Laaner[2]"', "n:respons_poster"]
)
def test_neither_prefix_nor_name_of_the_list_matters(tag: str, liste: str) -> None:
    records, _ = page(resultat(laaner(tag), laaner(tag), liste=liste))

    assert records == [a_registry_patron()] * 2


def test_fields_may_stand_in_the_registrys_namespace() -> None:
    inner = laaner().removeprefix("<item>")
    body = resultat(f'<item xmlns="http://lanekortet.no">{inner}')

    (looked_up,) = read_patrons(body.encode())[2]
    assert page(body)[0] == [looked_up._replace(name="", born_on="")] == [a_registry_patron()]


def test_name_and_date_of_birth_are_read_in_a_look_up_and_not_in_the_feed() -> None:
    body = resultat(
        laaner(navn=" Čáhcesuolu, Ŋiela ", fdato="1999-01-31"), "<item><lnr/><navn/></item>"
    )

    _, _, (patron, nobody) = read_patrons(body.encode())

    assert (patron.name, patron.born_on) == ("Čáhcesuolu, Ŋiela", "1999-01-31")
    assert (nobody.name, nobody.born_on) == ("", "")
    assert [(one.name, one.born_on) for one in page(body)[0]] == [("", "")] * 2


def test_empty_and_missing_elements_are_empty_text() -> None:
    records, _ = page(resultat("<item><lnr/><fnr_hash></fnr_hash><pin xsi='x'/></item>"))

    assert records == [RegistryPatron("", "", "", "", "")]
    assert records[0].is_tombstone


def test_names_beyond_ascii_do_no_harm() -> None:
    records, _ = page(resultat(laaner(navn="Čáhcesuolu, Ŋiela Đuoddar 🕮")), 3)

    assert records == [a_registry_patron()]


def test_another_encoding_is_understood() -> None:
    body = resultat(laaner(sist_endret_av="Øy")).replace("UTF-8", "ISO-8859-1")

    _, _, (patron,) = read_patrons(body.encode("latin-1"))

    assert patron.changed_by == "Øy"


def test_an_empty_list_is_an_empty_page() -> None:
    body = resultat().replace("<respons_poster></respons_poster>", "<respons_poster/>")

    assert page(body)[0] == page(resultat())[0] == []


@pytest.mark.parametrize("claimed", [0, 1, 3])
def test_a_page_whose_count_is_wrong_is_refused(claimed: int) -> None:
    with pytest.raises(MalformedAnswerError, match=f"claims {claimed} records and holds 2"):
        page(resultat(laaner(), laaner(), returned=claimed))


@pytest.mark.parametrize("cut", [0, 1, 40, 200, 500, 900, -1])
def test_a_cut_answer_is_malformed(cut: int) -> None:
    body = resultat(laaner(), laaner())

    with pytest.raises(MalformedAnswerError):
        page(body[:cut])
    with pytest.raises(MalformedAnswerError):
        read_patrons(body[:cut].encode())


@pytest.mark.parametrize("body", ["", "no XML at all", "<html><body>Hei</body></html>", "{}"])
def test_what_is_no_soap_is_malformed(body: str) -> None:
    with pytest.raises(MalformedAnswerError):
        read_answer(body.encode())
    with pytest.raises(MalformedAnswerError):
        page(body)


def test_a_fault_is_told_by_its_code_alone() -> None:
    for read in (page, lambda body: read_answer(body.encode())):
        with pytest.raises(MalformedAnswerError, match="e:Server") as caught:
            read(fault("Hemmelig"))
        assert "Hemmelig" not in str(caught.value)


@pytest.mark.parametrize("field", ["antall_treff", "neste_indeks", "server_tid"])
def test_a_number_or_time_that_cannot_be_read_is_malformed(field: str) -> None:
    body = resultat(laaner())
    start = body.index(f"<{field}>") + len(field) + 2
    body = body[:start] + "hemmelig" + body[body.index(f"</{field}>") :]

    with pytest.raises(MalformedAnswerError) as caught:
        page(body)
    assert "hemmelig" not in str(caught.value)


@pytest.mark.parametrize("prologue", [BOMB, FILE], ids=["entity_bomb", "file_entity"])
@pytest.mark.parametrize("entity", ["i"])
def test_an_answer_with_a_document_type_is_refused(prologue: str, entity: str) -> None:
    plain = resultat(laaner(lnr="HERE"))
    body = prologue + plain.partition("?>")[2].replace("HERE", f"&{entity};")

    with pytest.raises(MalformedAnswerError):
        page(body)
    with pytest.raises(MalformedAnswerError):
        read_patrons(body.encode())


def test_an_answer_without_status_is_malformed() -> None:
    with pytest.raises(MalformedAnswerError, match="status"):
        read_answer(envelope("<n:Response/>").encode())


def test_an_answer_gives_status_and_message() -> None:
    assert read_answer(svar("false", "ingen treff").encode()) == (False, "ingen treff")


def test_a_head_is_there_only_after_the_records() -> None:
    reader = PageReader([resultat(laaner()).encode()])

    with pytest.raises(MalformedAnswerError):
        _ = reader.head


def test_a_record_hides_itself() -> None:
    patron = a_registry_patron()

    assert a_card_number() not in f"{patron!r} {patron}"
