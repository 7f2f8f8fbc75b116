"""Operator docstrings say what the constructor takes, what is templated, and the requirement."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from registry_operators.paths import PROJECT_DIR
from tests import airflow_home  # noqa: F401

OPERATORS = PROJECT_DIR / "plugins" / "registry_operators" / "operators"


def operator_classes():
    from airflow.sdk import BaseOperator

    for path in sorted(OPERATORS.glob("*_operator.py")):
        module = importlib.import_module(f"registry_operators.operators.{path.stem}")
        for name, cls in vars(module).items():
            is_own = inspect.isclass(cls) and cls.__module__ == module.__name__
            if is_own and issubclass(cls, BaseOperator):
                yield pytest.param(cls, path, id=name)


def documented(cls):
    """Return the parameters of the docstring with whether each is marked as templated."""
    entries = re.split(r"\n\s*:", inspect.getdoc(cls) or "")
    return {
        entry.split(":")[0].removeprefix("param "): "(templated)" in entry
        for entry in entries
        if entry.startswith("param ")
    }


@pytest.mark.parametrize(("cls", "path"), list(operator_classes()))
class TestOperatorDocstring:
    def test_names_every_parameter_and_no_other(self, cls, path):
        taken = [name for name in inspect.signature(cls.__init__).parameters
                 if name not in {"self", "kwargs"}]  # fmt: skip

        assert list(documented(cls)) == taken

    def test_marks_exactly_the_templated_ones(self, cls, path):
        marked = {name for name, is_templated in documented(cls).items() if is_templated}

        assert marked == set(cls.template_fields) - {"libraries"}

    def test_says_requirement_result_and_errors(self, cls, path):
        text = inspect.getdoc(cls) or ""

        assert re.search(r"Spec: [NDX]\d", text)
        assert ":return:" in text
        assert ":raises " in text
        assert "May be repeated" in text

    def test_stands_alone_in_a_file_of_its_name(self, cls, path: Path):
        words = re.findall("[A-Z][a-z]+", cls.__name__)

        assert path.stem == "_".join(words).lower()
