"""What Alma's client makes of refusals, limits and brief rows."""

from __future__ import annotations

import pytest

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.errors import LoginRefusedError, RefusedError, UnavailableError
from stand_ins.alma.process import serving_alma
from tests.unit.clients.ils_stub import an_alma, names, read, saying

FULL = IlsQuery(frozenset({"contact_info"}))


class TestBriefRows:
    def test_an_older_alma_is_read_user_by_user(self) -> None:
        with serving_alma(120, per_second=0, is_older=True) as alma:
            records = read(an_alma(alma.api), FULL)

            assert len(set(names(records))) == len(records) == 119
            assert all(record["contact_info"] for record in records)

    def test_too_many_for_that_are_refused_with_what_to_do(self) -> None:
        refused = pytest.raises(RefusedError, match=r"expand=full.*single_reads")
        with serving_alma(300, per_second=0, is_older=True) as alma, refused:
            read(an_alma(alma.api, single_reads=200), FULL)

    def test_who_is_gone_before_his_turn_is_left_out(self) -> None:
        def answer(call):
            if call.path.endswith("/users"):
                users = [{"primary_id": "a/b@c"}, {"primary_id": "gone"}]
                return 200, {"user": users, "total_record_count": 2}, {}
            if call.path.endswith("/a%2Fb%40c"):
                return 200, {"primary_id": "a/b@c", "contact_info": {}}, {}
            return 400, _error("401861", as_list=False), {}

        with saying(answer) as url:
            assert names(read(an_alma(url), FULL)) == ["a/b@c"]

    def test_brief_rows_are_enough_when_nothing_else_is_needed(self) -> None:
        with serving_alma(20, per_second=0) as alma:
            records = read(an_alma(alma.api), IlsQuery(frozenset({"first_name"})))

        assert len(records) == 20
        assert "contact_info" not in records[0]
        assert "password" not in records[0]


class TestErrors:
    @pytest.mark.parametrize("options", [{}, {"is_gateway_xml": True}, {"is_single_error": True},
                                         {"is_errors_flag_text": True}])  # fmt: skip
    def test_a_wrong_key_is_refused_in_every_form(self, options) -> None:
        with serving_alma(5, **options) as alma, pytest.raises(LoginRefusedError) as caught:
            an_alma(alma.api, key="l7xx-wrong").check()

        assert "l7xx" not in str(caught.value)

    def test_a_key_without_the_area_is_refused(self) -> None:
        with serving_alma(5, no_permission=True) as alma, pytest.raises(LoginRefusedError):
            an_alma(alma.api).check()

    @pytest.mark.parametrize("options", [{}, {"is_gateway_xml": True}, {"is_single_error": True}])
    def test_a_used_up_quota_is_told_and_not_waited_for(self, options) -> None:
        pauses: list[float] = []
        used_up = pytest.raises(UnavailableError, match="DAILY_THRESHOLD")
        with serving_alma(300, daily=3, **options) as alma, used_up:
            read(an_alma(alma.api, pause=pauses.append, quota_floor=0), FULL)

        assert pauses == []

    def test_the_last_calls_of_the_day_are_left_to_others(self) -> None:
        too_few = pytest.raises(UnavailableError, match=r"1999 calls .* 2000")
        with serving_alma(300, daily=2003) as alma, too_few:
            read(an_alma(alma.api, threads=1), FULL)

    def test_too_many_calls_a_second_are_repeated(self) -> None:
        answers = [(429, _error("PER_SECOND_THRESHOLD"), {"Retry-After": "7"}), (200, {}, {})]
        pauses: list[float] = []
        with saying(lambda _: answers.pop(0)) as url:
            an_alma(url, pause=pauses.append).check()

        assert pauses == [7.0]

    @pytest.mark.parametrize("flag", [True, "true"])
    def test_errors_in_an_answer_of_success_are_errors(self, flag) -> None:
        body = _error("402119") | {"errorsExist": flag}
        refused = pytest.raises(RefusedError, match="402119")
        with saying(lambda _: (200, body, {})) as url, refused as caught:
            an_alma(url).count(FULL)

        assert "geheim" not in str(caught.value)


def _error(code: str, *, as_list: bool = True):
    one = {"errorCode": code, "errorMessage": "geheim w0001", "trackingId": "E01"}
    return {"errorsExist": True, "errorList": {"error": [one] if as_list else one}}
