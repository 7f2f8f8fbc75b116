"""What the fault dials do to a caller of Alma, and the life of the process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from stand_ins.alma.process import running_alma, serving_alma
from tests.unit.stand_ins.alma_caller import Caller


@pytest.fixture
def alma() -> Iterator[Caller]:
    with serving_alma(60, per_second=0) as running:
        yield Caller(running)


@pytest.mark.parametrize(
    ("dial", "status", "text"),
    [
        ({"dial": "server_error"}, 500, "INTERNAL_SERVER_ERROR"),
        ({"dial": "too_many_requests", "retry_after": ""}, 429, "PER_SECOND_THRESHOLD"),
        ({"dial": "permission_lost"}, 400, "UNAUTHORIZED"),
        ({"dial": "html_503"}, 503, "<html>"),
    ],
)
def test_refusals(alma: Caller, dial, status: int, text: str) -> None:
    alma.alma.admin.set_faults(dial | {"after": 1, "times": 1})

    answers = [alma.get() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, status, 200]
    assert text in answers[1].text


def test_a_key_may_be_revoked_in_the_middle_of_a_run(alma: Caller) -> None:
    alma.alma.admin.set_faults({"dial": "session_expired", "after": 1})

    assert [alma.get().status_code for _ in range(3)] == [200, 403, 403]


@pytest.mark.parametrize("dial", ["reset_before_answer", "reset_after_answer"])
def test_a_reset_gives_no_answer(alma: Caller, dial: str) -> None:
    alma.alma.admin.set_faults({"dial": dial})

    with pytest.raises(requests.ConnectionError):
        alma.get()


def test_a_body_may_be_cut_in_silence(alma: Caller) -> None:
    alma.alma.admin.set_faults({"dial": "truncated_body", "in_silence": True})

    with pytest.raises(requests.exceptions.JSONDecodeError):
        alma.get().json()


def test_pages_may_be_empty_short_doubled_or_miscounted(alma: Caller) -> None:
    admin = alma.alma.admin
    admin.set_faults({"dial": "empty_success"})
    assert alma.get().json() == {"user": None, "total_record_count": 0}

    admin.set_faults({"dial": "shortened_page", "rows": 4})
    assert len(alma.page(limit=20)) == 16

    admin.clear_faults()
    first = alma.page(limit=20)
    admin.set_faults({"dial": "duplicated_page"})
    assert alma.page(limit=20, offset=20) == first

    admin.set_faults({"dial": "wrong_totals", "by": -7})
    assert alma.get().json()["total_record_count"] == 53


def test_pages_drift_while_they_are_read(alma: Caller) -> None:
    alma.alma.admin.set_faults(
        {"dial": "drifting_pages", "after": 1, "times": 3, "inserted": 3, "deleted": 3}
    )
    seen = [user["primary_id"] for offset in (0, 20, 40, 60) for user in
            alma.page(limit=20, offset=offset)]  # fmt: skip

    now = set(alma.ids())
    assert len(now) == 60
    assert now != set(seen)


def test_it_runs_with_its_options_and_faults(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"dials": [{"dial": "html_503", "times": 1}]}))

    extra = [f"--faults={faults}", "--per-second=0", "--empty-user=absent"]
    with running_alma(patrons=30, extra=extra) as running:
        alma = Caller(running)
        answers = [alma.get(q="last_name~nobody") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 200]
    assert answers[1].json() == {"total_record_count": 0}
