"""How values travel: names in camel case, strings without control characters, dates as text."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

MAX_PATRON_ID = 2**63 - 1
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_EMAIL = r"^[^@\s\x00-\x1f\x7f(),:;<>\[\]\\]{1,64}@[A-Za-z0-9æøåÆØÅ-]+(\.[A-Za-z0-9æøåÆØÅ-]+)+$"
_PHONE = r"^\+?[0-9][0-9 ()./-]{2,24}$"
_BRANCH = r"^[A-Za-z]{1,8}-[A-Za-z0-9/:-]{1,55}$"


class Asked(BaseModel):
    """What a client sends; fields that are not known are passed over, types are not guessed."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, frozen=True)

    def __repr__(self) -> str:
        """Mask everything."""
        return f"{type(self).__name__}(***)"

    __str__ = __repr__


class Told(BaseModel):
    """What a client is told: every key, also of a value that is null."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True,
        serialize_by_alias=True,
    )  # fmt: skip


def _whole(value: Any) -> Any:
    """Return a number such as 1.0, which is an integer in JSON, as one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number_as_text(value: Any) -> Any:
    value = _whole(value)
    return str(value) if type(value) is int else value


def _real_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None
    return text


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


Text = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_CONTROLS)]
ShortText = Annotated[str, Field(min_length=1, max_length=64, pattern=_NO_CONTROLS)]
EmptyText = Annotated[str, Field(max_length=200, pattern=_NO_CONTROLS)]
IsoDate = Annotated[str, Field(pattern=_ISO_DATE), AfterValidator(_real_date)]
EmailText = Annotated[str, Field(max_length=254, pattern=_EMAIL)]
PhoneText = Annotated[str, Field(pattern=_PHONE)]
BranchId = Annotated[str, Field(max_length=64, pattern=_BRANCH)]
NumberOrText = Annotated[
    ShortText,
    BeforeValidator(_number_as_text),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 64, "pattern": _NO_CONTROLS},
                {"type": "integer", "minimum": 0},
            ]
        }
    ),
]
"""Clients of Cicero send a PIN, and sometimes a card, as a number of JSON."""
PatronNumber = Annotated[int, Field(ge=1, le=MAX_PATRON_ID), BeforeValidator(_whole)]
OptionalDate = Annotated[
    IsoDate | None,
    BeforeValidator(_empty_is_none),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"const": ""}, {"type": "null"}]}
    ),
]
