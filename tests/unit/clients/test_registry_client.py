"""The client before a scripted registry: what is sent, what an answer becomes, what is retried."""

from __future__ import annotations

import base64
from datetime import datetime

import pytest

from registry_operators.clients.registry_client import (
    RegistryAccount,
    RegistryClient,
    registry_password,
)
from registry_operators.clients.registry_messages import Answer, RegistryUpload
from registry_operators.errors import (
    LoginRefusedError,
    MalformedAnswerError,
    RefusedError,
    SyncError,
    UnavailableError,
)
from tests.factories import LIBRARY, a_card_number, a_national_id, a_registry_patron, wire
from tests.unit.clients.answers import NO_HITS, envelope, fault, laaner, resultat, svar

SINCE = datetime(2026, 3, 1, 5, 0, 0)  # noqa: DTZ001  the registry's times have no zone
SECRET = "Hemmelig Navnesen 01018012345 N100000001"
UPLOAD = RegistryUpload(a_national_id(), a_card_number(), "Å & <B>, Øystein", wire("4711"))


class TestWhatIsSent:
    def test_user_and_password_go_by_http_basic(self, client, script) -> None:
        script.says(svar())

        client.remove_relation("N100000001")

        token = base64.b64encode(f"demo-{LIBRARY}:not-a-real-password".encode()).decode()
        assert script.headers[0]["Authorization"] == f"Basic {token}"
        assert script.headers[0]["SOAPAction"] == '""'

    def test_an_upload_is_escaped_and_complete(self, client, script) -> None:
        script.says(svar())

        client.create(UPLOAD)

        (body,) = script.bodies
        assert "<nl:nyPost>" in body
        assert "Å &amp; &lt;B&gt;, Øystein</navn>" in body
        assert all(f">{value}<" in body for value in (UPLOAD.national_id, wire("4711")))

    def test_an_update_leaves_out_what_shall_stay(self, client, script) -> None:
        script.says(svar())

        client.update("N100000009", RegistryUpload(a_national_id()))

        (body,) = script.bodies
        assert ">N100000009</lnr><post" in body
        assert "<pin" not in body
        assert "<navn" not in body
        assert body.count("<lnr") == 1

    def test_the_feed_is_asked_with_time_number_and_start(self, a_client, script) -> None:
        script.says(resultat(laaner()))

        list(a_client(page_size=7).changes_since(SINCE))

        (body,) = script.bodies
        assert ">2026-03-01T05:00:00</tidspunkt>" in body
        assert ">7</max_antall>" in body
        assert ">1</start_indeks>" in body

    def test_a_password_is_the_digest_of_code_and_secret(self) -> None:
        digest = registry_password("kode", "hemmelighet")

        assert len(digest) == 64
        assert digest == registry_password("kode", "hemmelighet") == digest.lower()


class TestWhatAnAnswerBecomes:
    @pytest.mark.parametrize(
        ("melding", "answer"),
        [
            ("ingen treff", Answer.NOT_FOUND),
            ("slett: ikke tilknyttet", Answer.NOT_RELATED),
            ("nyPost: FNR_HASH er allerede registrert", Answer.ALREADY_IN_REGISTRY),
            ("nyPost: LNR er allerede i bruk", Answer.CARD_IN_USE),
            ("nyPost: LNR er utenfor bibliotekets reserverte nummerserie",
             Answer.NUMBER_NOT_RESERVED),
            ("endre: FNR_HASH tilhører en annen person", Answer.OTHER_PERSON),
            ("noe helt annet", Answer.REFUSED),
        ],
        ids=lambda value: value.name.lower() if isinstance(value, Answer) else "",
    )  # fmt: skip
    def test_a_refusal_is_told_by_its_meaning(self, client, script, melding, answer) -> None:
        script.says(svar("false", melding))

        assert client.update("N100000001", UPLOAD) is answer
        assert len(script.bodies) == 1

    @pytest.mark.parametrize("status", ["true", "1", " TRUE "])
    def test_status_is_text_and_true_in_several_spellings(self, client, script, status) -> None:
        script.says(svar(status))

        assert client.remove_relation("N100000001") is Answer.DONE

    def test_a_hit_is_a_record(self, client, script) -> None:
        script.says(resultat(laaner()))

        assert client.find(a_national_id()) == [
            a_registry_patron(name="Ærfugl, Øystein", born_on="0000-00-00")
        ]

    def test_no_hit_is_an_empty_list_and_no_error(self, client, script) -> None:
        script.says(NO_HITS)

        assert client.find(a_national_id()) == []

    def test_an_empty_feed_is_empty_and_has_the_registrys_time(self, client, script) -> None:
        script.says(NO_HITS)
        feed = client.changes_since(SINCE)

        assert list(feed) == []
        assert feed.server_time == datetime(2026, 3, 2, 6)  # noqa: DTZ001

    def test_another_refusal_of_a_question_is_an_error(self, client, script) -> None:
        script.says(resultat(status="false", melding="hent: Ulovlig argument"))

        with pytest.raises(RefusedError):
            client.find("L0000001")
        with pytest.raises(RefusedError):
            list(client.changes_since(SINCE))
        assert len(script.bodies) == 2


