"""The filter of a data sync as rows of a form, and back (spec D2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.conditions import Operator
from registry_operators.domain.sync.field_values import DataType
from registry_operators.web.sync_form_values import (
    as_text,
    as_written,
    field,
    from_yaml,
    is_plain,
    line,
    lines,
    period,
    period_of,
    to_yaml,
)

MOST_ROWS = 100
NO_VALUE = frozenset({Operator.IS_EMPTY, Operator.IS_NOT_EMPTY})
UNITS = ("day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """
    One condition as a form shows it.

    :param source: Its field; ``None`` for a row that a form cannot show, which is kept as it is.
    :param value: Several of ``is_one_of`` stand in a line each.
    :param amount: Of ``within_last``, with ``unit``.
    :param old: The row as the document has it, in one line of YAML.
    :param error: What is wrong with it.
    """

    source: SourceField | None
    operator: str = ""
    value: str = ""
    amount: str = ""
    unit: str = "month"
    old: str = ""
    error: str = ""

    @property
    def raw(self) -> dict[str, Any]:
        """The row as a document has it."""
        if self.source is None:
            kept = from_yaml(self.old)
            return kept if isinstance(kept, dict) else {}
        return {"field": self.source.name, str(self.operator): self._operand}

    @property
    def _operand(self) -> Any:
        data_type = DataType.TEXT if self.source is None else self.source.data_type
        if self.operator in NO_VALUE:
            return True
        if self.operator == Operator.WITHIN_LAST:
            return period(self.amount, self.unit)
        if self.operator == Operator.IS_ONE_OF:
            return [as_written(one, data_type) for one in self.value.split("\n") if one]
        return as_written(self.value, data_type)


def filter_rows(
    content: Any, catalogue: Catalogue, errors: Mapping[int, str]
) -> list[ConditionRow]:
    """
    Return the rows of what stands under ``filter``, whatever it is.

    :param errors: What is wrong with rows, by their index.
    """
    listed = content if isinstance(content, list) else []
    return [_row(raw, catalogue, errors.get(number, "")) for number, raw in enumerate(listed)]


def posted_filter(form: Mapping[str, Any], catalogue: Catalogue) -> list[Any]:
    """
    Return what is to stand under ``filter``: a row that says the same as before is the one before.

    A button ``remove-<number>`` takes that row out, and ``add`` puts one for ``add-field`` behind.
    """
    go = line(form, "go")
    rows = [
        _posted(form, number, catalogue)
        for number in range(MOST_ROWS)
        if f"f{number}-old" in form and go != f"remove-{number}"
    ]
    added = catalogue.find(line(form, "add-field")) if go == "add" else None
    return rows if added is None else [*rows, _fresh(added).raw]


def is_unknown(form: Mapping[str, Any], catalogue: Catalogue) -> bool:
    """Say whether a field was to be added that the library system does not have."""
    return line(form, "go") == "add" and catalogue.find(line(form, "add-field")) is None


def _posted(form: Mapping[str, Any], number: int, catalogue: Catalogue) -> Any:
    name = f"f{number}-"
    old = from_yaml(field(form, f"{name}old"))
    source = catalogue.find(line(form, f"{name}field"))
    if source is None:
        return old
    row = ConditionRow(
        source,
        line(form, f"{name}operator"),
        "\n".join(lines(form, f"{name}value")),
        line(form, f"{name}amount"),
        line(form, f"{name}unit"),
    )
    return old if _means(old, row) else row.raw


def _row(raw: Any, catalogue: Catalogue, error: str) -> ConditionRow:
    kept = ConditionRow(None, old=to_yaml(raw), error=error)
    if not isinstance(raw, dict) or len(raw) != 2 or not isinstance(raw.get("field"), str):
        return kept
    source = catalogue.find(raw["field"])
    operator = next(name for name in raw if name != "field")
    if source is None or operator not in source.operators:
        return kept
    operand = raw[operator]
    amount, unit = period_of(operand) or ("", "month")
    listed = operand if isinstance(operand, list) else [operand]
    value = "" if operator in NO_VALUE else "\n".join(map(as_text, listed))
    shown = ConditionRow(source, str(operator), value, amount, unit, to_yaml(raw), error)
    # What the form could not give back as it is, it does not touch.
    return shown if _means(raw, shown) else kept


def _means(raw: Any, row: ConditionRow) -> bool:
    """Say whether a row of a document says the same as a row of the form."""
    if not isinstance(raw, dict) or row.source is None or set(raw) != {"field", row.operator}:
        return False
    if not is_plain(raw[row.operator]):
        return False
    said, told = raw[row.operator], row.raw[row.operator]
    if row.operator == Operator.WITHIN_LAST:
        return period_of(said) == period_of(told) and period_of(said) is not None
    return bool(raw["field"] == row.source.name and _texts(said) == _texts(told))


def _texts(operand: Any) -> Sequence[str] | str:
    return list(map(as_text, operand)) if isinstance(operand, list) else as_text(operand)


def _fresh(source: SourceField) -> ConditionRow:
    """Return the condition that is most often asked of a kind of field."""
    if source.data_type is DataType.DATE:
        return ConditionRow(source, Operator.WITHIN_LAST, amount="6", unit="month")
    if source.data_type is DataType.YES_NO:
        return ConditionRow(source, Operator.EQUALS, "true")
    if source.data_type is DataType.NUMBER:
        return ConditionRow(source, Operator.AT_LEAST)
    return ConditionRow(source, Operator.EQUALS)
