"""What the next push and pull would do for a patron, in words (spec X6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry_operators.domain.explain_reasons import explain_reason, is_explained
from registry_operators.domain.explain_rules import explain_failure, explain_rule
from registry_operators.domain.reasons import Reason
from registry_operators.domain.why import Change, Outlook, Reversal
from registry_operators.steps.explain_present import Present
from registry_operators.steps.rehearse_patron import Rehearsed, Told

_WOULD = {
    "created": "It would be created in the registry.",
    "updated": "It would be updated.",
    "unchanged": "Nothing differs, so nothing would be written.",
    "left_out": "It would be left out.",
    "held": "It would be held for a person's decision.",
    "failed": "It would fail.",
}
_ASK = "patron-sync why --ask looks the patron up as the library."


@dataclass(frozen=True, slots=True)
class Stage:
    """
    What was tried and heard.

    :param trial: Flow to what its steps did.
    :param told: Patron to what the registry said; patrons who were not asked about are missing.
    :param was_asked: The asker wanted the registry to be asked.
    """

    present: Present
    trial: Mapping[str, Rehearsed]
    told: Mapping[int, Told]
    was_asked: bool

    def outlooks(self, row: Any) -> tuple[Outlook, ...]:
        """Return what each flow would do for a patron of ``why/find_patrons``."""
        library = self.present.config.libraries.get(row.library)
        if library is None or not library.enabled:
            return ()
        if not row.is_here and row.patron_id not in self.present.removals:
            return ()
        flows = ("push", "pull") if row.is_here else ("push",)
        return tuple(self._outlook(row, flow) for flow in flows)

    def _outlook(self, row: Any, flow: str) -> Outlook:
        patron_id = row.patron_id
        trial = self.trial[flow]
        is_open = patron_id in trial.open
        outcome, reason = trial.outcomes.get(patron_id, (None, None))
        changes = () if is_open else changes_in_words(trial.changes.get(patron_id, ()))
        is_due = self._is_due(patron_id, flow, is_settled=not is_open)
        says = [*self._heard(patron_id, flow), *self._due(row, flow, is_due)]
        if is_open:
            says.append(self._needs(patron_id, flow))
        elif outcome is not None:
            says.append(_WOULD[outcome])
        elif flow == "pull":
            says.append("Without a valid national id no record of the registry is the patron's.")
        return Outlook(
            flow=flow,
            is_due=is_due,
            needs_registry=is_open,
            outcome=None if is_open else outcome,
            says=tuple(says),
            reason=explain_reason(reason) if reason and not is_open else None,
            changes=changes,
        )

    def _is_due(self, patron_id: int, flow: str, *, is_settled: bool) -> bool | None:
        if self.present.pending(patron_id, flow) is not None:
            return True
        if flow == "pull" and patron_id not in self.told:
            return None
        return patron_id in self.trial[flow].due

    def _due(self, row: Any, flow: str, is_due: bool | None) -> Iterator[str]:
        mark = self.present.marks.get((flow, row.library))
        if (pending := self.present.pending(row.patron_id, flow)) is not None:
            yield f"The next {flow} would take the patron up because of {pending.reason}."
        elif flow == "push" and is_due and mark is None:
            yield "The next push would read the patron, as it reads everybody for the first time."
        elif flow == "push" and is_due and not row.is_here:
            yield "The next push would take up the removal."
        elif flow == "push" and is_due:
            yield "The next push would read the patron: something changed in Cicero."
        elif flow == "push":
            yield (
                "The next push would not read the patron: nothing changed in Cicero since the last "
                "one. A push --full would read everybody; then:"
            )
        elif is_due:
            yield "The next pull would read the patron: the registry has changed the record."
        elif is_due is False:
            yield (
                "The next pull would not read the patron: the registry has not changed the record "
                "since the last one. A pull --full would read everybody; then:"
            )

    def _heard(self, patron_id: int, flow: str) -> Iterator[str]:
        if patron_id in self.told:
            match self.told[patron_id]:
                case None:
                    yield "The registry was asked: it does not know the person."
                case Reason() as failure:
                    yield f"The registry was asked, and its answer is no use: {failure}."
                case _:
                    yield "The registry was asked: it knows the person."
        elif self.was_asked and flow == "push":
            yield "The registry was not asked, because there is no consent or no valid national id."

    def _needs(self, patron_id: int, flow: str) -> str:
        if flow == "pull":
            text = "Whether the registry has something else only the registry can tell."
        else:
            text = "The push would first ask the registry; the rest depends on the answer."
        return text if patron_id in self.told else f"{text} {_ASK}"


def changes_in_words(rows: Any) -> tuple[Change, ...]:
    """Return rows of ``why/list_changes`` in words."""
    return tuple(
        Change(
            field=row.field,
            target=row.target,
            action=row.action,
            state=row.state,
            is_conflict=row.is_conflict,
            rule=explain_rule(row.rule),
            reason=explain_reason(row.outcome_reason) if row.outcome_reason else None,
            undo=_reversal(row),
        )
        for row in rows
    )


def _reversal(row: Any) -> Reversal | None:
    """Return what became of taking a change back; a failure may be that of a whole library."""
    if row.undo_state is None:
        return None
    reason = None
    if row.undo_reason:
        explain = explain_reason if is_explained(row.undo_reason) else explain_failure
        reason = explain(row.undo_reason)
    return Reversal(row.undo_state, row.undone_at, reason)