class TestWhatIsRetried:
    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refused_login_is_told_at_once(self, client, script, pauses, status) -> None:
        script.says(SECRET, status)

        with pytest.raises(LoginRefusedError, match=rf"{LIBRARY} \(HTTP {status}\)"):
            client.find(a_national_id())
        assert (len(script.bodies), pauses) == (1, [])

    @pytest.mark.parametrize("status", [400, 404, 405, 413, 204])
    def test_another_status_is_a_refusal_and_not_repeated(self, client, script, status) -> None:
        script.says("" if status == 204 else SECRET, status)

        with pytest.raises(RefusedError) as caught:
            client.find(a_national_id())
        assert not isinstance(caught.value, LoginRefusedError)
        assert len(script.bodies) == 1

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_trouble_is_repeated_with_growing_pauses(self, client, script, pauses, status) -> None:
        script.says(SECRET, status)

        with pytest.raises(UnavailableError, match=str(status)):
            client.find(a_national_id())
        assert len(script.bodies) == 4
        assert [1.0, 4.0, 16.0] <= pauses <= [1.25, 5.0, 20.0]

    def test_trouble_that_passes_is_forgotten(self, client, script) -> None:
        script.says(status=503).says(status=503).says(resultat(laaner()))

        assert len(client.find(a_national_id())) == 1

    @pytest.mark.parametrize(("asked", "waited"), [("7", 7.0), ("100000", 60.0)])
    def test_the_registry_may_say_how_long_to_wait(
        self, client, script, pauses, asked, waited
    ) -> None:
        script.says(status=503, Retry_After=asked).says(NO_HITS)

        client.find(a_national_id())

        assert pauses == [waited]

    def test_a_date_in_retry_after_is_not_understood_and_harmless(self, client, script, pauses):
        script.says(status=429, Retry_After="Fri, 31 Dec 1999 23:59:59 GMT").says(NO_HITS)

        client.find(a_national_id())

        assert 1.0 <= pauses[0] <= 1.25

    def test_a_creation_is_never_repeated(self, client, script, pauses) -> None:
        script.says(status=503)

        with pytest.raises(UnavailableError):
            client.create(UPLOAD)
        assert (len(script.bodies), pauses) == (1, [])

    def test_an_update_is_repeated(self, client, script) -> None:
        script.says(status=503).says(svar())

        assert client.update("N100000001", UPLOAD) is Answer.DONE

    def test_a_cut_connection_is_repeated(self, client, script) -> None:
        script.says(resultat(laaner())[:200], Content_Length="5000").says(resultat(laaner()))

        assert len(client.find(a_national_id())) == 1

    def test_a_cut_page_is_read_again_as_a_whole(self, client, script) -> None:
        page = resultat(laaner(), laaner(lnr="N100000002"))
        script.says(page[:-200], Content_Length=str(len(page.encode()))).says(page)

        assert len(list(client.changes_since(SINCE))) == 2

    def test_a_cut_server_error_is_repeated_too(self, client, script) -> None:
        script.says(fault()[:150], 500, Content_Length="5000").says(NO_HITS)

        assert client.find(a_national_id()) == []

    def test_a_soap_fault_is_trouble(self, client, script) -> None:
        script.says(fault(SECRET), 500)

        with pytest.raises(MalformedAnswerError, match="e:Server"):
            client.find(a_national_id())
        assert len(script.bodies) == 4

    def test_nobody_at_the_address_is_trouble(self, pauses) -> None:
        account = RegistryAccount(LIBRARY, "http://127.0.0.1:9/", "user", "password")
        client = RegistryClient(account, pause=pauses.append)

        with pytest.raises(UnavailableError, match="did not answer"):
            client.find(a_national_id())
        assert len(pauses) == 3


class TestWhatErrorsTell:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (SECRET, 401), (SECRET, 404), (SECRET, 503), (fault(SECRET), 500), (fault(SECRET), 200),
            (svar("false", SECRET)[:-40], 200), (envelope(SECRET), 200),
            (resultat(status="false", melding=SECRET), 200),
            (resultat(laaner(navn=SECRET), returned=3), 200),
            (resultat(laaner(navn=SECRET), server_time=SECRET), 200),
        ],
    )  # fmt: skip
    def test_no_error_repeats_what_was_sent_or_came(self, client, script, body, status) -> None:
        script.says(body, status)

        for ask in (
            lambda: client.find(a_national_id()), lambda: list(client.changes_since(SINCE))
        ):  # fmt: skip
            try:
                ask()
            except SyncError as error:
                told = f"{error} {error!r} {error.__cause__} {error.__suppress_context__ or ''}"
                assert not {*SECRET.split(), a_national_id(), "not-a-real-password"} & set(
                    told.replace("'", " ").split()
                )

    def test_an_account_hides_its_password(self, client) -> None:
        assert "not-a-real-password" not in repr(client.account)
