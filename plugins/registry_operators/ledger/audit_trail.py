"""Append to the audit trail, in the transaction of what the events tell of (spec X9, X10)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.sync.sync_decision import SyncDecision
from registry_operators.errors import LedgerError
from registry_operators.ledger.database import Ledger

DATA_FLOW = "data"
_BATCH_SIZE = 5000
_EVERY_RECORD = (0, 2**31 - 1)
_PLAN_ID_DIGITS = 16
_MAX_NAME, _MAX_NOTE, _MAX_NAMES = 80, 200, 100
_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\]+")
_DIGITS = re.compile(r"\d(?:[ .-]?\d){4,}")  # a national id or card number, also in groups


class AuditTrail:
    """
    Appends events to the chain of ``patron_sync.audit_event``.

    Appends follow one another: each waits until the transaction of the one before has ended. So
    an append is the last thing that a transaction does before its commit; a transaction that goes
    on keeps everybody waiting. Isolation must be read committed, PostgreSQL's default.

    :param ledger: The connection whose transaction the events belong to.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def append(
        self,
        action: str,
        *,
        actor: str,
        run_id: UUID | None = None,
        library: str | None = None,
        subject: str | None = None,
        reason: str | None = None,
        note: str | None = None,
        person_key: bytes | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """
        Write down what a person did: approved, rejected, undid, erased, changed a setting.

        Events stay when a person is erased, so nothing in them may tell who somebody is: of a
        person only the pseudonym is kept, and five digits or more in a row in ``note`` are
        replaced by ``#``.

        :param action: One word, such as ``approve``, ``reject``, ``undo``, ``erase``,
            ``configure``.
        :param actor: Who did it: the user of Airflow or of the machine, never a patron.
        :param subject: Id of what it was done to, such as a held set.
        :param reason: A reason code.
        :param note: Free text of the actor; cut to 200 characters.
        :param person_key: The person whom it was about; the pseudonym is made of it here.
        :raises LedgerError: Action or actor is empty.
        """
        if not action.strip() or not actor.strip():
            raise LedgerError("an audit event needs an action and an actor; pass both")
        detail = {
            "subject": None if subject is None else _plain(subject, _MAX_NAME),
            "note": None if note is None else _DIGITS.sub("#", _plain(note, _MAX_NOTE)),
            **(counts or {}),
        }
        self._append(
            [
                {
                    "kind": "act",
                    **self._run(run_id),
                    "library": None if library is None else _plain(library, _MAX_NAME),
                    "action": _plain(action, _MAX_NAME),
                    "reason": None if reason is None else _plain(reason, _MAX_NAME),
                    "person": None if person_key is None else pseudonym(person_key),
                    "actor": _plain(actor, _MAX_NAME),
                    "detail": {name: value for name, value in detail.items() if value is not None},
                }
            ]
        )

    def append_configuration(
        self, run_id: UUID, *, actor: str, digests: tuple[str, str], changed: Sequence[str]
    ) -> None:
        """
        Write down that a run has another configuration than the one before.

        :param actor: Who started the run.
        :param digests: Of the configuration before and of the new one.
        :param changed: Names of fields, without values; cut to 100.
        """
        before, after = (digest[:_PLAN_ID_DIGITS] for digest in digests)
        names = [_plain(name, _MAX_NAME) for name in changed]
        if len(names) > _MAX_NAMES:
            names = [*names[:_MAX_NAMES], f"and {len(names) - _MAX_NAMES} more"]
        self._append(
            [
                {
                    "kind": "act",
                    **self._run(run_id),
                    "action": "configure",
                    "actor": _plain(actor, _MAX_NAME),
                    "detail": {"before": before, "after": after, "changed": names},
                }
            ]
        )

    def append_decisions(
        self,
        run_id: UUID,
        decisions: Iterable[Decision | SyncDecision],
        libraries: Collection[str] | None = None,
    ) -> None:
        """
        Write down what a step decided, in the transaction that takes its libraries on.

        :param libraries: Only of these: those that the step took to their next stage. A step that
            is repeated takes none, and so appends nothing twice.
        """
        events = [
            decision.event
            for decision in decisions
            if libraries is None
            or (isinstance(decision, Decision) and decision.library in libraries)
        ]
        if events:
            run = self._run(run_id)
            self._append([{**event, **run} for event in events])

    def append_writes(
        self,
        run_id: UUID,
        library: str,
        *,
        target: str,
        fields: Collection[str],
        expected: int,
        records: tuple[int, int] = _EVERY_RECORD,
    ) -> None:
        """
        Write down each planned change that the caller's open transaction has settled.

        :param expected: How many it settled; a change without an event must not be committed.
        :param records: First and last record of the batch.
        :raises LedgerError: There are more or fewer settled changes than expected; the caller's
            transaction must not commit.
        """
        if not expected:
            return
        self._ledger.run("audit/lock_chain")
        count = self._ledger.run(
            "audit/append_writes",
            run_id=run_id,
            library=library,
            target=target,
            fields=list(fields),
            first_no=records[0],
            last_no=records[1],
        )
        if count != expected:
            raise LedgerError(
                f"run {run_id}, library {library}: {expected} changes were settled and {count} "
                "found for the audit trail; nothing of this was kept, run the step again"
            )

    def append_seal(self, run_id: UUID, detail: Mapping[str, object]) -> None:
        """
        Write down what the caller's open transaction wrote into profiles, by its digest.

        One event for many records: a data sync may write hundreds of thousands, and its plan, to
        which the digest belongs, tells which fields of which profile they were.

        :param detail: Counts and names of data syncs, first and last record, and the digest.
        """
        self._append(
            [
                {
                    "kind": "write",
                    **self._run(run_id),
                    "step": "load",
                    "target": "profiles",
                    "state": "confirmed",
                    "detail": dict(detail),
                }
            ]
        )

    def append_profile_reversals(self, run_id: UUID, *, expected: int) -> None:
        """
        Write down each thing in profiles that the caller's open transaction took back.

        :param expected: How many it took back; what has no event must not be committed.
        :raises LedgerError: There are more or fewer; the caller's transaction must not commit.
        """
        if not expected:
            return
        self._ledger.run("audit/lock_chain")
        count = self._ledger.run("audit/append_profile_reversals", run_id=run_id)
        if count != expected:
            raise LedgerError(
                f"run {run_id}: {expected} things were taken back and {count} found for the audit "
                "trail; nothing of this batch was kept, undo the run again"
            )

    def append_reversals(
        self, run_id: UUID, library: str, target: str, reversals: Sequence[Any]
    ) -> None:
        """
        Write down each change of a run that the caller's transaction took back, or failed to.

        :param reversals: Rows of ``undo/list_settled``.
        """
        shared = {
            "kind": "write",
            **self._run(run_id),
            "library": library,
            "step": "undo",
            "target": target,
            "action": "undo",
        }
        for first in range(0, len(reversals), _BATCH_SIZE):
            self._append(
                [
                    {
                        **shared,
                        "field": one.field,
                        "state": one.state,
                        "reason": one.reason,
                        "person": pseudonym(one.person_key),
                    }
                    for one in reversals[first : first + _BATCH_SIZE]
                ]
            )

    def trim(self, before: datetime, *, actor: str) -> int:
        """
        Remove the events before a time and return how many; an event says up to which.

        :param before: Aware; the first event at or after it stays, with all that follow.
        """
        with self._ledger.transaction():
            (row,) = self._ledger.rows(
                "audit/trim_events", before=before, actor=_plain(actor, _MAX_NAME)
            )
        return int(row.removed)

    def _append(self, events: list[dict[str, object]]) -> None:
        with self._ledger.transaction():
            self._ledger.run("audit/lock_chain")
            self._ledger.run("audit/append_events", events=json.dumps(events, ensure_ascii=False))

    def _run(self, run_id: UUID | None) -> dict[str, object]:
        """Return what an event says of its run; a run that was removed is known by id alone."""
        if run_id is None:
            return {}
        flow, plan_id = None, None
        if runs := self._ledger.rows("run/read_run", run_id=run_id):
            flow, plan_id = runs[0].flow, runs[0].plan_id
        elif syncs := self._ledger.rows("data_sync/read_run", run_id=run_id):
            flow, plan_id = DATA_FLOW, syncs[0].plan_id
        return {
            "run_id": str(run_id),
            "flow": flow,
            "plan_id": None if plan_id is None else plan_id[:_PLAN_ID_DIGITS],
        }


def pseudonym(person_key: bytes) -> str:
    """Return by which name a person appears in logs and events: ten hex digits."""
    return bytes(person_key).hex()[:10]


def _plain(text: str, length: int) -> str:
    """Return a text in one line, without what a terminal or a parser would act on, and cut."""
    return _NOT_PLAIN.sub(" ", text).strip()[:length]
