"""Answers in the forms that Alma has for them: JSON or XML, and one envelope for all errors."""

from typing import Any

import orjson

from stand_ins.alma.options import AlmaOptions
from stand_ins.alma.xml import errors_xml
from stand_ins.asgi import Reply
from stand_ins.hashing import mix
from stand_ins.ils.calls import Call

JSON = b"application/json;charset=UTF-8"
XML = b"application/xml;charset=UTF-8"

GENERAL = "402119"
NO_USER = "401861"
NO_USER_OF_TYPE = "401890"


class RefusedError(Exception):
    """The call is refused with an error code and a message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def encoded(value: Any) -> bytes:
    """Write a value as JSON without blanks."""
    return orjson.dumps(value)


def wants_json(call: Call) -> bool:
    """Tell whether a caller asked for JSON; XML is what everybody else gets."""
    asked = call.query.get("format") or call.headers.get("accept", "")
    return "json" in asked


def error_reply(options: AlmaOptions, error: RefusedError, call: Call | None) -> Reply:
    """Answer with one error, in JSON unless the caller wants XML."""
    digits = mix(sum(str(error).encode()), error.status) % 10**12
    one = {
        "errorCode": error.code,
        "errorMessage": str(error),
        "trackingId": f"E01-{digits:012d}-AWAE{digits % 10**9}",
    }
    if call is not None and not wants_json(call):
        return Reply(error.status, errors_xml([one]), XML)
    body = {
        "errorsExist": "true" if options.is_errors_flag_text else True,
        "errorList": {"error": one if options.is_single_error else [one]},
        "result": None,
    }
    return Reply(error.status, encoded(body), JSON)
