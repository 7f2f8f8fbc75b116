"""Serve the CMS API until it is told to stop."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from registry_operators.cms_api.app import build_app
from registry_operators.cms_api.gate import Limits
from registry_operators.installation import open_desk

_HEADER_BYTES = 16 * 1024
_IDLE_S = 5
_FINISH_S = 15
_BACKSTOP = 2


@dataclass(frozen=True, slots=True)
class Serving:
    """
    Where and how to serve.

    :param connections: To the database, at most.
    :param certificate: File of certificate and chain; ``None`` serves without TLS.
    :param is_behind_tls: Somebody in front of the server ends TLS.
    """

    host: str = "127.0.0.1"
    port: int = 8090
    connections: int = 16
    certificate: Path | None = None
    private_key: Path | None = None
    is_behind_tls: bool = False


def serve(serving: Serving) -> None:
    """
    Serve until SIGINT or SIGTERM; requests under way are finished.

    :raises ConfigurationError: Configuration or keys are missing or wrong.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    limits = Limits()
    with open_desk(connections=serving.connections) as desk:
        is_tls = serving.is_behind_tls or serving.certificate is not None
        uvicorn.run(
            build_app(desk, limits=limits, is_behind_tls=is_tls),
            host=serving.host,
            port=serving.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            http="h11",  # the other one takes headers of any length
            h11_max_incomplete_event_size=_HEADER_BYTES,
            ws="none",
            limit_concurrency=limits.at_once * _BACKSTOP,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=_FINISH_S,
            ssl_certfile=serving.certificate,
            ssl_keyfile=serving.private_key,
        )
