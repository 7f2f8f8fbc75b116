import pytest

from stand_ins.people import (
    DEMO_PIN_KEY,
    national_card_number,
    person,
    pin,
)
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.process import RegistryProcess
from stand_ins.registry.records import FIELDS

HEAD = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
TAIL = b"</s:Body></s:Envelope>"
HENT = b'<n:hent xmlns:n="http://lanekortet.no"><identifikator>%b</identifikator></n:hent>'


class TestHent:
    def test_finds_by_card_number_with_every_field_as_a_string(self, oslo) -> None:
        answer = oslo.call("hent", identifikator=national_card_number(1))

        assert answer.ok
        assert answer.melding == "OK"
        assert [answer.fields[name] for name in ("antall_treff", "neste_indeks")] == ["1", "0"]
        assert tuple(answer.records[0]) == FIELDS
        assert answer.text.count('xsi:type="xsd:string"') == len(FIELDS) + 2
        assert 'SOAP-ENC:arrayType="ns1:Laaner[1]"' in answer.text
        assert '<status xsi:type="xsd:boolean">true</status>' in answer.text

    @pytest.mark.parametrize("kind", ["fnr", "d_number", "duf"])
    def test_finds_by_national_id_of_every_kind(self, oslo, kind: str) -> None:
        someone = next(p for p in map(person, range(100, 600)) if p.kind == kind)

        answer = oslo.call("hent", identifikator=someone.national_id)

        assert answer.records[0]["lnr"] == national_card_number(someone.index)
        assert answer.records[0]["fnr_hash"] == someone.national_id

    def test_names_outside_ascii_arrive_whole(self, oslo) -> None:
        someone = next(p for p in map(person, range(600)) if "Č" in p.surname)

        record = oslo.call("hent", identifikator=someone.national_id).records[0]

        assert someone.surname in record["navn"]

    def test_nobody_found_is_no_error(self, oslo) -> None:
        answer = oslo.call("hent", identifikator="N000000001")

        assert (answer.code, answer.ok, answer.melding) == (200, False, "ingen treff")
        assert answer.fields["antall_treff"] == "0"
        assert answer.records == []

    @pytest.mark.parametrize("text", ["", "N12345678", "12345", "n100000001", "N1000000011"])
    def test_an_identifier_of_neither_form_is_refused(self, oslo, text: str) -> None:
        answer = oslo.call("hent", identifikator=text)

        assert answer.melding == "hent: Ulovlig argument: hverken LNR eller FNR_HASH"
        assert not answer.ok


class TestPins:
    def test_the_cipher_agrees_with_the_published_scheme(self) -> None:
        cipher = PinCipher(DEMO_PIN_KEY)

        assert cipher.encrypt("1234") == "31e265cc870f872fcaf9c41763c53783"
        assert cipher.decrypt("31E265CC870F872FCAF9C41763C53783") == "1234"

    @pytest.mark.parametrize("text", ["", "1234", "0" * 32, "zz" * 16], ids=repr)
    def test_what_is_no_encrypted_pin_decrypts_to_nothing(self, text: str) -> None:
        assert PinCipher(DEMO_PIN_KEY).decrypt(text) is None

    def test_the_record_holds_the_persons_pin(self, oslo) -> None:
        record = oslo.call("hent", identifikator=national_card_number(2)).records[0]

        assert PinCipher(DEMO_PIN_KEY).decrypt(record["pin"]) == pin(2)

    def test_verify_takes_the_right_pin_only(self, oslo) -> None:
        lnr, right = national_card_number(2), pin(2)
        wrong = f"{(int(right) + 1) % 10_000:04d}"

        assert oslo.call("verifyLnr", lnr=lnr, bibnr="2040000", pin=right).ok
        assert not oslo.call("verifyLnr", lnr=lnr, bibnr="2040000", pin=wrong).ok
        assert not oslo.call("verifyLnr", lnr=lnr, bibnr="9999999", pin=right).ok
        assert not oslo.call("verifyLnr", lnr="N199999999", bibnr="2040000", pin=right).ok

    def test_an_empty_pin_opens_nothing(self, oslo) -> None:
        lnr = national_card_number(5)

        assert oslo.call("hent", identifikator=lnr).records[0]["pin"] == ""
        assert not oslo.call("verifyLnr", lnr=lnr, bibnr="2040000", pin="").ok


class TestAuthentication:
    @pytest.mark.parametrize(
        "header",
        ["", "Basic", "Basic !!!", "Bearer x", "Basic c3lzdGVtYXRpYy0yMDMwMDAwOnNlY3JldA=="],
    )
    def test_a_wrong_header_is_401(self, oslo, header: str) -> None:
        answer = oslo.post(HEAD + TAIL, Authorization=header)

        assert answer.code == 401
        assert answer.headers["www-authenticate"].startswith("Basic")

    def test_an_unknown_library_is_401(self, registry: RegistryProcess, client_of) -> None:
        assert client_of(registry.url, "9999999").call("hent", identifikator="x").code == 401

    def test_a_changed_password_takes_effect_at_once(
        self, registry: RegistryProcess, client_of
    ) -> None:
        old = client_of(registry.url, "2070000")
        assert old.call("hent", identifikator=national_card_number(1)).code == 200

        registry.admin.set_password("2070000", "new")

        assert old.call("hent", identifikator=national_card_number(1)).code == 401
        new = client_of(registry.url, "2070000", "new")
        assert new.call("hent", identifikator=national_card_number(1)).code == 200


class TestHttp:
    @pytest.mark.parametrize(
        ("method", "path", "code"),
        [
            ("POST", "/laanekort/other.php", 404),
            ("GET", "/", 404),
            ("GET", "/laanekort/fl.php", 405),
            ("PUT", "/laanekort/fl.php", 405),
            ("POST", "/api/rest/wsdlv2", 405),
            ("GET", "/api/rest/wsdlv2", 200),
            ("GET", "/laanekort/fl.php?wsdl", 200),
        ],
    )
    def test_paths_and_methods(self, oslo, method: str, path: str, code: int) -> None:
        assert oslo.request(method, path).code == code

    def test_a_body_too_large_is_413(self, oslo) -> None:
        assert oslo.post(b" " * 300_000).code == 413

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no xml",
            HEAD,
            HEAD + TAIL,
            b"<hent/>",
            HEAD + b'<n:drop xmlns:n="http://lanekortet.no"/>' + TAIL,
            b'<!DOCTYPE a [<!ENTITY b "c">]>' + HEAD + HENT % b"&b;" + TAIL,
            b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + HEAD + HENT % b"x" + TAIL,
        ],
        ids=["empty", "text", "cut", "no call", "no envelope", "unknown", "entity", "external"],
    )
    def test_what_is_no_call_gets_a_soap_fault(self, oslo, body: bytes) -> None:
        answer = oslo.post(body)

        assert answer.code == 500
        assert "<faultcode>SOAP-ENV:Client</faultcode><faultstring>" in answer.text

    def test_values_moved_out_by_reference_are_followed(self, oslo) -> None:
        lnr = national_card_number(1).encode()
        call = b'<n:hent xmlns:n="http://lanekortet.no"><identifikator href="#id0"/></n:hent>'

        answer = oslo.post(HEAD + call + b'<m id="id0">' + lnr + b"</m>" + TAIL)

        assert answer.records[0]["lnr"] == lnr.decode()
