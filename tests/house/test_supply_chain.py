"""Packages are installed byte for byte as they were pinned, under licences that are allowed."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from docs.generators import licences
from registry_operators.paths import PROJECT_DIR
from tools import bootstrap, make_sbom

LOCKS = ("requirements.txt", "requirements-dev.txt", "tools/uv.txt")


def text_of(name):
    return (PROJECT_DIR / name).read_text(encoding="utf-8")


def found(pattern, name):
    match = re.search(pattern, text_of(name), flags=re.MULTILINE)
    assert match is not None
    return match[1]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_its_version_and_checksums(lock):
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", text_of(lock))[1:]

    assert blocks
    assert [block for block in blocks if "==" not in block.splitlines()[0]] == []
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_whatever_installs_the_packages_compares_the_checksums():
    installs = [
        line.strip()
        for name in ("Makefile", "Dockerfile")
        for line in text_of(name).splitlines()
        if re.search(r"pip install|INSTALL\)", line) and "requirements" in line
    ]

    assert len(installs) == 3
    assert "--require-hashes" in found(r"^INSTALL := (.+)$", "Makefile")
    assert [one for one in installs if "$(INSTALL)" not in one and "--require-h" not in one] == []


def test_uv_is_pinned_in_the_version_that_the_makefile_takes():
    version = found(r"^UV_VERSION := (\S+)$", "Makefile")

    assert len(bootstrap.pinned_hashes(version)) > 5
    with pytest.raises(bootstrap.BootstrapError, match="run make lock"):
        bootstrap.pinned_hashes("0.0.1")


def test_a_download_of_uv_with_other_bytes_is_refused(tmp_path, monkeypatch):
    version = found(r"^uv==(\S+) ", "tools/uv.txt")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr(f"uv-{version}.data/scripts/uv", "something else")
    name = f"uv-{version}-py3-none-any.whl"
    index = f'{{"files": [{{"filename": "{name}", "url": "wheel"}}]}}'
    replies = {bootstrap.INDEX: index.encode(), "wheel": archive.getvalue()}
    monkeypatch.setattr(bootstrap, "fetch", lambda url, **_: replies[url])
    monkeypatch.setattr(bootstrap, "fits", lambda *_: True)

    with pytest.raises(bootstrap.BootstrapError, match="checksum"):
        bootstrap.with_download(tmp_path, version)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-or-later", False),
        ("MIT OR GPL-3.0-or-later", True),
        ("MIT AND GPL-3.0-or-later", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("not told", False),
    ],
)
def test_a_licence_is_allowed_if_one_of_its_alternatives_is(licence, is_allowed):
    assert licences.is_allowed(licence) is is_allowed


def test_a_package_with_another_licence_ends_the_generation(monkeypatch):
    monkeypatch.setitem(licences.EXCEPTIONS, "psycopg", "something else")

    with pytest.raises(licences.LicenceError, match="psycopg: licence 'LGPL"):
        licences.page()


def test_the_sbom_gives_each_package_the_checksums_of_the_lock():
    checksums = make_sbom.pinned(text_of("requirements.txt"))

    assert set(checksums) == set(licences.locked(PROJECT_DIR / "requirements.txt"))
    assert min(len(sums) for sums in checksums.values()) > 0
    assert len(make_sbom.pinned("a==1 \\\n    --hash=sha256:" + "0" * 64)["a"]) == 1


def test_the_sbom_tells_of_the_files_of_others():
    components = {one["name"]: one for one in make_sbom.vendored()}

    assert components["htmx.org"]["licenses"] == [{"license": {"id": "0BSD"}}]
    assert len(components["htmx.org"]["hashes"][0]["content"]) == 64
