"""Write .env, and those files of secrets that are missing, each with a fresh random value."""

import json
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]
DEMO_PIN_SECRET = "00112233445566778899aabbccddeeff"  # noqa: S105 - the registry stand-in's, public


def random_text(size: int) -> str:
    """Return so many random bytes in a form that fits a key, a password and a URL."""
    return urlsafe_b64encode(secrets.token_bytes(size)).decode("ascii")


MAKERS: dict[str, Callable[[], str]] = {
    "airflow_api_secret_key": lambda: random_text(32),
    "airflow_db_password": lambda: random_text(32),
    "airflow_fernet_key": lambda: random_text(32),
    "airflow_jwt_secret": lambda: random_text(64),
    "airflow_passwords": lambda: json.dumps({"admin": random_text(12)}),
    "connections.env": lambda: (PROJECT_DIR / "docker/demo_connections.env").read_text("utf-8"),
    "patron_db_password": lambda: random_text(32),
    "patron_sync_master_key": lambda: secrets.token_hex(32),
    "postgres_password": lambda: random_text(32),
    "redis_password": lambda: random_text(32),
    "registry_pin_secret": lambda: DEMO_PIN_SECRET,
}
"""Each secret of docker-compose.yaml by the name of its file."""


def main() -> None:
    """Make what is missing; what is there may be in use, so it stays as it is."""
    for file in missing_files(PROJECT_DIR):
        sys.stdout.write(f"Wrote {file.relative_to(PROJECT_DIR)}\n")


def missing_files(folder: Path) -> Iterator[Path]:
    """
    Write .env and secrets/ below a folder and yield each file that was written.

    Only the owner may enter the folder of secrets. The files themselves may be read by everybody,
    because the users inside the containers are others than outside.
    """
    example = (PROJECT_DIR / ".env.example").read_text(encoding="utf-8")
    if _wrote(folder / ".env", example, 0o600):
        yield folder / ".env"
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    for name, make in MAKERS.items():
        if _wrote(folder / "secrets" / name, make(), 0o644):
            yield folder / "secrets" / name


def _wrote(file: Path, text: str, mode: int) -> bool:
    """Write a file that is not there; say whether that was so."""
    if file.exists():
        return False
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:  # noqa: PTH123 (an open descriptor)
        opened.write(text)
    file.chmod(mode)
    return True


if __name__ == "__main__":
    main()
