"""
What a pull and a push would do for one patron now: the steps of a run, tried and undone (X6).

The same statements and rules as at night, on one patron. Nothing is sent, and what is written is
rolled back; so an answer can never differ from what the next run decides in the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid4

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.keys import person_key
from registry_operators.domain.national_id import parse_national_id
from registry_operators.domain.reasons import Reason
from registry_operators.errors import MalformedAnswerError, RefusedError
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.rehearsal import rehearsal
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.assign_cards_and_pins import assign_cards_and_pins
from registry_operators.steps.filter_consent import filter_consent
from registry_operators.steps.filter_local_cards import filter_local_cards
from registry_operators.steps.look_up_persons import look_up_persons
from registry_operators.steps.open_run import RunRequest, open_run
from registry_operators.steps.plan_changes import plan_changes
from registry_operators.steps.ports import RegistryPort, Secrets
from registry_operators.steps.registry_record import COLUMN_TYPES, RecordReader, StagedRecord

_NOBODY = RegistryPatron("", "", "", "", "")
Told = RegistryPatron | Reason | None
"""What the registry says of a person: the record, why the answer is no use, or nobody."""


@dataclass(slots=True)
class Rehearsed:
    """
    What the steps did with the patrons of one flow.

    :param due: Patrons whom the next run would read; of a pull only those of whom that is known.
    :param open: Patrons of whom the rest depends on what the registry says.
    :param staged: Patrons whom no step took out.
    :param outcomes: Patron to outcome and reason code.
    :param changes: Patron to rows of ``why/list_changes``.
    """

    due: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    outcomes: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    changes: dict[int, list[Any]] = field(default_factory=dict)
    staged: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Troupe:
    """
    Everything that a rehearsal needs.

    :param patrons: Patron to library, of enabled libraries only.
    :param told: What the registry was heard to say, by patron.
    """

    config: LibrariesConfig
    secrets: Secrets
    patrons: Mapping[int, str]
    told: Mapping[int, Told]

    @property
    def libraries(self) -> tuple[str, ...]:
        """The libraries of the patrons, each once."""
        return tuple(sorted(set(self.patrons.values())))


def rehearse(ledger: Ledger, troupe: Troupe) -> dict[str, Rehearsed]:
    """Try both flows on the patrons and return what each would do; leaves nothing behind."""
    if not troupe.patrons:
        return {"push": Rehearsed(), "pull": Rehearsed()}
    with rehearsal(ledger) as trial:
        trial.rows("why/plan_for_few")
        rows = _with_keys(trial, troupe)
        return {"push": _push(trial, troupe, rows), "pull": _pull(trial, troupe, rows)}


def _with_keys(trial: Ledger, troupe: Troupe) -> dict[int, Any]:
    """Give the patrons the person keys that the next run would give them."""
    rows = trial.rows("why/list_national_ids", patron_ids=list(troupe.patrons))
    computed = [
        (row, person_key(national_id, troupe.secrets.keys))
        for row in rows
        if row.person_key is None
        and (national_id := parse_national_id(row.national_id)) is not None
    ]
    if computed:
        trial.run(
            "run/set_person_keys",
            patron_ids=[row.patron_id for row, _ in computed],
            national_ids=[row.national_id for row, _ in computed],
            person_keys=[key for _, key in computed],
        )
        rows = trial.rows("why/list_national_ids", patron_ids=list(troupe.patrons))
    return {row.patron_id: row for row in rows}


def _open(trial: Ledger, troupe: Troupe, flow: str, *, is_full: bool) -> UUID:
    run_id = uuid4()
    request = RunRequest(flow, troupe.libraries, is_full=is_full, is_dry_run=True)
    open_run(trial, troupe.config, request, run_id)
    return run_id


def _advance(trial: Ledger, run_id: UUID, library: str, stage: str, count: int) -> None:
    trial.run(
        "run/advance_library",
        run_id=run_id,
        library=library,
        to_stage=stage,
        read_count=count,
        until_time=None,
    )


def _stage_push(trial: Ledger, troupe: Troupe, *, is_full: bool) -> UUID:
    run_id = _open(trial, troupe, "push", is_full=is_full)
    for library in troupe.libraries:
        count = trial.run(
            "push/stage_changes",
            run_id=run_id,
            library=library,
            patron_ids=[one for one, code in troupe.patrons.items() if code == library],
        )
        _advance(trial, run_id, library, "staged", count)
    return run_id


def _push(trial: Ledger, troupe: Troupe, rows: Mapping[int, Any]) -> Rehearsed:
    """Read the patrons whether or not they changed, and plan as the push of tonight would."""
    due = _records(trial, _stage_push(trial, troupe, is_full=False), troupe)
    run_id = _stage_push(trial, troupe, is_full=True)
    filter_consent(trial, run_id=run_id)
    filter_local_cards(trial, run_id=run_id)
    unheard = _unheard(trial, run_id, troupe)
    heard = [library for library in troupe.libraries if library not in unheard]
    answers = {rows[patron].national_id: told for patron, told in troupe.told.items()}
    look_up_persons(
        trial, lambda _: cast(RegistryPort, _Heard(answers)), troupe.secrets,
        run_id=run_id, libraries=heard, concurrency=1,
    )  # fmt: skip
    assign_cards_and_pins(trial, troupe.config, troupe.secrets, run_id=run_id)
    plan_changes(trial, troupe.secrets.keys, run_id=run_id)
    result = _result(trial, run_id, troupe)
    result.due = {row.patron_id for row in due}
    result.open = {patron for patron in result.staged if troupe.patrons[patron] in unheard}
    return result


def _unheard(trial: Ledger, run_id: UUID, troupe: Troupe) -> set[str]:
    """Return the libraries whose push would ask the registry something that was not asked here."""
    inner_pad, outer_pad = troupe.secrets.keys.fingerprint_pads
    heard = {library for patron, library in troupe.patrons.items() if patron in troupe.told}
    return {
        library
        for library in troupe.libraries
        if library not in heard
        and trial.rows(
            "push/list_look_ups", run_id=run_id, library=library, batch_size=1,
            after_no=0, inner_pad=inner_pad, outer_pad=outer_pad,
        )
    }  # fmt: skip


def _pull(trial: Ledger, troupe: Troupe, rows: Mapping[int, Any]) -> Rehearsed:
    """Stage what the registry was heard to say, and plan as the pull of tomorrow would."""
    run_id = _open(trial, troupe, "pull", is_full=False)
    libraries = {row.library: row for row in trial.rows("run/list_libraries", run_id=run_id)}
    staged: dict[int, StagedRecord] = {}
    counts = dict.fromkeys(troupe.libraries, 0)
    for patron_id, library in troupe.patrons.items():
        row = rows.get(patron_id)
        if row is None or row.person_key is None:
            continue
        counts[library] += 1
        reader = RecordReader(
            troupe.secrets, run_id, library, syncs_pin=libraries[library].syncs_pin
        )
        staged[patron_id] = _record(reader, counts[library], patron_id, row, troupe.told)
    trial.copy("pull/copy_registry_records", COLUMN_TYPES, staged.values())
    for library, count in counts.items():
        _advance(trial, run_id, library, "staged", count)
    filter_consent(trial, run_id=run_id)
    filter_local_cards(trial, run_id=run_id)
    assign_cards_and_pins(trial, troupe.config, troupe.secrets, run_id=run_id)
    plan_changes(trial, troupe.secrets.keys, run_id=run_id)
    result = _result(trial, run_id, troupe)
    result.due = {
        patron_id
        for patron_id, record in staged.items()
        if record.changed_at is not None
        and record.changed_at >= libraries[record.library].since_time
    }
    result.open = result.staged - set(troupe.told)
    return result


def _record(
    reader: RecordReader, number: int, patron_id: int, row: Any, told: Mapping[int, Told]
) -> StagedRecord:
    person = bytes(row.person_key)
    match told.get(patron_id):
        case Reason() as failure:
            return reader.defective(number, failure, person)
        case None if patron_id in told:
            return reader.defective(number, Reason.NOT_IN_REGISTRY, person)
        case None:
            return reader.read(number, _NOBODY._replace(national_id=row.national_id), person)
        case patron:
            return reader.read(number, patron, person)


def _records(trial: Ledger, run_id: UUID, troupe: Troupe) -> list[Any]:
    return trial.rows("why/list_records", run_ids=[run_id], patron_ids=list(troupe.patrons))


def _result(trial: Ledger, run_id: UUID, troupe: Troupe) -> Rehearsed:
    """Read what the steps decided; a library that is not asked about stands before its plan."""
    result = Rehearsed()
    by_record = {}
    for row in _records(trial, run_id, troupe):
        by_record[row.library, row.record_no] = row.patron_id
        if row.is_staged:
            result.staged.add(row.patron_id)
        (counted,) = trial.rows(
            "report/count_outcomes", run_id=run_id, library=row.library, record_no=row.record_no
        )
        result.outcomes[row.patron_id] = (counted.outcome, counted.reason)
    for change in trial.rows("why/list_changes", run_ids=[run_id], patron_ids=list(troupe.patrons)):
        patron_id = by_record[change.library, change.record_no]
        result.changes.setdefault(patron_id, []).append(change)
    return result


@dataclass(frozen=True, slots=True)
class _Heard:
    """A registry that answers from what was heard before, and takes no other call."""

    answers: Mapping[str, Told]

    def find(self, identifier: str) -> list[RegistryPatron]:
        """Return the person as heard."""
        match self.answers.get(identifier):
            case None:
                return []
            case Reason.REFUSED:
                raise RefusedError("the registry refused when it was asked")
            case Reason.AMBIGUOUS_PERSON:
                return [_NOBODY, _NOBODY]
            case Reason():
                raise MalformedAnswerError("the registry's answer could not be read")
            case patron:
                return [patron]
