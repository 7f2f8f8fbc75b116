"""Begin a run: its libraries, their windows, and the configuration that it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from registry_operators.domain.keys import SyncKeys
from registry_operators.domain.registry_time import read_since
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig, Library
from registry_operators.steps.note_configuration import note_configuration

_COMPARED = ("guarded", "loaded", "done", "disabled")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """
    What a run is asked to do.

    :param flow: ``pull`` or ``push``.
    :param libraries: Agency codes; empty for all.
    :param is_full: Read everything instead of what changed since the last completed run.
    :param is_dry_run: Stop after the plan.
    :param asked_by: Who started it; may not approve what it holds back.
    :param reconciliation_id: The full pull of the reconciliation that the run is a part of: its own
        id in that pull. ``None`` for a run by itself.
    """

    flow: str
    libraries: tuple[str, ...] = ()
    is_full: bool = False
    is_dry_run: bool = False
    asked_by: str = "schedule"
    reconciliation_id: UUID | None = None


def open_run(
    ledger: Ledger,
    config: LibrariesConfig,
    request: RunRequest,
    run_id: UUID,
    *,
    keys: SyncKeys | None = None,
) -> list[str]:
    """
    Write down the run and the window of each library, and return the enabled libraries.

    A disabled library is part of the run as ``disabled``, so that the report says so (N2.2). One
    transaction; opening a run again keeps its windows and forgets earlier failures. A configuration
    that differs from that of the last run leaves an event in the audit trail. The push of a
    reconciliation is for the libraries whose pull came through its guards: of the others it is not
    known who is in the registry.

    :param keys: ``None`` for a rehearsal, which tells nobody of a changed configuration.
    """
    chosen = _chosen(ledger, config, request, run_id)
    marks = {row.library: row for row in ledger.rows("run/read_watermarks", flow=request.flow)}
    with ledger.transaction():
        ledger.run(
            "run/open_run",
            run_id=run_id,
            flow=request.flow,
            is_full=request.is_full,
            is_dry_run=request.is_dry_run,
            config_digest=config.digest,
            asked_by=request.asked_by,
            reconciliation_id=request.reconciliation_id,
        )
        for series in config.national_series:
            ledger.run(
                "run/add_series",
                run_id=run_id,
                prefix=series.prefix,
                first_digits=series.first,
                last_digits=series.last,
            )
        for code, library in chosen.items():
            _open_library(ledger, request, run_id, code, library, marks)
        if keys is not None:
            note_configuration(ledger, config, keys, run_id=run_id, actor=request.asked_by)
    return [code for code, library in chosen.items() if library.enabled]


def _chosen(
    ledger: Ledger, config: LibrariesConfig, request: RunRequest, run_id: UUID
) -> dict[str, Library]:
    chosen = config.chosen(request.libraries)
    if request.reconciliation_id in {None, run_id}:
        return chosen
    pulled = ledger.rows("run/list_libraries", run_id=request.reconciliation_id)
    compared = {row.library for row in pulled if row.stage in _COMPARED}
    return {code: library for code, library in chosen.items() if code in compared}


def _open_library(
    ledger: Ledger,
    request: RunRequest,
    run_id: UUID,
    code: str,
    library: Library,
    marks: Mapping[str, object],
) -> None:
    mark = None if request.is_full else marks.get(code)
    is_pull = request.flow == "pull"
    ledger.run(
        "run/open_library",
        run_id=run_id,
        library=code,
        stage="opened" if library.enabled else "disabled",
        syncs_card=library.synchronise.card_number,
        syncs_pin=library.synchronise.pin,
        card_policy=library.conflicts.card_number,
        pin_policy=library.conflicts.pin,
        is_whole=mark is None and (is_pull or request.reconciliation_id is None),
        since_time=read_since(getattr(mark, "registry_time", None)) if is_pull else None,
        since_xid=None if is_pull else getattr(mark, "cicero_xid", None),
    )
    sequence = library.card_sequence
    ledger.run(
        "run/set_sequence",
        library=code,
        prefix=sequence.prefix,
        first_value=int(sequence.first),
        last_value=int(sequence.last),
        next_value=int(sequence.next),
        width=len(sequence.first),
    )
