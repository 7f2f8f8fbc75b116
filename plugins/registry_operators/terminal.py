"""How answers, errors and accounts look at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table

from registry_operators.domain.drift import UNEXPLAINED, LibraryDrift
from registry_operators.domain.tally import LibraryTally
from registry_operators.errors import SyncError
from registry_operators.steps.show_plan import ShownPlan

out = Console()
err = Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def answer(text: str, as_json: bool, **content: object) -> None:
    """Say what was done, as a sentence or as JSON."""
    if as_json:
        out.print_json(json.dumps(content))
    else:
        out.print(text, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Show an error of ours as a sentence, and end with code 1."""
    try:
        yield
    except SyncError as error:
        err.print(f"[red]{error.code}[/red] {escape(str(error))}", highlight=False)
        raise typer.Exit(1) from None


def account_table(tallies: list[LibraryTally], title: str) -> Group:
    """Return one flow's account: a row a library, ``read`` being the sum of what follows."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.add_column("library", no_wrap=True)
    counts = ("read", "created", "updated", "unchanged", "left out", "held", "failed", "writes")
    for name in counts:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("adds up", no_wrap=True)
    for tally in tallies:
        if not tally.is_enabled:
            table.add_row(tally.library, *["–"] * len(counts), "disabled")
            continue
        table.add_row(
            tally.library,
            *(f"{number:,}" for number in (
                tally.read, tally.created, tally.updated, tally.unchanged,
                sum(tally.left_out.values()), tally.held, tally.failed, tally.writes,
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


def drift_table(drift: list[LibraryDrift]) -> Table:
    """Return what a comparison found: a row for each library, field and kind."""
    table = Table(title="both sides compared", title_justify="left", box=None)
    for name in ("library", "field", "found"):
        table.add_column(name)
    table.add_column("records", justify="right")
    table.add_column("")
    for one in drift:
        for field, kinds in one.fields.items():
            for kind, records in kinds.items():
                sign = "differs" if kind in UNEXPLAINED else ""
                table.add_row(one.library, field, kind, f"{records:,}", sign)
    return table


def plan_table(plan: ShownPlan) -> Group:
    """Return a plan: a row for each library, kind and reason, and then the changes shown."""
    kinds = Table(title=f"plan {plan.plan_id[:16]}", title_justify="left", box=None)
    for name in ("library", "target", "field", "action", "rule", "state", "reason"):
        kinds.add_column(name)
    kinds.add_column("changes", justify="right")
    kinds.add_column("conflicts", justify="right")
    for row in plan.kinds:
        texts = (row.library, row.target, row.field, row.action, row.reason, row.state,
                 row.outcome_reason or "–")  # fmt: skip
        kinds.add_row(*texts, f"{row.changes:,}", f"{row.conflicts:,}")
    lines = [
        " ".join(f"{name}={value}" for name, value in row._asdict().items() if value is not None)
        for row in plan.changes
    ]
    return Group(kinds, *lines)


def _count(tally: LibraryTally, reason: str) -> str:
    return f"{tally.left_out.get(reason, 0) + tally.failures.get(reason, 0):,}"
