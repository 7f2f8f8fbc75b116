"""Write .env from .env.example, with a fresh random secret for each that must be changed."""

import os
import re
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]


PLACEHOLDER = re.compile(r"(?<==)change-me-(?P<size>\d+)-bytes(?P<hex>-hex)?")


def main() -> None:
    """Create .env, readable by its owner only; refuse to replace one."""
    example = (PROJECT_DIR / ".env.example").read_text(encoding="utf-8")
    text = PLACEHOLDER.sub(fresh, example)
    target = PROJECT_DIR / ".env"
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        sys.exit(f"{target} is there already; its secrets may be in use, so it stays as it is")
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (an open descriptor)
        file.write(text)
    sys.stdout.write(f"Wrote {target}\n")


def fresh(placeholder: re.Match[str]) -> str:
    """Return so many random bytes in a form that fits a key, a password and a URL."""
    content = secrets.token_bytes(int(placeholder["size"]))
    return content.hex() if placeholder["hex"] else urlsafe_b64encode(content).decode("ascii")


if __name__ == "__main__":
    main()
