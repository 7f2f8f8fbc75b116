"""The mapping of a data sync as rows of a form, and back, with hints by type (spec D3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.field_values import DataType
from registry_operators.domain.sync.transforms import Transform
from registry_operators.settings.profile_fields import (
    ALL_TYPES,
    SYSTEM,
    ProfileField,
    ProfileFields,
)
from registry_operators.web.sync_form_values import (
    as_text,
    as_written,
    field,
    from_yaml,
    is_plain,
    line,
    lines,
    to_yaml,
)

MOST_ROWS = 200
FIELDS, CONSTANT = "fields", "constant"
_MOST_TRANSFORMS = 4
_KEYS = frozenset({"from", "first_of", "constant", "to", "transform", "date_format"})
_ANY_TEXT = frozenset({DataType.TEXT})
_SAME_THING = {
    "firstname": "first_name", "surname": "last_name", "lastname": "last_name",
    "cardnumber": "library_card_number", "barcode": "library_card_number",
    "mobile": "mobile", "dateofbirth": "birth_date", "birthdate": "birth_date", "address": "street",
    "categoryid": "patron_group", "usergroup": "patron_group", "patrontype": "patron_group",
    "libraryid": "home_library", "expirydate": "expires_on", "dateenrolled": "registered_on",
    "lang": "language", "zip": "postal_code",
}  # fmt: skip
"""Names of library systems for what profiles call otherwise; only a suggestion."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """
    One row of the mapping as a form shows it.

    :param sources: Names of fields, a line each; several stand for the first that is not empty.
    :param target: As :func:`code_of` writes it; empty where none is chosen yet.
    :param is_shown: The form can show the row; one that it cannot show is kept as it is.
    :param old: The row as the document has it, in one line of YAML.
    :param data_type: Of the target, for a constant.
    :param hint: ``several`` or ``kind``: why values may not fit.
    """

    kind: str = FIELDS
    sources: str = ""
    constant: str = ""
    target: str = ""
    transforms: tuple[str, ...] = ()
    date_format: str = ""
    is_shown: bool = True
    old: str = ""
    data_type: DataType = DataType.TEXT
    hint: str = ""

    @property
    def raw(self) -> dict[str, Any]:
        """The row as a document has it."""
        names = [name for name in self.sources.split("\n") if name]
        row: dict[str, Any] = {}
        if self.kind == CONSTANT:
            row["constant"] = as_written(self.constant, self.data_type)
        elif len(names) > 1:
            row["first_of"] = names
        else:
            row["from"] = names[0] if names else ""
        row["to"] = _to(self.target)
        if self.transforms:
            row["transform"] = (
                self.transforms[0] if len(self.transforms) == 1 else list(self.transforms)
            )
        if self.date_format:
            row["date_format"] = self.date_format
        return row


def target_groups(
    fields: ProfileFields, profile_type: str
) -> list[tuple[str, list[tuple[str, ProfileField]]]]:
    """
    Return the fields of profiles by level: ``system``, ``all_types``, and each type (D3.1).

    :param profile_type: Only of this type, where it is one.
    """
    types = [profile_type] if profile_type in fields.types else list(fields.types)
    shared = fields.of_type(types[0]).values()
    levels = [(SYSTEM, shared), (ALL_TYPES, shared)]
    levels += [(name, fields.of_type(name).values()) for name in types]
    return [
        (level, [(code_of(one), one) for one in found if one.level == level])
        for level, found in levels
    ]


def code_of(target: ProfileField) -> str:
    """Return how a form names a field of profiles."""
    return f"{target.level}:{target.name}"


def mapping_rows(content: Any, catalogue: Catalogue, fields: ProfileFields) -> list[MapRow]:
    """Return the rows of what stands under ``mapping``, whatever it is."""
    targets = _targets(fields)
    listed = content if isinstance(content, list) else []
    return [_row(raw, catalogue, targets) for raw in listed]


def posted_mapping(
    form: Mapping[str, Any], catalogue: Catalogue, fields: ProfileFields, profile_type: str
) -> list[Any]:
    """
    Return what is to stand under ``mapping``: a row that says the same as before is the one before.

    Buttons: ``remove-<number>`` takes that row out; ``add`` puts one for ``add-field`` behind, and
    ``use-<field>`` one for that field.
    """
    go, targets = line(form, "go"), _targets(fields)
    rows = [
        _posted(form, number, targets)
        for number in range(MOST_ROWS)
        if f"m{number}-old" in form and go != f"remove-{number}"
    ]
    if (added := added_field(form, catalogue)) is not None:
        taken = {_code(row.get("to")) for row in rows if isinstance(row, dict)}
        chosen = line(form, "add-to") or suggested(added, fields, profile_type, taken)
        rows.append(MapRow(sources=added.name, target=chosen).raw)
    if go == "add-constant":
        rows.append(MapRow(CONSTANT, target=line(form, "add-to")).raw)
    return rows


def added_field(form: Mapping[str, Any], catalogue: Catalogue) -> SourceField | None:
    """Return the field for which a row is to be added, if there is one."""
    go = line(form, "go")
    if go == "add":
        return catalogue.find(line(form, "add-field"))
    return catalogue.find(go.removeprefix("use-")) if go.startswith("use-") else None


def suggested(
    source: SourceField, fields: ProfileFields, profile_type: str, taken: set[str]
) -> str:
    """Return the field of profiles that a field most likely means, empty if none comes to mind."""
    wanted = {
        _plain(source.name),
        _plain(source.label),
        _plain(_SAME_THING.get(_plain(source.name), "")),
    }
    for _, group in target_groups(fields, profile_type):
        for code, target in group:
            if code not in taken and wanted & {_plain(target.name), _plain(target.label)}:
                return code
    return ""


def matching_fields(catalogue: Catalogue, sought: str) -> list[SourceField]:
    """Return the fields of a library system whose name or label holds all words that are sought."""
    words = sought.casefold().split()
    return [
        one
        for one in catalogue.fields.values()
        if all(word in f"{one.name} {one.label} {one.data_type}".casefold() for word in words)
    ]


def hint_for(source: SourceField, target: ProfileField, transforms: Sequence[str]) -> str:
    """
    Say whether values of a field may not fit another one.

    :return: ``several`` where only the first of several values counts, ``kind`` where the kinds
        differ, empty where all is well.
    """
    if source.is_list and not target.is_list:
        return "several"
    fits = target.data_type in _ANY_TEXT or source.data_type is target.data_type
    return "" if fits or Transform.DATE_FORMAT in transforms else "kind"


def _posted(form: Mapping[str, Any], number: int, targets: Mapping[str, ProfileField]) -> Any:
    name = f"m{number}-"
    old = from_yaml(field(form, f"{name}old"))
    if f"{name}to" not in form:
        return old
    target = line(form, f"{name}to")
    transforms = (line(form, f"{name}step-{place}") for place in range(_MOST_TRANSFORMS + 1))
    row = MapRow(
        line(form, f"{name}kind"),
        "\n".join(lines(form, f"{name}sources")),
        line(form, f"{name}constant"),
        target,
        tuple(one for one in transforms if one),
        line(form, f"{name}format"),
        data_type=targets[target].data_type if target in targets else DataType.TEXT,
    )
    return old if _means(old, row) else row.raw


def _row(raw: Any, catalogue: Catalogue, targets: Mapping[str, ProfileField]) -> MapRow:
    kept = MapRow(is_shown=False, old=to_yaml(raw))
    if not isinstance(raw, dict) or not set(raw) <= _KEYS:
        return kept
    listed = raw.get("transform", [])
    steps = listed if isinstance(listed, list) else [listed]
    names = raw.get("first_of", [raw["from"]] if "from" in raw else [])
    code = _code(raw.get("to"))
    target = targets.get(code)
    sources = [catalogue.find(as_text(one)) for one in names] if isinstance(names, list) else []
    hints = [
        hint_for(one, target, list(map(as_text, steps)))
        for one in sources
        if one is not None and target is not None
    ]
    shown = MapRow(
        CONSTANT if "constant" in raw else FIELDS,
        "\n".join(map(as_text, names)) if isinstance(names, list) else "",
        as_text(raw.get("constant")),
        code,
        tuple(map(as_text, steps)),
        as_text(raw.get("date_format")),
        old=to_yaml(raw),
        data_type=DataType.TEXT if target is None else target.data_type,
        hint=next((hint for hint in hints if hint), ""),
    )
    is_known = code == "" or target is not None
    # What the form could not give back as it is, it does not touch.
    return shown if is_known and len(steps) <= _MOST_TRANSFORMS and _means(raw, shown) else kept


def _means(raw: Any, row: MapRow) -> bool:
    """Say whether a row of a document says the same as a row of the form."""
    if not isinstance(raw, dict) or not all(is_plain(raw[key]) for key in raw if key != "to"):
        return False
    return not isinstance(raw.get("from"), list) and _said(raw) == _said(row.raw)


def _said(raw: Mapping[str, Any]) -> tuple[object, ...]:
    listed = raw.get("transform", [])
    steps = listed if isinstance(listed, list) else [listed]
    names = raw.get("first_of", [raw["from"]] if "from" in raw else [])
    return (
        set(raw) & {"from", "first_of", "constant"} == {"constant"},
        [text for one in names if (text := as_text(one))] if isinstance(names, list) else names,
        as_text(raw.get("constant")), _code(raw.get("to")), list(map(as_text, steps)),
        as_text(raw.get("date_format")),
    )  # fmt: skip


def _code(to: Any) -> str:
    match to:
        case "" | None:
            return ""
        case str():
            return f"{SYSTEM}:{to}"
        case {"all_types": str(name), **rest} if not rest:
            return f"{ALL_TYPES}:{name}"
        case {"type": str(level), "field": str(name), **rest} if not rest:
            return f"{level}:{name}"
    return "?"


def _to(code: str) -> str | dict[str, str]:
    level, _, name = code.partition(":")
    if level in {"", SYSTEM}:
        return name
    return {"all_types": name} if level == ALL_TYPES else {"type": level, "field": name}


def _targets(fields: ProfileFields) -> dict[str, ProfileField]:
    return {
        code_of(one): one
        for type_name in fields.types
        for one in fields.of_type(type_name).values()
    }


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
