from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException

from registry_operators.errors import (
    ConfigurationError,
    LedgerError,
    LoginRefusedError,
    MalformedAnswerError,
    UnavailableError,
)
from registry_operators.operators.failures import (
    retry_only_what_may_pass,
    retry_unfinished_libraries,
)
from registry_operators.steps.library_failures import StepResult


def a_context(try_number: int, max_tries: int = 3):
    return {"ti": SimpleNamespace(try_number=try_number, max_tries=max_tries)}


class TestRetryOnlyWhatMayPass:
    @pytest.mark.parametrize("error", [ConfigurationError, LoginRefusedError, LedgerError])
    def test_what_cannot_pass_fails_the_task_at_once(self, error):
        with pytest.raises(AirflowFailException, match=error.code), retry_only_what_may_pass():
            raise error("found x, expected y")

    @pytest.mark.parametrize("error", [UnavailableError, MalformedAnswerError])
    def test_what_may_pass_is_left_to_a_retry(self, error):
        with pytest.raises(error, match="no answer"), retry_only_what_may_pass():
            raise error("no answer")

    def test_the_cause_is_cut_off_because_it_may_hold_a_row(self):
        refused = LedgerError("refused")
        refused.__cause__ = KeyError("a row")

        with pytest.raises(AirflowFailException) as caught, retry_only_what_may_pass():
            raise refused

        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


class TestRetryUnfinishedLibraries:
    def test_asks_for_a_retry_while_tries_are_left(self):
        result = StepResult(retryable=["2030000"])

        with pytest.raises(UnavailableError, match="2030000"):
            retry_unfinished_libraries(result, a_context(try_number=3))

    def test_lets_the_others_go_on_after_the_last_try(self):
        result = StepResult(retryable=["2030000"])

        retry_unfinished_libraries(result, a_context(try_number=4))

        assert result.retryable == ["2030000"]

    def test_is_content_when_every_library_is_done(self):
        done = StepResult()

        retry_unfinished_libraries(done, a_context(try_number=1))

        assert done.retryable == []
