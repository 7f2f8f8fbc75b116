"""How accounts look at a terminal."""

from __future__ import annotations

from rich.console import Group
from rich.markup import escape
from rich.table import Table

from registry_operators.domain.tally import LibraryTally


def account_table(tallies: list[LibraryTally], title: str) -> Group:
    """Return one flow's account: a row a library, ``read`` being the sum of what follows."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("library", no_wrap=True)
    for name in ("read", "created", "updated", "unchanged", "left out", "failed", "writes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("adds up", no_wrap=True)
    for tally in tallies:
        if not tally.is_enabled:
            table.add_row(tally.library, *["–"] * 7, "disabled")
            continue
        table.add_row(
            tally.library,
            *(f"{number:,}" for number in (
                tally.read, tally.created, tally.updated, tally.unchanged,
                sum(tally.left_out.values()), tally.failed, tally.writes,
            )),
            "yes" if tally.adds_up else "NO",
        )  # fmt: skip
    reasons = sorted({reason for tally in tallies for reason in (*tally.left_out, *tally.failures)})
    why = Table("left out or failed because", box=None, pad_edge=False)
    for tally in tallies:
        why.add_column(tally.library, justify="right")
    for reason in reasons:
        why.add_row(reason, *(_count(tally, reason) for tally in tallies))
    failures = [
        f"[red]{tally.failure_code}[/red] library {tally.library}: "
        + escape(tally.failure_detail or "")
        for tally in tallies
        if tally.failure_code
    ]
    return Group(table, *([why] if reasons else []), *failures, "")


def _count(tally: LibraryTally, reason: str) -> str:
    return f"{tally.left_out.get(reason, 0) + tally.failures.get(reason, 0):,}"
