"""Create a patron and take it back, so that a dry run meets every refusal (spec N3.2)."""

from __future__ import annotations

from registry_operators.desk.create_patron import write_patron
from registry_operators.desk.decided_patron import decide_patron, refuse_undecided
from registry_operators.desk.desk import Caller, Desk
from registry_operators.desk.new_patron import NewPatron
from registry_operators.domain.creation import Creation
from registry_operators.ledger.rehearsal import rehearsal


def try_creation(desk: Desk, caller: Caller, request: NewPatron) -> Creation:
    """
    Return what would be decided; of the patron nothing is left but a gap in Cicero's numbers.

    Where the registry is asked, an event says who asked about whom (X9).

    :raises DeskError: What the creation would be refused for.
    """
    decided = decide_patron(desk, caller, request, is_trial=True)
    refuse_undecided(decided.creation)
    with desk.open_ledger() as ledger, rehearsal(ledger) as undone:
        return write_patron(desk, undone, caller, decided).creation
