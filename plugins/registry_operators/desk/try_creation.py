"""Create a patron and take it back, so that a dry run meets every refusal (spec N3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from registry_operators.desk.create_patron import create_patron
from registry_operators.desk.desk import Caller, Desk
from registry_operators.desk.new_patron import NewPatron
from registry_operators.domain.creation import Creation
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.rehearsal import rehearsal


def try_creation(desk: Desk, caller: Caller, request: NewPatron) -> Creation:
    """
    Return what would be decided; nothing is left but a gap in Cicero's numbers of patrons.

    :raises DeskError: What the creation would be refused for.
    """

    @contextmanager
    def trial() -> Iterator[Ledger]:
        with desk.open_ledger() as ledger, rehearsal(ledger) as undone:
            yield undone

    return create_patron(replace(desk, open_ledger=trial), caller, request).creation
