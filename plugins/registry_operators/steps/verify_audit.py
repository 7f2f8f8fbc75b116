"""Recompute the audit trail, and hold signed heads and plans against it (spec X9)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from registry_operators.domain.audit_chain import Break, BreakKind, ChainReader
from registry_operators.domain.audit_seals import SealReader
from registry_operators.domain.signed_head import SignedHead, parse_head
from registry_operators.ledger.audit_signature import AuditVerifier
from registry_operators.ledger.database import Ledger
from registry_operators.steps.sign_audit import HEADS_FILE, head_lines


@dataclass(frozen=True, slots=True)
class AuditAccount:
    """
    What a verification found.

    :param events: How many were read; they go up to ``last_no``.
    :param trimmed_up_to: The last event that was removed for its age, or 0.
    :param heads: Signed heads that were held against the trail.
    :param signed_up_to: The last event that a good head covers, or 0; what follows could still be
        exchanged as a whole.
    :param broken: The first broken link, or ``None``.
    :param sealed: Records that data syncs wrote, and that were held against their seals.
    """

    events: int
    last_no: int
    trimmed_up_to: int
    heads: int
    signed_up_to: int
    broken: Break | None
    sealed: int = 0

    def as_dict(self) -> dict[str, object]:
        """Return plain values, for JSON."""
        return {
            "is_whole": self.broken is None,
            "events": self.events,
            "last_no": self.last_no,
            "trimmed_up_to": self.trimmed_up_to,
            "heads": self.heads,
            "signed_up_to": self.signed_up_to,
            "sealed": self.sealed,
            "broken": None if self.broken is None else self.broken._asdict(),
        }


def verify_audit(ledger: Ledger, verifier: AuditVerifier, directory: Path) -> AuditAccount:
    """
    Read the whole trail once, with flat memory, and name the first link that does not hold.

    Digests are computed here and not in the database, whose functions may have been changed
    with the events. What data syncs wrote is held against the digests that the trail has of it, as
    long as their plans are kept. One transaction that sees one state; appends may go on meanwhile.
    """
    heads, bad = _heads(verifier, directory)
    reader = ChainReader({head.event_no: bytes.fromhex(head.digest) for head in heads})
    seals = SealReader()
    with ledger.transaction():
        ledger.run("audit/take_snapshot")
        reader.read(seals.listen(ledger.lines("audit/export_events")))
        differing = seals.judge_written(ledger.lines("audit/export_written"))
        differing += seals.judge_plans(ledger.lines("audit/export_plans"))
    breaks = sorted([*bad, *reader.finish(), *differing], key=lambda one: one.event_no)
    return AuditAccount(
        events=reader.count,
        last_no=reader.last_no,
        trimmed_up_to=reader.trimmed_up_to,
        heads=len(heads),
        signed_up_to=0 if breaks else max((head.event_no for head in heads), default=0),
        broken=breaks[0] if breaks else None,
        sealed=seals.count,
    )


def _heads(verifier: AuditVerifier, directory: Path) -> tuple[list[SignedHead], list[Break]]:
    """Return the heads with a good signature, and a break for each other line."""
    good: dict[int, SignedHead] = {}
    bad: list[Break] = []
    for number, line in enumerate(head_lines(directory), 1):
        where = f"{HEADS_FILE}, line {number}"
        try:
            head = parse_head(line)
        except ValueError:
            bad.append(Break(0, BreakKind.BAD_SIGNATURE, f"{where} is no signed head"))
            continue
        earlier = good.get(head.event_no)
        if not verifier.accepts(head):
            text = f"{where}: none of the public keys has signed it"
            bad.append(Break(head.event_no, BreakKind.BAD_SIGNATURE, text))
        elif earlier is not None and earlier.digest != head.digest:
            text = f"{where}: the event was signed before with another digest"
            bad.append(Break(head.event_no, BreakKind.HEAD_DIFFERS, text))
        else:
            good[head.event_no] = head
    return list(good.values()), bad
