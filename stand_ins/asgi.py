"""As much of ASGI as stand-ins need: requests with a size limit, replies that may stream."""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
MAX_BODY = 256 * 1024

XML = b"text/xml; charset=utf-8"
JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"


class Parts(Protocol):
    """A body that is sent part by part and must be closed afterwards."""

    def __iter__(self) -> Any: ...

    def close(self) -> None:
        """Free what the parts were read from."""


class TooLargeError(Exception):
    """The request's body is longer than `MAX_BODY`."""


class HangUpError(Exception):
    """The connection is to be reset now, in place of an answer or in the middle of one."""


@dataclass(slots=True)
class Reply:
    """One HTTP answer; a body of `Parts` goes out in chunks, without a length."""

    status: int
    body: bytes | Parts
    content_type: bytes = TEXT
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


def json_reply(value: Any, status: int = 200) -> Reply:
    """Make a reply of a value that JSON can hold."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), JSON)


def text_reply(status: int, text: str) -> Reply:
    """Make a reply of one line."""
    return Reply(status, f"{text}\n".encode())


def dropped(reply: Reply) -> None:
    """Close a reply that is not going to be sent."""
    if not isinstance(reply.body, bytes):
        reply.body.close()


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header of this name, which must be in lower case."""
    return next((value for key, value in scope["headers"] if key == name), None)


async def read_body(receive: Receive) -> bytes:
    """Read the whole body; raises `TooLargeError` as soon as it is too long."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            break
    if len(body) > MAX_BODY:
        raise TooLargeError
    return body


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a reply; a stream is closed whatever becomes of the connection."""
    headers = [(b"content-type", reply.content_type), *reply.headers]
    if isinstance(reply.body, bytes):
        headers.append((b"content-length", b"%d" % len(reply.body)))
        await _start(send, reply.status, headers)
        await send({"type": "http.response.body", "body": reply.body})
        return
    try:
        await _start(send, reply.status, headers)
        await _send_parts(send, reply.body)
    finally:
        reply.body.close()


async def _send_parts(send: Send, parts: Iterable[bytes]) -> None:
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
