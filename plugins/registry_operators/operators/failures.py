"""What an error of the engine means to Airflow: try again, or fail at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowFailException

from registry_operators.errors import SyncError, UnavailableError

if TYPE_CHECKING:
    from airflow.sdk import Context

    from registry_operators.steps.library_failures import StepResult


@contextmanager
def retry_only_what_may_pass() -> Iterator[None]:
    """
    Let Airflow retry a task only when the same call may succeed later.

    The error's own chain is cut: a cause may hold a row, and tracebacks end up in task logs.
    """
    try:
        yield
    except UnavailableError as error:
        raise type(error)(str(error)) from None
    except SyncError as error:
        raise AirflowFailException(f"{error.code}: {error}") from None


def retry_unfinished_libraries(result: StepResult, context: Context) -> None:
    """
    Ask for a retry while libraries failed in a way that may pass and tries are left.

    After the last try the task succeeds all the same, so that the other libraries go on; the
    run's report then fails and names the ones that did not come through (N4.2).

    :raises UnavailableError: Airflow is to try again.
    """
    task_instance = context["ti"]
    if result.retryable and task_instance.try_number <= task_instance.max_tries:
        raise UnavailableError(
            f"no answer for library {', '.join(result.retryable)}; the task is tried again, "
            "the others are done"
        )
