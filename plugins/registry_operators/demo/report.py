"""The demo's account as a table, as JSON, as CSV and as a page with a picture of the flow."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Group
from rich.table import Table

from registry_operators.demo.environment import DEMO_DIR
from registry_operators.demo.play import FLOWS, Account
from registry_operators.domain.tally import LibraryTally

_TEMPLATES = Path(__file__).parent


def account_table(tallies: list[LibraryTally], title: str) -> Group:
    """Return one flow's account: a row a library, ``read`` being the sum of what follows."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("library")
    for name in ("read", "created", "updated", "same", "left out", "failed", "writes"):
        table.add_column(name, justify="right")
    table.add_column("adds up")
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
        f"[red]{tally.failure_code}[/red] library {tally.library}: {tally.failure_detail}"
        for tally in tallies
        if tally.failure_code
    ]
    return Group(table, *([why] if reasons else []), *failures, "")


def _count(tally: LibraryTally, reason: str) -> str:
    return f"{tally.left_out.get(reason, 0) + tally.failures.get(reason, 0):,}"


def write_report(account: Account, folder: Path = DEMO_DIR) -> dict[str, object]:
    """Write ``report.json``, ``report.csv`` and ``report.html`` and return the JSON's content."""
    import pandas as pd
    from jinja2 import Environment, FileSystemLoader

    flows = [
        {**tally.as_dict(), "round": number // 2 + 1}
        for number, tallies in enumerate(account.rounds)
        for tally in tallies
    ]
    report: dict[str, object] = {
        "flows": flows,
        "second_round_writes": account.second_round_writes,
        "seconds": round(account.seconds, 1),
        "problems": account.problems,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    pd.json_normalize(flows).fillna(0).to_csv(folder / "report.csv", index=False)
    page = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
    (folder / "report.html").write_text(
        page.get_template("report.html.j2").render(
            account=account, flows=list(zip(FLOWS, account.rounds, strict=True))
        ),
        encoding="utf-8",
    )
    return report
