"""The fields of the library systems: ``include/config/catalogues/*.yaml`` (spec D3.2)."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from registry_operators.domain.sync.catalogue import Catalogue, Sensitivity, SourceField
from registry_operators.domain.sync.field_values import DataType
from registry_operators.domain.sync.record_path import compile_path
from registry_operators.errors import ConfigurationError
from registry_operators.paths import CONFIG_DIR

CATALOGUES_DIR = CONFIG_DIR / "catalogues"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(_Strict):
    label: Annotated[str, Field(min_length=1)]
    path: str | None = None
    data_type: DataType = DataType.TEXT
    several: bool = False
    sensitivity: Sensitivity = Sensitivity.PERSONAL

    def field(self, name: str) -> SourceField:
        return SourceField(
            name, self.label, self.path or name, self.data_type, self.several, self.sensitivity
        )


class _File(_Strict):
    record_id: str
    changed_at: str = ""
    marks_redacted: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()
    fields: dict[str, _Entry]
    families: dict[str, _Entry] = {}

    @model_validator(mode="after")
    def _paths_can_be_read(self) -> Self:
        for name, entry in self.fields.items():
            compile_path(entry.path or name)
        for name, entry in self.families.items():
            if "{}" not in (entry.path or ""):
                raise ValueError(f"family {name}: the path needs {{}} where the own name goes")
        return self


def known_systems() -> list[str]:
    """Return the library systems that have a catalogue, in order."""
    return sorted(path.stem for path in CATALOGUES_DIR.glob("*.yaml"))


@cache
def load_catalogue(ils: str) -> Catalogue:
    """
    Return the catalogue of a library system.

    :raises ConfigurationError: There is none, or it is not correct.
    """
    if ils not in known_systems():
        raise ConfigurationError(
            f"no library system {ils!r}; known are {', '.join(known_systems())}"
        )
    path = CATALOGUES_DIR / f"{ils}.yaml"
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        file = _File.model_validate(content)
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{path}: not correct: {error}") from None
    return Catalogue(
        ils,
        file.record_id,
        {name: entry.field(name) for name, entry in file.fields.items()},
        file.changed_at,
        {name: entry.field(name) for name, entry in file.families.items()},
        file.dropped,
        file.marks_redacted,
    )
