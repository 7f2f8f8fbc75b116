"""
The few errors of the engine, grouped by what should happen next.

A bad *record* is not an error: it is a verdict or a plan row with a reason. Messages say what was
found, what was expected and what to do, and never hold personal data.
"""

from __future__ import annotations


class SyncError(Exception):
    """Base of every error that the engine raises on purpose; ``code`` goes into the ledger."""

    code = "SYNC_ERROR"


class ConfigurationError(SyncError):
    """The configuration is wrong; nothing was read or written. Correct it and run again."""

    code = "CONFIGURATION"


class RefusedError(SyncError):
    """The other system answered and said no; repeating the same call cannot help."""

    code = "REFUSED"


class LoginRefusedError(RefusedError):
    """The registry refused a library's user name or password (HTTP 401 or 403)."""

    code = "LOGIN_REFUSED"


class UnavailableError(SyncError):
    """The other system did not answer, or not in time; the same call may succeed later."""

    code = "UNAVAILABLE"
    retry_after_s: float | None = None


class MalformedAnswerError(UnavailableError):
    """The answer was cut off, not well-formed, or its counts contradict its content."""

    code = "MALFORMED_ANSWER"


class LedgerError(SyncError):
    """The ledger is not in the state that a step needs; the message names run and step."""

    code = "LEDGER"


class SupersededError(SyncError):
    """A later run has completed for library or data sync; this one's plan is out of date."""

    code = "SUPERSEDED_RUN"


class WriterBusyError(UnavailableError):
    """Another run or process is writing; the same step may be repeated when it has ended."""

    code = "WRITER_BUSY"


class StaleWriterError(SyncError):
    """Another run has taken over the right to write; this one must not write any more."""

    code = "STALE_WRITER"


class DecisionRefusedError(SyncError):
    """A decision on held changes cannot be taken as asked; nothing was changed."""

    code = "DECISION_REFUSED"


class RunFailedError(SyncError):
    """At least one library of a finished run failed; the message names each and its cause."""

    code = "RUN_FAILED"


class OverdueError(RunFailedError):
    """Somebody has waited too long; the message counts them by library and reason."""
