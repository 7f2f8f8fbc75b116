"""What a library system can tell of a patron: its fields, by the names that people use (D3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from registry_operators.domain.sync.conditions import OPERATORS, Operator
from registry_operators.domain.sync.field_values import DataType


class Sensitivity(StrEnum):
    """How much a value tells about a person; pages and previews mask by it."""

    PLAIN = "plain"
    PERSONAL = "personal"
    IDENTIFYING = "identifying"


@dataclass(frozen=True, slots=True)
class SourceField:
    """
    One field of a library system.

    :param path: Where it stands in a record, as ``record_path`` reads it.
    :param is_list: A patron may have several.
    """

    name: str
    label: str
    path: str
    data_type: DataType = DataType.TEXT
    is_list: bool = False
    sensitivity: Sensitivity = Sensitivity.PERSONAL

    @property
    def operators(self) -> frozenset[Operator]:
        """What a condition on this field can ask."""
        return OPERATORS[self.data_type]

    @property
    def is_flat(self) -> bool:
        """Whether it is a key of the record itself."""
        return not set(".[]!") & set(self.path)

    @property
    def top_level_key(self) -> str:
        """The key of the record in which the field stands, which must be asked for."""
        return self.path.replace("[", ".").split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    All fields of a library system.

    :param record_id: Path of the id that a record keeps for ever.
    :param changed_at: Path of the time of its last change; empty where there is none.
    :param families: Fields that each installation names itself, such as Koha's patron attributes:
        prefix to a field whose path has ``{}`` where the name goes.
    :param dropped: Keys that are taken out of every record as soon as it is read: secrets.
    :param marks_redacted: Paths that are all empty in a record that the API user may not see.
    """

    ils: str
    record_id: str
    fields: Mapping[str, SourceField]
    changed_at: str = ""
    families: Mapping[str, SourceField] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    marks_redacted: tuple[str, ...] = ()

    def find(self, name: str) -> SourceField | None:
        """
        Return a field by its name, also one of a family, ``None`` if there is none.

        >>> attribute = SourceField("extended_attributes", "Attribute", "attributes[type={}].value")
        >>> Catalogue("koha", "id", {}, families={"extended_attributes": attribute}).find(
        ...     "extended_attributes.GRADYEAR"
        ... ).path
        'attributes[type=GRADYEAR].value'
        """
        if (known := self.fields.get(name)) is not None:
            return known
        prefix, dot, own_name = name.partition(".")
        family = self.families.get(prefix)
        if family is None or not dot or not own_name or set(own_name) & set("[]=!|{}"):
            return None
        return replace(
            family,
            name=name,
            label=f"{family.label} {own_name}",
            path=family.path.replace("{}", own_name),
        )
