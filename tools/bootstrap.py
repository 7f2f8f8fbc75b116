"""
Make the virtual environment and put uv into it: ``bootstrap.py .venv 0.13.9``.

The Makefile runs this with the machine's own Python, so it needs the standard library only. It
must also work where Debian has split things off: without python3-venv there is no ``ensurepip``,
without python3-pip no ``pip``. Run again, it keeps an environment that works. Whichever way uv
comes, its bytes must be those of ``uv.txt`` beside this file, since uv installs all the rest.
"""

import hashlib
import importlib.util
import io
import json
import platform
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from typing import NoReturn

INDEX = "https://pypi.org/simple/uv/"
TIMEOUT_S = 60
PINS = Path(__file__).with_name("uv.txt")


class BootstrapError(Exception):
    """One way to get uv failed; the next one is tried, and all reasons are shown at the end."""


def main(folder: Path, version: str) -> None:
    """Make ``folder`` a virtual environment that holds uv in this version."""
    say(f"Making {folder} with Python {platform.python_version()} and uv {version}")
    make_environment(folder)
    reasons = []
    for way in (with_pip_inside, with_pip_outside, with_download):
        try:
            way(folder, version)
        except BootstrapError as error:
            reasons.append(f"- {error}")
        else:
            return
    listed = "\n".join(reasons)
    sys.exit(f"uv {version} could not be installed into {folder}:\n{listed}")


def make_environment(folder: Path) -> None:
    """Create the environment, with pip where this Python can; keep one that works."""
    if is_supported(folder / "bin/python"):
        return
    if importlib.util.find_spec("venv") is None:
        sys.exit(f"{sys.executable} lacks the venv module; on Debian, install python3-venv")
    import venv

    has_pip = importlib.util.find_spec("ensurepip") is not None
    try:
        venv.create(folder, clear=True, symlinks=True, with_pip=has_pip)
    except subprocess.CalledProcessError:
        venv.create(folder, clear=True, symlinks=True, with_pip=False)


def is_supported(python: Path) -> bool:
    """Tell whether this program is there and is a Python that the product runs on."""
    try:
        run(python, "-c", "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))")
    except BootstrapError:
        return False
    return True


def with_pip_inside(folder: Path, version: str) -> None:
    """Use the environment's own pip, which follows the machine's settings for mirrors."""
    run(folder / "bin/python", "-m", "pip", "install", *pinned(version))


def with_pip_outside(folder: Path, version: str) -> None:
    """Let the machine's pip install into the environment."""
    inside = ("--python", str(folder / "bin/python"))
    run(sys.executable, "-m", "pip", *inside, "install", *pinned(version))


def with_download(folder: Path, version: str) -> None:
    """Take the program out of PyPI's wheel for this machine."""
    index = json.loads(fetch(INDEX, accept="application/vnd.pypi.simple.v1+json"))
    wheels = (file for file in index["files"] if fits(file["filename"], version))
    wheel = next(wheels, None)
    if wheel is None:
        fail(f"PyPI has no wheel of uv {version} for {sys.platform} on {platform.machine()}")
    content = fetch(wheel["url"])
    if hashlib.sha256(content).hexdigest() not in pinned_hashes(version):
        fail(f"the download of {wheel['filename']} has a checksum that is not in {PINS.name}")
    program = folder / "bin/uv"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        program.write_bytes(archive.read(f"uv-{version}.data/scripts/uv"))
    program.chmod(0o755)


def fits(filename: str, version: str) -> bool:
    """Tell whether a file is the wheel of this version for this system and processor."""
    if sys.platform == "darwin":
        system = "macosx"
    else:
        system = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    start, end = f"uv-{version}-py3-none-{system}", f"_{platform.machine()}.whl"
    return filename.startswith(start) and filename.endswith(end)


def fetch(url: str, accept: str = "*/*") -> bytes:
    """Download a file; whom to trust and which proxy to use is the machine's setting."""
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310 (https only)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310
            return bytes(reply.read())
    except OSError as error:
        fail(f"{url} could not be read: {error}")


def run(*command: str | Path) -> str:
    """Run a program and return what it printed."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except OSError as error:
        fail(str(error))
    except subprocess.CalledProcessError as error:
        words = (error.stderr.strip() or f"exit code {error.returncode}").splitlines()
        fail(f"{' '.join(map(str, command))}: {words[-1]}")
    return done.stdout


def fail(reason: str) -> NoReturn:
    """Give up this way of getting uv."""
    raise BootstrapError(reason)


def pinned(version: str) -> tuple[str, ...]:
    """Options that make pip install the pinned uv, without asking or advertising a newer pip."""
    pinned_hashes(version)
    quiet = ("--quiet", "--no-input", "--disable-pip-version-check")
    return (*quiet, "--require-hashes", "--requirement", str(PINS))


def pinned_hashes(version: str) -> set[str]:
    """Return the SHA-256 of each file of uv in this version that may be installed."""
    text = PINS.read_text(encoding="utf-8")
    if f"uv=={version} " not in text:
        fail(f"{PINS.name} does not pin uv {version}; run make lock")
    return set(re.findall(r"--hash=sha256:([0-9a-f]{64})", text))


def say(text: str) -> None:
    """Print a line at once, also when the output is a file."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
