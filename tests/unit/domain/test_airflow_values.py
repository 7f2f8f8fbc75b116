from __future__ import annotations

import pytest

from registry_operators.domain.airflow_values import is_answer, refused_part
from registry_operators.domain.mismatch import Mismatch
from registry_operators.domain.reasons import Reason
from registry_operators.domain.tally import LibraryTally
from tests.factories import a_card_number, a_national_id, a_patron, a_person_key, a_run_id, wire

WHO = a_patron(0)
ANSWER = {
    "chosen_options": ["Approve"],
    "params_input": {},
    "responded_at": "2026-03-02T08:00:00+00:00",
    "responded_by_user": {"id": "kari", "name": "Kari Nordmann"},
}


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, 1_200, -3, [], {}, [["2030000", "2040000"], []], "2030000", "pull", "failed",
        str(a_run_id()), f"held-{a_run_id()}", "manual__2026-03-02T06:00:00+00:00",
        "scheduled__2026-03-02T05:00:00.123456+00:00", "manual__2026-03-02T06:00:00+00:00_aB3dE6gH",
        {"lines": 3, "expired": 0}, Reason.NO_CONSENT, {"digest": "ab" * 32},
        {"trigger_run_id": f"held-{a_run_id()}", "conf": {"held_set_id": str(a_run_id())}},
        f"/dags/apply_held_changes/runs/held-{a_run_id()}",
    ],
)  # fmt: skip
def test_numbers_ids_and_known_words_pass(value: object) -> None:
    assert refused_part(value) is None


@pytest.mark.parametrize(
    "value",
    [
        WHO.surname, WHO.surname.lower(), f"{WHO.surname}, {WHO.first_name}", a_national_id(),
        int(a_national_id()), a_card_number(), int(a_card_number()[1:]), "4711", wire("4711"),
        a_person_key().hex(), a_person_key(), 1.5, {"read": "4711"}, {WHO.surname: 1},
        {a_national_id(): 1}, [{"library": "2030000", "off": [f"read {a_national_id()}"]}],
        {"off": ["record of solbakken"]}, "manual__solbakken", "held-solbakken", {"2030000"},
        "/dags/apply_held_changes/runs/held-solbakken", f"/dags/solbakken/runs/held-{a_run_id()}",
        (b"x",), "ab" * 32, ANSWER,
    ],
)  # fmt: skip
def test_whatever_is_not_known_is_refused(value: object) -> None:
    place = refused_part(value)

    assert place
    assert not any(
        text in place for text in (WHO.surname, a_national_id(), a_card_number(), "4711")
    )


def test_a_row_of_the_report_passes_with_all_that_may_be_off() -> None:
    numbers = ("accounted", "in_two_places", "planned_only", "writes", "unsettled",
               "held_without_set")  # fmt: skip
    row = LibraryTally("push", "2030000").as_dict() | {
        "left_out": dict.fromkeys(Reason, 3),
        "failure": "UNAVAILABLE",
        "off": [Mismatch(number, expected, 1).text for number in numbers for expected in (0, 2)],
    }

    assert refused_part([row], frozenset({"UNAVAILABLE"})) is None


def test_the_failure_of_a_library_is_a_known_code_only() -> None:
    assert refused_part({"failure": "LOGIN_REFUSED"}, frozenset({"LOGIN_REFUSED"})) is None
    assert refused_part({"failure": "OLSEN"}, frozenset({"LOGIN_REFUSED"})) == "failure: str"


def test_an_answer_of_staff_has_exactly_one_form() -> None:
    assert is_answer(ANSWER)
    assert is_answer(ANSWER | {"chosen_options": ["Reject"], "responded_by_user": None})


@pytest.mark.parametrize(
    "change",
    [
        {"chosen_options": ["Approve", "Reject"]}, {"chosen_options": ["Solbakken"]},
        {"params_input": {"why": "x"}}, {"responded_at": "yesterday"}, {"more": 1},
        {"responded_by_user": {"id": "kari", "name": a_national_id()}},
        {"responded_by_user": {"id": "kari", "name": "Kari", "born": "1990"}},
        {"responded_by_user": "Kari"},
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_refused(change: dict[str, object]) -> None:
    assert not is_answer(ANSWER | change)


def test_something_else_is_no_answer() -> None:
    assert not is_answer("Approve")
    assert not is_answer({"chosen_options": ["Approve"]})
