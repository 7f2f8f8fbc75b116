"""
Symphony's errors, as `{"messageList": [{"code", "message"}]}`.

`unableToAuthenticate` and `sessionTimedOut` are known from clients; the other codes, and all
statuses but 200, are inferred, since the vendor's documentation is for customers only.
"""

from stand_ins.asgi import Reply, json_reply


class SymphonyError(Exception):
    """A call that is answered by a message list; `reply` makes it the HTTP answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self._status = status
        self._code = code
        self._message = message

    def reply(self) -> Reply:
        """Return the answer to send."""
        return json_reply(
            {"messageList": [{"code": self._code, "message": self._message}]}, self._status
        )


_BY_STATUS = {
    401: ("sessionTimedOut", "The session has timed out."),
    403: ("insufficientPrivileges", "The user does not have the privilege to do this."),
    404: ("resourceNotFound", "There is no such resource."),
    429: ("tooManyRequests", "Too many requests."),
}


def error_of_status(status: int) -> Reply:
    """Return an error for a reason outside the call."""
    code, message = _BY_STATUS.get(status, ("systemError", "The system is not available."))
    return SymphonyError(status, code, message).reply()


def timed_out() -> SymphonyError:
    """Return what a session gets that was idle for too long."""
    code, message = _BY_STATUS[401]
    return SymphonyError(401, code, message)


def not_found(resource: str, key: str) -> SymphonyError:
    """Return what is said of a record that is not there, or no longer."""
    return SymphonyError(
        404, "recordNotFound", f"Could not find a(n) {resource} record with the key {key}."
    )
