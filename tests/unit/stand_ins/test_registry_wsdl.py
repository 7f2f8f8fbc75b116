from collections.abc import Iterator

import pytest
import requests
import zeep
from requests.auth import HTTPBasicAuth

from stand_ins.people import (
    DEMO_VENDOR_SECRET,
    authorisation_code,
    national_card_number,
    person,
    registry_password,
)
from stand_ins.registry.process import RegistryProcess


@pytest.fixture(params=["/api/rest/wsdlv2", "/laanekort/fl.php?wsdl"])
def service(registry: RegistryProcess, request: pytest.FixtureRequest) -> Iterator[object]:
    password = registry_password(authorisation_code("2030000"), DEMO_VENDOR_SECRET)
    with requests.Session() as session:
        session.auth = HTTPBasicAuth("systematic-2030000", password)
        client = zeep.Client(
            registry.url + request.param, transport=zeep.Transport(session=session)
        )
        yield client.service


def test_a_foreign_soap_client_reads_a_record(service) -> None:
    result = service.hent(identifikator=national_card_number(80))

    assert result.status is True
    assert result.antall_treff == 1
    assert result.respons_poster[0].fnr_hash == person(80).national_id


def test_a_foreign_soap_client_pages_the_feed(service) -> None:
    first = service.soekEndret("2000-01-01T00:00:00", 100, 0)
    second = service.soekEndret("2000-01-01T00:00:00", 100, first.neste_indeks)

    assert len(first.respons_poster) == len(second.respons_poster) == 100
    assert first.respons_poster[-1].lnr != second.respons_poster[0].lnr


def test_a_foreign_soap_client_writes(service, registry: RegistryProcess) -> None:
    lnr = national_card_number(85)
    registry.admin.patch({"epost": "old@example.org"}, lnr=lnr)

    changed = service.endre(lnr=lnr, post={"epost": "å@example.org"})
    removed = service.slett(lnr=lnr)
    refused = service.nyPost(post={"lnr": "N105500000", "navn": "A, B"})

    assert changed.melding == "Oppdaterte felt: epost"
    assert removed.status is True
    assert refused.melding == "nyPost: Mangler obligatorisk felt: fnr_hash"
    assert service.verifyLnr(lnr, "2030000", "x").status is False
