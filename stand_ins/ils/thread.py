"""Serving a stand-in from a thread of this process, for tests that start many."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from stand_ins.http_server import bound_socket
from stand_ins.ils.app import IlsApp
from stand_ins.ils.calls import System
from stand_ins.ils.command_line import ils_server

_START_S = 10


@contextmanager
def serving(system: System) -> Iterator[str]:
    """Serve the system on a free port of 127.0.0.1 as long as the block lasts; give its URL."""
    with bound_socket("127.0.0.1", 0) as listener:
        server = ils_server(IlsApp(system), f"{system.name} stand-in", "in a thread")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + _START_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_START_S)
