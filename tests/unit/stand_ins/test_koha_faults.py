"""What the fault dials do to a caller of Koha, and what patrons do between two pages."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from stand_ins.koha.process import serving_koha
from tests.unit.stand_ins.koha_caller import CLIENT, Caller


@pytest.fixture
def koha() -> Iterator[Caller]:
    with serving_koha(60) as running:
        yield Caller(running)


def page(koha: Caller, number: int, size: int = 10) -> list[int]:
    answer = koha.get(_page=number, _per_page=size, _order_by="+me.patron_id")
    return [row["patron_id"] for row in answer.json()]


def test_latency_makes_a_call_wait(koha: Caller) -> None:
    koha.koha.admin.set_faults({"dial": "latency", "seconds": 0.15})
    start = time.monotonic()

    assert koha.get().status_code == 200
    assert time.monotonic() - start >= 0.15


@pytest.mark.parametrize(("wait", "told"), [("12", "12"), ("", None)])
def test_too_many_requests_may_say_when_to_come_back(koha: Caller, wait: str, told) -> None:
    koha.koha.admin.set_faults({"dial": "too_many_requests", "retry_after": wait})

    answer = koha.get()

    assert (answer.status_code, answer.headers.get("retry-after")) == (429, told)


@pytest.mark.parametrize(
    ("dial", "status", "text"),
    [
        ("server_error", 500, "internal_server_error"),
        ("permission_lost", 403, "required_permissions"),
        ("html_503", 503, "<html>"),
    ],
)
def test_refusals(koha: Caller, dial: str, status: int, text: str) -> None:
    koha.koha.admin.set_faults({"dial": dial, "after": 1, "times": 1})

    answers = [koha.get() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, status, 200]
    assert text in answers[1].text


@pytest.mark.parametrize("dial", ["reset_before_answer", "reset_after_answer"])
def test_a_reset_gives_no_answer(koha: Caller, dial: str) -> None:
    koha.koha.admin.set_faults({"dial": dial})

    with pytest.raises(requests.ConnectionError):
        koha.get()


def test_a_body_may_be_cut_by_a_reset_or_in_silence(koha: Caller) -> None:
    koha.koha.admin.set_faults({"dial": "truncated_body"})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        koha.get(_per_page=-1)

    koha.koha.admin.set_faults({"dial": "truncated_body", "in_silence": True})
    with pytest.raises(requests.exceptions.JSONDecodeError):
        koha.get().json()


def test_an_empty_success_says_that_there_is_nobody(koha: Caller) -> None:
    koha.koha.admin.set_faults({"dial": "empty_success"})

    answer = koha.get()

    assert (answer.status_code, answer.json(), answer.headers["x-total-count"]) == (200, [], "0")


def test_a_page_may_be_short_while_the_total_is_right(koha: Caller) -> None:
    koha.koha.admin.set_faults({"dial": "shortened_page", "rows": 3})

    answer = koha.get(_per_page=10)

    assert (len(answer.json()), answer.headers["x-total-count"]) == (7, "60")


def test_a_page_may_come_twice(koha: Caller) -> None:
    first = page(koha, 1)
    koha.koha.admin.set_faults({"dial": "duplicated_page", "times": 1})

    assert page(koha, 2) == first
    assert page(koha, 2) != first


def test_totals_may_be_wrong(koha: Caller) -> None:
    koha.koha.admin.set_faults({"dial": "wrong_totals", "by": 7})

    answer = koha.get()

    assert (answer.headers["x-total-count"], len(koha.rows())) == ("67", 60)


def test_pages_drift_when_patrons_go_between_them(koha: Caller) -> None:
    everybody = koha.ids()
    koha.koha.admin.set_faults({"dial": "drifting_pages", "after": 1, "times": 1, "deleted": 30,
                                "inserted": 0})  # fmt: skip
    seen = [number for count in range(1, 7) for number in page(koha, count)]

    left = koha.ids()
    assert len(left) == 30
    assert set(left) - set(seen), "offset pages miss those who moved up"
    assert set(everybody) > set(left)


def test_tokens_end_in_the_middle_of_a_run(koha: Caller) -> None:
    token = koha.token(**CLIENT).json()["access_token"]
    koha.koha.admin.set_faults({"dial": "session_expired", "after": 1})

    assert [koha.bearer(token).status_code for _ in range(3)] == [200, 401, 401]
    assert koha.bearer(koha.token(**CLIENT).json()["access_token"]).status_code == 200


def test_the_clock_may_be_wrong(koha: Caller) -> None:
    koha.koha.admin.set_faults({"dial": "clock_skew", "seconds": -86_400 * 30})
    koha.get()
    [changed] = koha.koha.admin.change(count=1)

    [row] = koha.rows(patron_id=changed, _match="exact")

    ago = datetime.now(UTC) - datetime.fromisoformat(row["updated_on"])
    assert 29 <= ago.days <= 30
    assert koha.koha.admin.summary()["offset_s"] == -86_400 * 30


def test_a_share_of_the_patrons_changes_by_the_seed_alone(koha: Caller) -> None:
    before = {row["patron_id"]: row for row in koha.rows()}

    ids = koha.koha.admin.change(share=0.1, seed=7)

    after = {row["patron_id"]: row for row in koha.rows()}
    differing = [number for number in after if after[number] != before[number]]
    assert differing == ids
    assert len(ids) == 6
    assert all(after[number]["updated_on"] > before[number]["updated_on"] for number in ids)
    with serving_koha(60) as other:
        assert other.admin.change(share=0.1, seed=7) == ids


def test_patrons_come_and_go_and_are_changed_one_by_one(koha: Caller) -> None:
    admin = koha.koha.admin
    new = admin.insert(2)
    admin.delete(ids=[1, 2])
    admin.patch(3, fields={"emails": []}, raw={"city": None, "staff_notes": "\u2028"})

    ids = koha.ids()
    [third] = koha.rows(patron_id=3, _match="exact")
    assert ids[-2:] == new
    assert 1 not in ids
    assert (third["email"], third["city"], third["staff_notes"]) in {
        ("", None, "\u2028"), (None, None, "\u2028"),
    }  # fmt: skip
    assert koha.get("/patrons/1").status_code == 404


def test_the_summary_counts_calls_by_kind(koha: Caller) -> None:
    koha.token(**CLIENT)
    koha.get()
    koha.get("/patrons/5")
    koha.get("/patrons/99999")

    summary = koha.koha.admin.summary()

    assert summary["calls"] == {"token": 1, "patrons": 1, "patron": 2}
    assert summary["statuses"] == {"200": 3, "404": 1}
    assert (summary["patrons"], summary["deleted"]) == (60, 0)
