"""
Look for secrets, or for insecure Python: ``scan.py secrets`` and ``scan.py code``.

What was looked at and is harmless stands in ``known_findings.csv``, each with a reason; comments in
the code silence nothing. The exit code is 1 when there is a finding that is not known, a known one
that is not found any more, or one without a reason. Nothing leaves the machine: detect-secrets does
not try out what it finds. ``--list`` prints new findings as lines of that file, to be given a
reason by hand.
"""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]
KNOWN = Path(__file__).with_name("known_findings.csv")
CODE_DIRS = ("benchmarks", "dags", "docker", "docs", "plugins", "stand_ins", "tools")
"""Without tests: they assert, start programs and hold invented passwords by intention."""
_LOCKS = ("requirements.txt", "requirements-dev.txt", "tools/uv.txt", "tools/known_findings.csv")
_DIGITS = 12
_FILTERS = (
    "allowlist.is_line_allowlisted",
    "common.is_ignored_due_to_verification_policies",  # would try passwords out, over the network
    "heuristic.is_indirect_reference",  # would pass over KEY = bytes.fromhex("…")
    "heuristic.is_lock_file",
    "heuristic.is_swagger_file",
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """
    What a scanner objects to.

    :param kind: Number of bandit's rule, or the sort of secret.
    :param digest: Beginning of a digest, of the line of code (SHA-256) or of the secret (SHA-1), so
        that what is known may move but not change.
    """

    file: str
    kind: str
    digest: str
    line_no: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A line of the file; ``file`` may be a pattern, and ``digest`` ``*`` for every line."""

    scan: str
    file: str
    kind: str
    digest: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether the finding is this one."""
        return (
            fnmatchcase(finding.file, self.file)
            and finding.kind == self.kind
            and self.digest in {"*", finding.digest}
        )


def main(scan: str, *options: str) -> int:
    """Run one scan and tell what is new, gone or without a reason; return the exit code."""
    findings = sorted(SCANS[scan](PROJECT_DIR))
    known = [entry for entry in read_known(KNOWN) if entry.scan == scan]
    new = [one for one in findings if not any(entry.covers(one) for entry in known)]
    if "--list" in options:
        csv.writer(sys.stdout, lineterminator="\n").writerows(
            (scan, one.file, one.kind, one.digest, "") for one in new
        )
        return 0
    problems = [f"{one.file}:{one.line_no}: {one.kind} {one.text}".rstrip() for one in new]
    problems += complaints(known, findings)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{len(findings)} found, {len(findings) - len(new)} known\n")
    return 1 if problems else 0


def complaints(known: Iterable[Known], findings: Iterable[Finding]) -> Iterator[str]:
    """Yield what is wrong with the list itself."""
    listed = list(findings)
    for entry in known:
        where = f"{KNOWN.name}: {entry.file} {entry.kind} {entry.digest}"
        if not entry.reason.strip():
            yield f"{where}: has no reason"
        if not any(entry.covers(one) for one in listed):
            yield f"{where}: is not found any more; remove the line"


def read_known(path: Path) -> list[Known]:
    """Return the lines of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Known(row["scan"], row["file"], row["finding"], row["digest"], row["reason"] or "")
            for row in csv.DictReader(file)
        ]


def insecure_code(root: Path) -> Iterator[Finding]:
    """Yield what bandit objects to; a file that it cannot read is a finding too."""
    folders = [name for name in CODE_DIRS if (root / name).is_dir()]
    command = [sys.executable, "-m", "bandit", "-q", "-r", "--ignore-nosec", "-f", "json", *folders]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise SystemExit(f"bandit failed: {done.stderr}")
    report = json.loads(done.stdout)
    for error in report["errors"]:
        yield Finding(error["filename"], "unreadable", "", text=error["reason"])
    for issue in report["results"]:
        file, line_no = issue["filename"], int(issue["line_number"])
        lines = (root / file).read_text(encoding="utf-8").splitlines()
        digest = hashlib.sha256(lines[line_no - 1].strip().encode()).hexdigest()[:_DIGITS]
        # Not bandit's sentence: of a password it repeats the password.
        yield Finding(file, issue["test_id"], digest, line_no, issue["test_name"])


def secrets(root: Path) -> Iterator[Finding]:
    """Yield what looks like a secret, without saying what it is."""
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    found = SecretsCollection(str(root))
    with default_settings() as settings:
        settings.disable_filters(*(f"detect_secrets.filters.{name}" for name in _FILTERS))
        found.scan_files(*(name for name in project_files(root) if name not in _LOCKS))
    for file, secret in found:
        digest = secret.secret_hash[:_DIGITS]
        yield Finding(file, secret.type, digest, secret.line_number, "looks like a secret")


def project_files(root: Path) -> list[str]:
    """Return the files of the project, new ones too; all but hidden folders without git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        names = {name for name in done.stdout.split("\0") if name}
    else:
        paths = (path.relative_to(root) for path in root.rglob("*"))
        names = {str(path) for path in paths if not _is_made(path)}
    return sorted(name for name in names if (root / name).is_file())


def _is_made(path: Path) -> bool:
    """Tell whether a file lies in a folder that tools have made; those begin with a dot."""
    return any(part.startswith(".") and part != ".ci" for part in path.parts[:-1])


SCANS: dict[str, Callable[[Path], Iterator[Finding]]] = {"code": insecure_code, "secrets": secrets}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in SCANS:
        sys.exit(f"usage: scan.py {' | '.join(SCANS)} [--list]")
    sys.exit(main(*sys.argv[1:]))
