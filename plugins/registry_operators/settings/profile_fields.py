"""The fields of person profiles: ``include/config/profile_fields.yaml`` (spec D0.2)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from registry_operators.domain.sync.catalogue import Sensitivity
from registry_operators.domain.sync.field_values import DataType, fold
from registry_operators.errors import ConfigurationError
from registry_operators.paths import CONFIG_DIR

SYSTEM, ALL_TYPES = "system", "all_types"
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSetting(_Strict):
    """
    One field; text, not required and with one value unless it says otherwise.

    :param label: As people see it.
    :param data_type: What its values are.
    :param sensitivity: How much they tell about a person; pages and previews cover by it.
    :param required: A profile is not made without it, and it is never emptied.
    :param several: It holds a list.
    :param choices: The list of terms of ``data_type: choice``.
    """

    label: Annotated[str, Field(min_length=1, max_length=80)]
    data_type: DataType = DataType.TEXT
    sensitivity: Sensitivity = Sensitivity.IDENTIFYING
    required: bool = False
    several: bool = False
    choices: list[Annotated[str, Field(min_length=1, max_length=200)]] = []

    @model_validator(mode="after")
    def _choices_fit(self) -> Self:
        if (self.data_type is DataType.CHOICE) != bool(self.choices):
            raise ValueError("choices belong to data_type: choice, and it needs at least one")
        if len({fold(choice) for choice in self.choices}) < len(self.choices):
            raise ValueError("two choices differ in case or blanks only; keep one of them")
        return self


class TypeSetting(_Strict):
    """
    A type of profiles; every profile has exactly one.

    :param label: As people see it.
    :param fields: Fields that only profiles of this type have.
    """

    label: Annotated[str, Field(min_length=1, max_length=80)]
    fields: dict[_Name, FieldSetting] = {}


class ProfileFieldsFile(_Strict):
    """
    The whole file.

    :param system_fields: Fields that every installation has.
    :param all_types: Fields of profiles of every type.
    :param types: The types, by name.
    """

    system_fields: dict[_Name, FieldSetting]
    all_types: dict[_Name, FieldSetting] = {}
    types: dict[_Name, TypeSetting]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        shared = set(self.system_fields) & set(self.all_types)
        for name, one in self.types.items():
            shared |= set(one.fields) & (set(self.system_fields) | set(self.all_types))
            if name in {SYSTEM, ALL_TYPES}:
                raise ValueError(f"a type cannot be called {name}")
        if shared:
            raise ValueError(
                f"{', '.join(sorted(shared))}: a field of a type cannot have the name of a field "
                "that all have; give it another name"
            )
        if not self.types:
            raise ValueError("at least one type is needed, because every profile has one")
        return self


@dataclass(frozen=True, slots=True)
class ProfileField:
    """
    One field of a profile.

    :param level: ``system``, ``all_types``, or the name of the one type that has it.
    :param sensitivity: How much its values tell about a person; pages and previews cover by it.
    :param choices: Folded term to the term as it is stored.
    """

    name: str
    level: str
    label: str
    data_type: DataType
    is_required: bool
    is_list: bool
    choices: Mapping[str, str]
    sensitivity: Sensitivity = Sensitivity.IDENTIFYING


class ProfileFields:
    """All fields and types, as they are looked up."""

    def __init__(self, content: ProfileFieldsFile) -> None:
        self._content = content

    @cached_property
    def types(self) -> dict[str, str]:
        """Name of each type to its label."""
        return {name: one.label for name, one in self._content.types.items()}

    def other_than_text(self) -> list[str]:
        """Return the names of fields that hold no free text, of all types, in order."""
        return sorted(
            {
                name
                for type_name in self.types
                for name, field in self.of_type(type_name).items()
                if field.data_type is not DataType.TEXT
            }
        )

    def of_type(self, type_name: str) -> dict[str, ProfileField]:
        """Return the fields of profiles of a type: system, all types, and its own."""
        own = self._content.types[type_name].fields
        return {
            name: _field(name, level, setting)
            for level, settings in (
                (SYSTEM, self._content.system_fields),
                (ALL_TYPES, self._content.all_types),
                (type_name, own),
            )
            for name, setting in settings.items()
        }


def profile_fields_file() -> Path:
    """Return the file: ``PATRON_SYNC_PROFILE_FIELDS`` or the one of the project."""
    return Path(os.environ.get("PATRON_SYNC_PROFILE_FIELDS") or CONFIG_DIR / "profile_fields.yaml")


def load_profile_fields(path: Path) -> ProfileFields:
    """
    Read and check the fields.

    :raises ConfigurationError: With one line for each thing that is wrong.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: the file is missing; write one as in docs") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: not valid YAML") from None
    try:
        return ProfileFields(ProfileFieldsFile.model_validate(content))
    except ValidationError as error:
        lines = "\n".join(
            f"  {'.'.join(str(step) for step in problem['loc']) or 'the file'}: "
            + problem["msg"].removeprefix("Value error, ")
            for problem in error.errors()
        )
        raise ConfigurationError(f"{path}: not correct; nothing was read\n{lines}") from None


def _field(name: str, level: str, setting: FieldSetting) -> ProfileField:
    return ProfileField(
        name,
        level,
        setting.label,
        setting.data_type,
        setting.required,
        setting.several,
        {fold(choice): choice for choice in setting.choices},
        setting.sensitivity,
    )
