"""Load of the push: carry out the plan in the registry (spec N1.2, N3.6, N3.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.reasons import Reason
from registry_operators.errors import UnavailableError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.writer import Fence, writing
from registry_operators.steps.apply_to_cicero import audit_planned_values, write_planned_values
from registry_operators.steps.keep_journal import keep_registry_values
from registry_operators.steps.library_failures import (
    StepResult,
    each_library,
    refuse_superseded,
)
from registry_operators.steps.ports import RegistryConnector, RegistryPort, Secrets
from registry_operators.steps.send_record import RecordSender, Sent

_BATCH_SIZE = 200
_AWAY = "the registry stopped answering; what was not sent is sent by a retry or by the next run"


def apply_to_registry(
    ledger: Ledger,
    connect: RegistryConnector,
    secrets: Secrets,
    *,
    run_id: UUID,
    libraries: Iterable[str],
    concurrency: int = 8,
) -> StepResult:
    """
    Send each library's planned records, batch by batch, with the values of that moment.

    A batch is marked as sent before its first call and settled after its last, so that a step
    that died knows which answers it may have lost. A refusal fails its record only; a registry
    that stops answering fails the library, whose records wait for a retry or the next run. A dry
    run sends nothing.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    if run.is_dry_run:
        return StepResult()

    def apply(library: str) -> list[str]:
        with writing(ledger, run_id, library) as fence:
            refuse_superseded(ledger, run_id, library)
            sending = LibrarySending(fence, secrets, library, concurrency)
            counts = sending.send_all(connect(library))
            decision = Decision("push", "load", library, dict(sorted(counts.items())))
            sending.finish(decision)
        return [decision.line]

    return each_library(ledger, run_id, libraries, "guarded", "load", apply)


@dataclass(slots=True)
class LibrarySending:
    """
    The sending of one library's records.

    :param held_set_id: Only what waited with this set and is approved; ``None`` for what never did.
    """

    fence: Fence
    secrets: Secrets
    library: str
    concurrency: int
    held_set_id: UUID | None = None

    @property
    def ledger(self) -> Ledger:
        """The connection that holds the right to write."""
        return self.fence.ledger

    @property
    def run_id(self) -> UUID:
        """The run whose plan is carried out."""
        return self.fence.run_id

    @property
    def _scope(self) -> dict[str, Any]:
        return {"run_id": self.run_id, "library": self.library}

    @property
    def _pads(self) -> dict[str, bytes]:
        inner_pad, outer_pad = self.secrets.keys.fingerprint_pads
        return {"inner_pad": inner_pad, "outer_pad": outer_pad}

    def send_all(self, registry: RegistryPort) -> Counter[str]:
        """
        Write numbers and default PINs into Cicero, and send until nothing is planned any more.

        :raises UnavailableError: The registry stopped answering.
        :raises StaleWriterError: Another run has begun to write.
        """
        if self.held_set_id is None:
            self._write_to_cicero()
        sender = RecordSender(registry, self.secrets, self._has_consent_now)
        counts: Counter[str] = Counter()
        after_no = 0
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="registry") as pool:
            while rows := self.ledger.rows(
                "push/next_records",
                **self._scope,
                **self._pads,
                after_no=after_no,
                batch_size=_BATCH_SIZE,
                held_set_id=self.held_set_id,
            ):
                record_nos = [row.record_no for row in rows]
                with self.fence.transaction():
                    batch = {
                        **self._scope, "record_nos": record_nos, "held_set_id": self.held_set_id,
                    }  # fmt: skip
                    keep_registry_values(self.ledger, self.secrets.keys, **batch)
                    self.ledger.run("push/mark_sent", **batch)
                results = [result for sent in pool.map(sender.send, rows) for result in sent]
                if sender.has_given_up:
                    # Who was not answered stays marked as sent: the retry asks before it sends.
                    results = [one for one in results if one.reason is not Reason.UNAVAILABLE]
                self._settle(results)
                counts.update(result.state for result in results)
                if sender.has_given_up:
                    raise UnavailableError(_AWAY)
                after_no = record_nos[-1]
        return counts

    def finish(self, decision: Decision) -> None:
        """Close removals, note what both sides agree on, and take the library to ``loaded``."""
        with self.fence.transaction():
            self.ledger.run("push/write_looked_up_base", **self._scope, **self._pads)
            self.ledger.run("push/add_pull_pending", **self._scope)
            self.settle_removals()
            self.ledger.run(
                "run/advance_library",
                **self._scope,
                to_stage="loaded",
                read_count=None,
                until_time=None,
            )
            AuditTrail(self.ledger).append_decisions(self.run_id, [decision])

    def settle_removals(self) -> None:
        """Close the removals that were confirmed, in the caller's transaction."""
        self.ledger.run("push/settle_removals", **self._scope)
        self.ledger.run("push/forget_removed_base", **self._scope)

    def _write_to_cicero(self) -> None:
        with self.fence.transaction():
            written = {
                field: write_planned_values(self.ledger, self.run_id, self.library, field)
                for field in ("card", "pin")
            }
            for field, rows in written.items():
                audit_planned_values(self.ledger, self.run_id, self.library, field, rows)

    def _has_consent_now(self, row: Any) -> bool:
        (now,) = self.ledger.rows(
            "push/check_sending",
            run_id=self.run_id,
            token=self.fence.token,
            patron_id=row.patron_id,
            is_removal=row.relation_action == "remove",
        )
        if not now.is_writer:
            self.fence.check()
        return bool(now.has_consent)

    def _settle(self, results: Sequence[Sent]) -> None:
        record_nos = sorted({result.record_no for result in results})
        with self.fence.transaction():
            settled = self.ledger.run(
                "push/settle_records",
                **self._scope,
                record_nos=[result.record_no for result in results],
                fields=[result.field for result in results],
                states=[result.state for result in results],
                reasons=[result.reason for result in results],
            )
            self.ledger.run("push/forget_replaced_base", **self._scope, record_nos=record_nos)
            self.ledger.run("push/write_base", **self._scope, record_nos=record_nos)
            if settled:
                AuditTrail(self.ledger).append_writes(
                    **self._scope,
                    target="registry",
                    fields=sorted({result.field for result in results}),
                    expected=settled,
                    records=(record_nos[0], record_nos[-1]),
                )
