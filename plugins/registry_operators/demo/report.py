"""The demo's account as JSON, as CSV and as a page with a picture of the flow."""

from __future__ import annotations

import json
from pathlib import Path

from registry_operators.demo.environment import DEMO_DIR
from registry_operators.demo.play import FLOWS, Account

_TEMPLATES = Path(__file__).parent


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
