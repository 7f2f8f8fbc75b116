"""Symphony's client before the stand-in, and before a stub where that cannot misbehave enough."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.domain.sync.field_values import DataType, to_value
from registry_operators.errors import (
    ConfigurationError,
    LoginRefusedError,
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)
from registry_operators.settings.catalogues import load_catalogue
from stand_ins.symphony.process import serving_symphony
from tests.unit.clients.ils_stub import Asked, read
from tests.unit.clients.symphony_stub import (
    ALL,
    NOTHING,
    SEARCH,
    SWEEP,
    a_symphony,
    keys,
    page_of,
    row,
    told,
)
from tests.unit.clients.vendor_stub import calls, living, raw_values, turn

BOTH = pytest.mark.parametrize("options", [SEARCH, SWEEP], ids=["search", "keys"])
SYMPHONY = load_catalogue("symphony")


@pytest.fixture(scope="module")
def _served():
    with serving_symphony(400) as symphony:
        yield symphony


@pytest.fixture
def symphony(_served):
    """A Symphony of 396 living patrons, and 4 deleted ones, without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


class TestSession:
    def test_login_and_all_headers_are_sent(self) -> None:
        asked: list[Asked] = []
        with told(page_of([row(1)]), asked) as url:
            a_symphony(url).check()

        assert asked[0].body == '{"login": "DEMOSTAFF", "password": "demo-password"}'
        for call in asked:
            sent = {name: call.headers.get(name) for name in (
                "accept", "content-type", "sd-originating-app-id", "x-sirs-clientid",
            )}  # fmt: skip
            assert sent == {
                "accept": "application/json", "content-type": "application/json",
                "sd-originating-app-id": "patron-sync", "x-sirs-clientid": "DemoClient",
            }  # fmt: skip
        assert [call.headers.get("x-sirs-sessiontoken", "")[:8] for call in asked] == [
            "", "0f8fad5b",
        ]  # fmt: skip

    @BOTH
    def test_a_session_that_times_out_while_reading_is_opened_anew(self, symphony, options) -> None:
        before = calls(symphony).get("login", 0)
        turn(symphony, "session_expired", after=15)

        assert keys(read(a_symphony(symphony.api, **options), ALL)) == living(symphony)
        assert calls(symphony)["login"] == before + 2

    def test_a_session_that_stays_refused_is_opened_anew_once(self, symphony) -> None:
        before = calls(symphony).get("login", 0)
        turn(symphony, "permission_lost", status=401, operation="describe")

        with pytest.raises(LoginRefusedError, match="sessionTimedOut"):
            a_symphony(symphony.api).check()
        assert calls(symphony)["login"] == before + 2

    def test_a_wrong_password_is_tried_once_and_not_told(self, symphony) -> None:
        before = calls(symphony).get("login", 0)

        with pytest.raises(LoginRefusedError, match="unableToLogin") as caught:
            a_symphony(symphony.api, password="wrong-one").check()

        assert "wrong-one" not in str(caught.value)
        assert calls(symphony)["login"] == before + 1

    def test_a_wrong_client_is_refused(self, symphony) -> None:
        with pytest.raises(LoginRefusedError, match="client_id"):
            a_symphony(symphony.api, client_id="Nobody").check()

    @BOTH
    def test_a_right_lost_while_reading_ends_it(self, symphony, options) -> None:
        turn(symphony, "permission_lost", status=403, after=30)

        with pytest.raises(LoginRefusedError, match="insufficientPrivileges"):
            read(a_symphony(symphony.api, **options), ALL)


