"""
Write ``docs/dags.md`` from the DAG files: their docstrings, schedules, parameters and tags.

The files are parsed, not run, so Airflow is not needed. With ``--check`` nothing is written, and
the exit code is 1 when the page is not what would be written.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]
PAGE = PROJECT_DIR / "docs" / "dags.md"
_HEAD = """\
# The DAGs

Written by `make docs-pages` from the files in `dags/`; do not edit this page. Times are local, in
the `timezone` of `libraries.yaml`. The same text is each DAG's page in Airflow.

| DAG | Schedule | Tags |
| --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class DagPage:
    """
    What a DAG file says of itself.

    :param schedule: Cron expression.
    :param params: Name, default and description of each parameter.
    """

    dag_id: str
    description: str
    schedule: str
    tags: list[str]
    params: list[tuple[str, object, str]]
    doc: str


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` say whether it is current; return the exit code."""
    text = page(sorted((PROJECT_DIR / "dags").glob("*.py")))
    current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if text == current:
        return 0
    if "--check" in arguments:
        sys.stderr.write("docs/dags.md is not current; run make docs-pages\n")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


def page(files: list[Path]) -> str:
    """Return the whole page."""
    dags = sorted((dag for file in files for dag in read_dags(file)), key=lambda dag: dag.dag_id)
    rows = "".join(
        f"| [`{dag.dag_id}`](#{dag.dag_id}) | `{dag.schedule}` | {', '.join(dag.tags)} |\n"
        for dag in dags
    )
    return _HEAD + rows + "".join(_section(dag) for dag in dags)


def read_dags(file: Path) -> Iterator[DagPage]:
    """Yield the DAG that each ``DAG(…)`` call of a file makes."""
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    doc = ast.get_docstring(tree) or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == "DAG":
            values = {word.arg: word.value for word in node.keywords}
            yield DagPage(
                dag_id=str(_literal(values.get("dag_id"))),
                description=str(_literal(values.get("description")) or ""),
                schedule=str(_literal(values.get("schedule"))),
                tags=_tags(values.get("tags")),
                params=list(_params(values.get("params"))),
                doc=doc,
            )


def _section(dag: DagPage) -> str:
    rows = "".join(
        f"| `{name}` | `{default!r}` | {description} |\n"
        for name, default, description in dag.params
    )
    table = f"\n| Parameter | Default | Meaning |\n| --- | --- | --- |\n{rows}" if rows else ""
    # The docstring's headings move down, so that the page keeps one title.
    body = re.sub(r"^(#+ )", r"##\1", dag.doc, flags=re.MULTILINE)
    return f"\n## {dag.dag_id}\n\n{dag.description}\n\n{body}\n{table}"


def _params(node: ast.expr | None) -> Iterator[tuple[str, object, str]]:
    """Yield what ``run_params(full=…, dry_run=…)`` offers, in the order of the form."""
    if not isinstance(node, ast.Call):
        return
    yield "libraries", [], "Agency codes, one a line; empty for all."
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield keyword.arg, False, str(ast.literal_eval(keyword.value))


def _tags(node: ast.expr | None) -> list[str]:
    found = _literal(node)
    return [str(tag) for tag in found] if isinstance(found, list) else []


def _literal(node: ast.expr | None) -> object:
    """Return the value of a literal; what is computed at run time is shown as its source."""
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
