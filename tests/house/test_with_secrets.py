"""How programs in the image get their secrets."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from registry_operators.paths import PROJECT_DIR

PROGRAM = PROJECT_DIR / "docker" / "with_secrets.py"
ODD = 'a "b"/c@d%'
"""A password with all that JSON and URLs cannot take as it is."""


@pytest.fixture
def with_secrets(monkeypatch):
    monkeypatch.syspath_prepend(str(PROGRAM.parent))
    import with_secrets

    return with_secrets


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "password").write_text(f"{ODD}\n")
    (tmp_path / "empty").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("<secret:password>", ODD),
        (
            "postgresql://me:<secret:password>@host/db",
            "postgresql://me:a%20%22b%22%2Fc%40d%25@host/db",
        ),
        ('{"password": "<secret:password>"}', '{"password": "a \\"b\\"/c@d%"}'),
        ("no secret", "no secret"),
    ],
    ids=["as it is", "in a URL", "in JSON", "none"],
)
def test_a_secret_is_written_as_its_place_needs_it(with_secrets, folder, value, filled):
    assert with_secrets.with_secrets({"SETTING": value}, folder) == {"SETTING": filled}


@pytest.mark.parametrize("name", ["empty", "not_there"])
def test_a_secret_that_is_not_there_is_named(with_secrets, folder, name):
    with pytest.raises(with_secrets.SecretError, match=f"{name} is missing, empty or not readable"):
        with_secrets.with_secrets({"SETTING": f"<secret:{name}>"}, folder)


def test_a_file_of_variables_is_taken_over(with_secrets, folder):
    (folder / "connections.env").write_text(
        '# remark=1\n\nONE={"a": "b=c"}\nTWO = 2\nno variable\n'
    )

    filled = with_secrets.with_secrets({}, folder)

    assert filled == {"ONE": '{"a": "b=c"}', "TWO": "2"}


def test_it_becomes_the_program_after_whom_it_is_called(tmp_path):
    (tmp_path / "bin").mkdir()
    real = tmp_path / "bin" / "airflow"
    real.write_text('#!/bin/sh\necho "$@" "$PLACE"; exit 7\n')
    real.chmod(0o755)
    (tmp_path / "airflow").symlink_to(PROGRAM)
    environment = {**os.environ, "VIRTUAL_ENV": str(tmp_path), "PLACE": "here"}

    done = subprocess.run(
        [sys.executable, tmp_path / "airflow", "db", "check"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.stdout, done.returncode) == ("db check here\n", 7)
