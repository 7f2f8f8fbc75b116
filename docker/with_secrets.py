#!/usr/bin/env -S python3 -I
"""
Start a program of the image with its secrets, which the engine hands over as files.

It is installed under the name of each program that needs secrets, before the program itself on the
PATH, so that `docker compose exec` gets them as a service does. In a value of the environment
`<secret:NAME>` stands for the content of /run/secrets/NAME; a file NAME.env holds whole variables,
one a line. So no secret is told by `docker inspect` or by the compose file.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

SECRETS = Path("/run/secrets")
_PLACEHOLDER = re.compile(r"<secret:([a-z0-9_]+)>")


class SecretError(Exception):
    """A secret that is named is not there; the message says which, and what to do."""


def main() -> None:
    """Become the program after whom this file is called; end with code 1 without a secret."""
    program = Path(os.environ["VIRTUAL_ENV"], "bin", Path(sys.argv[0]).name)
    try:
        environment = with_secrets(os.environ)
    except SecretError as error:
        sys.exit(f"{program.name}: {error}")
    os.execve(program, [str(program), *sys.argv[1:]], environment)  # noqa: S606 (no shell is wanted)


def with_secrets(environment: Mapping[str, str], folder: Path = SECRETS) -> dict[str, str]:
    """
    Return an environment with the secrets in their places, and the variables of all env files.

    :raises SecretError: A secret is not there, or is empty.
    """
    filled = {name: _filled(value, folder) for name, value in environment.items()}
    for file in sorted(folder.glob("*.env")):
        filled |= dict(_lines(file))
    return filled


def _filled(value: str, folder: Path) -> str:
    """Write each secret as the value around it needs it: in JSON, in a URL, or as it is."""

    def content(found: re.Match[str]) -> str:
        text = _secret(folder / found[1])
        if value.startswith("{"):
            return json.dumps(text)[1:-1]
        return quote(text, safe="") if "://" in value else text

    return _PLACEHOLDER.sub(content, value)


def _secret(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError:
        text = ""
    if not text:
        raise SecretError(
            f"the secret {file.name} is missing, empty or not readable for this user; "
            "python3 tools/new_env.py makes those that are missing"
        )
    return text


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            yield name.strip(), value.strip()


if __name__ == "__main__":
    main()
