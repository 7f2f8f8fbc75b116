"""Load of the push: carry out the plan in the registry (spec N1.2, N3.6, N3.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.domain.audit_line import audit_line
from registry_operators.domain.reasons import Reason
from registry_operators.errors import UnavailableError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.apply_to_cicero import write_planned_values
from registry_operators.steps.library_failures import StepResult, each_library
from registry_operators.steps.ports import RegistryConnector, Secrets
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
        with ledger.transaction():
            write_planned_values(ledger, run_id, library)
        sending = _Sending(ledger, secrets, run_id, library, concurrency)
        counts = sending.send_all(RecordSender(connect(library), secrets))
        sending.finish()
        return [audit_line("push", "load", library, dict(sorted(counts.items())))]

    return each_library(ledger, run_id, libraries, "planned", "load", apply)


@dataclass(slots=True)
class _Sending:
    """The sending of one library's records."""

    ledger: Ledger
    secrets: Secrets
    run_id: UUID
    library: str
    concurrency: int

    @property
    def _scope(self) -> dict[str, Any]:
        return {"run_id": self.run_id, "library": self.library}

    @property
    def _pads(self) -> dict[str, bytes]:
        inner_pad, outer_pad = self.secrets.keys.fingerprint_pads
        return {"inner_pad": inner_pad, "outer_pad": outer_pad}

    def send_all(self, sender: RecordSender) -> Counter[str]:
        """Send until nothing is planned any more; raise when the registry stops answering."""
        counts: Counter[str] = Counter()
        after_no = 0
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="registry") as pool:
            while rows := self.ledger.rows(
                "push/next_records",
                **self._scope,
                **self._pads,
                after_no=after_no,
                batch_size=_BATCH_SIZE,
            ):
                record_nos = [row.record_no for row in rows]
                self.ledger.run("push/mark_sent", **self._scope, record_nos=record_nos)
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

    def finish(self) -> None:
        """Close removals, note what both sides agree on, and take the library to ``loaded``."""
        with self.ledger.transaction():
            self.ledger.run("push/write_looked_up_base", **self._scope, **self._pads)
            self.ledger.run("push/add_pull_pending", **self._scope)
            self.ledger.run("push/settle_removals", **self._scope)
            self.ledger.run("push/forget_removed_base", **self._scope)
            self.ledger.run(
                "run/advance_library",
                **self._scope,
                to_stage="loaded",
                read_count=None,
                until_time=None,
            )

    def _settle(self, results: Sequence[Sent]) -> None:
        record_nos = sorted({result.record_no for result in results})
        with self.ledger.transaction():
            self.ledger.run(
                "push/settle_records",
                **self._scope,
                record_nos=[result.record_no for result in results],
                fields=[result.field for result in results],
                states=[result.state for result in results],
                reasons=[result.reason for result in results],
            )
            self.ledger.run("push/write_base", **self._scope, record_nos=record_nos)