class TestFields:
    def test_a_field_that_the_site_lacks_is_told_before_anybody_is_read(self, symphony) -> None:
        before = calls(symphony).get("get", 0), calls(symphony).get("search", 0)

        with pytest.raises(ConfigurationError, match="no favouriteColour"):
            read(a_symphony(symphony.api), IlsQuery(frozenset({"lastName", "favouriteColour"})))
        assert before == (calls(symphony).get("get", 0), calls(symphony).get("search", 0))

    @BOTH
    def test_the_pin_is_never_asked_for(self, options) -> None:
        asked: list[Asked] = []
        query = IlsQuery(frozenset({"pin", "wifiPassword", "statCode"}))

        def rows(call: Asked):
            if "/key/" in call.path and not call.path.endswith("/1001"):
                return 404, {"messageList": [{"code": "recordNotFound"}]}, {}
            found = row(1001, statCode=None, pin="1234")
            return (200, found, {}) if "/key/" in call.path else page_of([found])(call)

        with told(rows, asked) as url:
            records = read(a_symphony(url, **options), query)

        assert records == [{"statCode": None, "key": "1001"}]
        sent = {call.query.get("includeFields") for call in asked}
        assert sent == {None, "statCode"} | ({"*", "barcode"} if options is SEARCH else set())

    def test_values_of_codes_called_like_a_secret_are_dropped(self) -> None:
        codes = [{"fields": {"code": {"key": code}, "data": "1"}} for code in ("PIN", "NOTE")]
        with told(page_of([row(1, customInformation=codes)])) as url:
            [record] = read(a_symphony(url, **SEARCH), NOTHING)

        assert record["customInformation"] == codes[1:]

    def test_every_field_of_the_catalogue_leads_to_a_value(self, symphony) -> None:
        codes = ["address1.EMAIL", "address1.CITY/STATE", "address2.PHONE"]
        names = [*SYMPHONY.fields, *codes]
        top = frozenset(one.top_level_key for name in names if (one := SYMPHONY.find(name)))
        records = read(a_symphony(symphony.api, **SEARCH), IlsQuery(top))

        def is_empty(name: str) -> bool:
            raw = (value for one in records for value in raw_values(SYMPHONY, one, name))
            return not any(to_value(DataType.TEXT, value) for value in raw)

        empty = {name for name in names if is_empty(name)}
        assert empty == {
            "groupId", "department", "title", "middleName", "suffix", "checkoutLocation",
            *(f"category{number:02d}" for number in range(2, 13)),
        }  # fmt: skip

    def test_fields_and_address_codes_of_the_site_are_found(self, symphony) -> None:
        with told(page_of([])) as url:
            found = {one.name: one for one in a_symphony(url).extra_fields()}
        here = {one.name for one in a_symphony(symphony.api).extra_fields()}

        assert found["statCode"].path == "statCode.key"
        assert not {"pin", "wifiPassword"} & set(found)
        assert {"address1.EMAIL", "address1.CITY/STATE", "address2.ZIP"} <= here

    def test_nothing_is_counted_and_everybody_has_changed(self, symphony) -> None:
        client = a_symphony(symphony.api, **SEARCH)
        query = IlsQuery(frozenset(), changed_since=datetime.now(UTC))

        assert client.count(ALL) is None
        assert keys(read(client, query)) == living(symphony)


class TestErrors:
    def test_a_page_for_people_is_told_as_unavailable(self, symphony) -> None:
        turn(symphony, "html_503")

        with pytest.raises(UnavailableError) as caught:
            a_symphony(symphony.api).check()
        assert str(caught.value) == "symphony: login: HTTP 503"

    def test_a_log_in_that_is_broken_is_no_refusal(self, symphony) -> None:
        turn(symphony, "server_error", operation="login", times=3)

        a_symphony(symphony.api).check()

        turn(symphony, "server_error", operation="login")
        with pytest.raises(UnavailableError, match="login: HTTP 500"):
            a_symphony(symphony.api).check()

    def test_messages_in_an_answer_of_success_are_an_error(self) -> None:
        content = {"messageList": [{"code": "badThing", "message": "Achterberg, Marisol"}]}
        with told(lambda _: (200, content, {})) as url, pytest.raises(RefusedError) as caught:
            read(a_symphony(url, **SEARCH), NOTHING)

        assert str(caught.value) == "symphony: search: refused (HTTP 200, badThing)"

    def test_a_fault_of_the_server_is_no_page(self) -> None:
        content = {"Fault": {"string": "Achterberg"}}
        with (
            told(lambda _: (200, content, {})) as url,
            pytest.raises(MalformedAnswerError, match="no rows") as caught,
        ):
            read(a_symphony(url, **SEARCH), NOTHING)

        assert "Achterberg" not in str(caught.value)
