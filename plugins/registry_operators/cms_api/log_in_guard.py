"""Who fails to log in too often has to wait, longer each time (spec N3.8)."""

from __future__ import annotations

from registry_operators.ledger.database import Ledger
from registry_operators.settings.cms_api import REMEMBER_FAILURES_HOURS


class LogInGuard:
    """
    Counts the failed log-ins of one subject, in the caller's transaction.

    :param subject: Keyed hash of library and user, patron or card.
    :param most: Failures in a row that lock out.
    :param lock_minutes: Length of the first lock-out.
    """

    def __init__(self, ledger: Ledger, subject: bytes, *, most: int, lock_minutes: int) -> None:
        self._ledger = ledger
        self._subject = subject
        self._most = most
        self._lock_minutes = lock_minutes

    def wait_for_turn(self) -> None:
        """Let nobody else judge the same subject until the transaction ends."""
        self._ledger.rows("cms/lock_subject", subject=self._subject)

    def locked_for_s(self) -> int:
        """Return for how many seconds the subject is locked out; 0 if it is not."""
        rows = self._ledger.rows("cms/read_failures", subject=self._subject)
        return int(rows[0].locked_for_s or 0) if rows else 0

    def failed(self) -> None:
        """Count a failure."""
        self._ledger.run(
            "cms/count_failure",
            subject=self._subject,
            most=self._most,
            lock_minutes=self._lock_minutes,
            remember_hours=REMEMBER_FAILURES_HOURS,
        )

    def succeeded(self) -> None:
        """Forget all failures."""
        self._ledger.run("cms/forgive_failures", subject=self._subject)
