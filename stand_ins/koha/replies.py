"""Answers in the forms that Koha has for them."""

from typing import Any

import orjson

from stand_ins.asgi import Reply

JSON = b"application/json;charset=UTF-8"


def encoded(value: Any) -> bytes:
    """Write a value as JSON without blanks."""
    return orjson.dumps(value)


def json_reply(value: Any, status: int = 200) -> Reply:
    """Answer with a value."""
    return Reply(status, encoded(value), JSON)


def error(status: int, message: str, code: str | None = None) -> Reply:
    """Answer with one error; newer routes add a code."""
    return json_reply({"error": message} | ({"error_code": code} if code else {}), status)


def invalid(message: str, path: str) -> Reply:
    """Answer as the OpenAPI plug-in does when a parameter has the wrong form."""
    return json_reply({"errors": [{"message": message, "path": path}], "status": 400}, 400)


def malformed(names: list[str]) -> Reply:
    """Answer to unknown query parameters: an array without anything around it."""
    return json_reply(
        [{"path": f"/query/{name}", "message": "Malformed query string"} for name in names], 400
    )


def server_error() -> Reply:
    """Answer to whatever Koha did not expect."""
    message = "Something went wrong, check Koha logs for details."
    return error(500, message, "internal_server_error")


def no_route() -> Reply:
    """Answer to a path that there is not."""
    return json_reply({"errors": [{"message": "Not Found.", "path": "/"}], "status": 404}, 404)
