"""
Keep a stage, so that tests under work need not wait for one.

``python -m tests.browser`` starts it and says where it is, until Ctrl-C; while it runs, ``make
test-web`` uses it. Airflow's API server reads code and templates once: start it anew after changes.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

from tests.browser.history import make_history
from tests.browser.kept_stage import KEPT, keep
from tests.browser.stage import set_stage


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="patron-sync-stage-") as folder:
        Path(folder).chmod(0o755)
        with set_stage(Path(folder), make_history) as stage:
            keep(stage)
            sys.stdout.write(f"{stage.url}  {stage.passwords}\n")
            sys.stdout.flush()
            try:
                signal.pause()
            except KeyboardInterrupt:
                KEPT.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
