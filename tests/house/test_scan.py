"""``make check`` fails on a planted secret and on insecure code, and on a list that is not kept."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys

import pytest

from registry_operators.paths import PROJECT_DIR

INSECURE = "import subprocess\n\nsubprocess.run('ls ' + input(), shell=True)\n"
HARMLESS = "def double(number):\n    return 2 * number\n"
HEAD = "scan,file,finding,digest,reason\n"
# Put together here, so that this file itself holds none.
KEY_OF_A_CLOUD = "AKIA" + "QJ7XN2MZP4RT6WVB"
PRIVATE_KEY = "-----BEGIN " + "EC PRIVATE KEY-----\nMHcCAQEEIOq7" + "Zc2Vb9" * 8 + "==\n-----END"
MASTER_KEY = hashlib.sha256(b"an invented key").hexdigest()


@pytest.fixture
def scan(tmp_path, monkeypatch):
    """Return a copy of the scanner in an empty project; it is loaded as children of a pool need."""
    (tmp_path / "tools").mkdir()
    shutil.copy(PROJECT_DIR / "tools" / "scan.py", tmp_path / "tools" / "scan.py")
    (tmp_path / "tools" / "known_findings.csv").write_text(HEAD)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "harmless.py").write_text(HARMLESS)
    spec = importlib.util.spec_from_file_location("scan_copy", tmp_path / "tools" / "scan.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "scan_copy", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "CODE_DIRS", ("plugins",))
    return module


def test_an_insecure_call_fails_the_check(scan, capsys):
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text(INSECURE)

    assert scan.main("code") == 1

    assert "plugins/planted.py:3: B602" in capsys.readouterr().out


def test_an_insecure_password_is_not_repeated(scan, capsys):
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text('password = "Sommer-i-fjorden"\n')

    assert scan.main("code") == 1

    assert "Sommer" not in capsys.readouterr().out


def test_a_comment_does_not_silence_it(scan):
    planted = INSECURE.replace("shell=True)", "shell=True)  # nosec")
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text(planted)

    assert scan.main("code") == 1


def test_a_file_that_cannot_be_read_fails_the_check(scan):
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text("def broken(:\n")

    assert scan.main("code") == 1


@pytest.mark.parametrize(
    "line",
    [
        f'access_key = "{KEY_OF_A_CLOUD}"',
        PRIVATE_KEY,
        f'KEY = bytes.fromhex("{MASTER_KEY}")',
        'password = "Sommer-i-fjorden"',
        'password = "Sommer-i-fjorden"  # pragma: allowlist secret',
    ],
    ids=["cloud key", "private key", "master key", "password", "password with a pragma"],
)
def test_a_secret_fails_the_check_and_is_not_repeated(scan, capsys, line):
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text(f"{line}\n")

    assert scan.main("secrets") == 1

    told = capsys.readouterr().out
    assert "plugins/planted.py:" in told
    assert line not in told


def test_nothing_to_find_passes(scan):
    assert scan.main("code") == 0
    assert scan.main("secrets") == 0


def test_a_known_finding_passes_with_a_reason_and_fails_without(scan):
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text(INSECURE)
    found = {(one.kind, one.digest) for one in scan.insecure_code(scan.PROJECT_DIR)}
    lines = [f"code,plugins/*.py,{kind},{digest},{{}}\n" for kind, digest in sorted(found)]

    scan.KNOWN.write_text(HEAD + "".join(line.format("a demonstration") for line in lines))
    assert scan.main("code") == 0

    scan.KNOWN.write_text(HEAD + "".join(line.format(" ") for line in lines))
    assert scan.main("code") == 1


def test_a_known_line_that_has_changed_fails(scan):
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text(INSECURE)
    found = {(one.kind, one.digest) for one in scan.insecure_code(scan.PROJECT_DIR)}
    listed = "".join(f"code,*,{kind},{digest},a demonstration\n" for kind, digest in sorted(found))
    scan.KNOWN.write_text(HEAD + listed)

    changed = INSECURE.replace("ls ", "rm ")
    (scan.PROJECT_DIR / "plugins" / "planted.py").write_text(changed)

    assert scan.main("code") == 1


def test_a_known_finding_that_is_gone_fails(scan, capsys):
    scan.KNOWN.write_text(f"{HEAD}code,plugins/old.py,B602,0123456789ab,was needed once\n")

    assert scan.main("code") == 1

    assert "is not found any more" in capsys.readouterr().out


def test_every_known_finding_of_the_project_has_a_reason():
    lines = (PROJECT_DIR / "tools" / "known_findings.csv").read_text(encoding="utf-8").splitlines()

    assert lines[0] == HEAD.strip()
    assert [line for line in lines[1:] if line.count(",") < 4 or line.endswith(",")] == []
