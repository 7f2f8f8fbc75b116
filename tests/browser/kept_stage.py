"""A stage that another process keeps (``python -m tests.browser``)."""

from __future__ import annotations

import json
from dataclasses import asdict

import requests

from registry_operators.paths import LOCAL_DIR
from tests.browser.stage import Stage

KEPT = LOCAL_DIR / "browser-stage.json"


def keep(stage: Stage) -> None:
    """Write down where it is, for those who come while it runs."""
    content = {name: value for name, value in asdict(stage).items() if name != "_tokens"}
    KEPT.touch(mode=0o600)
    KEPT.write_text(json.dumps(content), encoding="utf-8")


def kept_stage() -> Stage | None:
    """Return it if there is one that answers."""
    if not KEPT.exists():
        return None
    stage = Stage(**json.loads(KEPT.read_text(encoding="utf-8")))
    try:
        requests.get(f"{stage.url}/api/v2/monitor/health", timeout=5).raise_for_status()
    except requests.RequestException:
        return None
    return stage
