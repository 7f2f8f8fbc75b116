"""Every SQL file has its header, and the header tells the truth about its parameters."""

from __future__ import annotations

import re

import pytest

from registry_operators.paths import PROJECT_DIR, SQL_DIR

FILES = [
    pytest.param(path, id=str(path.relative_to(SQL_DIR))) for path in sorted(SQL_DIR.rglob("*.sql"))
]
PACKAGE = PROJECT_DIR / "plugins" / "registry_operators"
LABELS = ("Runs on", "Used by", "Spec", "Parameters", "Repeatable")


def split(path):
    """Return header and body; between them stands the first blank line."""
    header, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    return header, body


def header_parameters(header):
    block = re.search(r"-- Parameters\s*\n((?:--   \S.*\n)+)", header + "\n")
    if block is None:
        return set()
    return set(re.findall(r"^--   (\w+)\s{2,}\S+\[?\]?\s{2,}", block.group(1), re.MULTILINE))


def is_ours(name):
    """Say whether a dotted name is a module, or something that one defines."""
    if (PROJECT_DIR / "docs" / name).exists():
        return True
    module, rest = PACKAGE, name.split(".")
    while rest and (module / rest[0]).is_dir():
        module /= rest.pop(0)
    if rest and module.joinpath(f"{rest[0]}.py").is_file():
        module = module / f"{rest.pop(0)}.py"
    if module.is_dir():
        texts = [path.read_text(encoding="utf-8") for path in module.glob("*.py")]
    else:
        texts = [module.read_text(encoding="utf-8")]
    return module != PACKAGE and all(
        any(re.search(rf"\b(?:def|class) {part}\b", text) for text in texts) for part in rest
    )


@pytest.mark.parametrize("path", FILES)
class TestSqlFile:
    def test_has_every_label(self, path):
        header, _ = split(path)

        assert [label for label in LABELS if f"-- {label}" not in header] == []
        assert re.search(r"-- (Returns|Writes)", header)

    def test_names_exactly_the_parameters_that_it_has(self, path):
        header, body = split(path)

        assert header_parameters(header) == set(re.findall(r"%\((\w+)\)s", body))

    def test_names_columns_and_takes_no_text_in(self, path):
        _, body = split(path)

        assert "select *" not in body
        assert "{{" not in body

    def test_says_truly_who_uses_it(self, path):
        header, _ = split(path)
        found = re.search(r"-- Used by +(.*(?:\n-- {4,}.*)*)", header)
        assert found is not None
        named = re.findall(r"\b(?:registry_operators\.)?((?:[a-z_]+\.)+\w+)", found[1])

        assert [name for name in named if not is_ours(name)] == []

    def test_is_used_by_the_engine(self, path):
        name = str(path.relative_to(SQL_DIR).with_suffix(""))
        if name.startswith("schema/"):
            name = path.name
        stem = name.partition("/")[2]
        sources = "".join(
            source.read_text(encoding="utf-8") for source in (PROJECT_DIR / "plugins").rglob("*.py")
        )

        assert name in sources or re.search(rf'flow\}}/{stem}"', sources)


def test_no_python_file_of_the_product_holds_sql():
    statement = re.compile(r'"""?\s*(select|insert into|update|delete from|merge into)\s')
    guilty = [
        str(path.relative_to(PROJECT_DIR))
        for path in (PROJECT_DIR / "plugins").rglob("*.py")
        if statement.search(path.read_text(encoding="utf-8")) and "embedded" not in path.name
        and "demo" not in path.parts
    ]  # fmt: skip

    assert guilty == []
