"""
Sierra's errors, as `{"code", "specificCode", "httpStatus", "name", "description"}`.

The codes are those of the vendor's table of API errors.
"""

from stand_ins.asgi import Reply, json_reply


class SierraError(Exception):
    """A call that is answered by an error; `reply` makes it the HTTP answer."""

    def __init__(self, code: int, description: str = "") -> None:
        super().__init__(description)
        self.code = code
        self.description = description

    def reply(self) -> Reply:
        """Return the answer to send."""
        status, name = _NAMES[self.code]
        return _reply(self.code, status, name, self.description)


_NAMES = {
    101: (400, "Invalid argument"),
    102: (500, "Internal server error"),
    105: (400, "Required parameter missing"),
    107: (404, "Record not found"),
    108: (400, "Invalid parameter"),
    113: (401, "Unauthorized"),
    115: (400, "Invalid JSON"),
    116: (403, "Forbidden"),
    117: (503, "API disabled"),
    120: (401, "Unauthorized"),
    121: (400, "Bad Request : Invalid authorization scheme"),
    123: (401, "Unauthorized"),
    130: (400, "Bad JSON/XML Syntax"),
    133: (409, "Internal server error"),
    136: (400, "PIN is not valid"),
}
_BY_STATUS = {400: 101, 401: 120, 403: 116, 404: 107, 409: 133, 500: 102, 503: 117}


def error_of_status(status: int) -> Reply:
    """Return an error for a reason outside the call; 429 is not Sierra's but that of a gateway."""
    code = _BY_STATUS.get(status)
    if code is None:
        name = "Too Many Requests" if status == 429 else "Internal server error"
        return _reply(100, status, name, "")
    return SierraError(code, "invalid_token" if code == 120 else "").reply()


def _reply(code: int, status: int, name: str, description: str) -> Reply:
    body = {"code": code, "specificCode": 0, "httpStatus": status, "name": name}
    if description:
        body["description"] = description
    return json_reply(body, status)
