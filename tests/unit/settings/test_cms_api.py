from __future__ import annotations

import pytest
from pydantic import ValidationError

from registry_operators.settings.cms_api import CmsApi, SelfService


def test_defaults_are_those_of_the_documentation() -> None:
    assert CmsApi().model_dump() == {
        "session_minutes": 60,
        "failures_before_lock": 5,
        "lock_minutes": 15,
        "user_lock_minutes": 1,
    }
    assert SelfService().model_dump() == {
        "branches": [],
        "languages": ["nb", "nn", "en"],
        "notification_protocols": [],
        "guardian_visibility": True,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_minutes": 0}, {"session_minutes": 1441}, {"failures_before_lock": 1},
        {"lock_minutes": 61}, {"user_lock_minutes": 0}, {"lock_minutes": "15"}, {"other": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(wrong) -> None:
    with pytest.raises(ValidationError):
        CmsApi.model_validate(wrong)


@pytest.mark.parametrize("branch", ["", "Hovedbiblioteket", "NO-", "NO-1 2"])
def test_a_branch_has_an_isil(branch: str) -> None:
    with pytest.raises(ValidationError):
        SelfService.model_validate({"branches": [{"id": branch, "title": "x"}]})
