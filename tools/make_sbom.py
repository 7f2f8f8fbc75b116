"""
Write what the product runs with as a CycloneDX SBOM: ``make_sbom.py .local/sbom/patron-sync.json``.

The packages of requirements.txt, installed by themselves, are listed with version, licence, and
what needs what; their checksums are those of requirements.txt, which an installation compares.
Files of others in this repository are added. Two runs with the same lock file on one kind of
machine write the same bytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT_DIR = Path(__file__).resolve().parents[1]
LOCK = PROJECT_DIR / "requirements.txt"
VENDORED = PROJECT_DIR / "plugins" / "registry_operators" / "web" / "static" / "vendor"


def main(target: Path) -> None:
    """Write the file; its folder also holds the environment from which it was read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    environment = target.parent / "environment"
    install(environment)
    sbom = described(environment)
    checksums = pinned(LOCK.read_text(encoding="utf-8"))
    for component in sbom["components"]:
        component.setdefault("externalReferences", []).append(source_of(component, checksums))
    own = [component["bom-ref"] for component in sbom["components"] if is_direct(component)]
    for component in vendored():
        sbom["components"].append(component)
        sbom["dependencies"].append({"ref": component["bom-ref"]})
        own.append(component["bom-ref"])
    root = sbom["metadata"]["component"]["bom-ref"]
    sbom["dependencies"] = [one for one in sbom["dependencies"] if one["ref"] != root]
    sbom["dependencies"].append({"ref": root, "dependsOn": sorted(own)})
    validate(sbom)
    target.write_text(json.dumps(sbom, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target}: {len(sbom['components'])} components\n")


def install(environment: Path) -> None:
    """Make an environment with exactly the packages of the lock file."""
    uv = str(Path(sys.executable).parent / "uv")
    run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(environment))
    run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(environment), str(LOCK))


def described(environment: Path) -> dict[str, Any]:
    """Return what cyclonedx-py finds in an environment."""
    command = (
        *(sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "environment"),
        "--output-reproducible",
        *("--pyproject", str(PROJECT_DIR / "pyproject.toml"), "--of", "JSON", "--sv", "1.6"),
        str(environment),
    )
    found: dict[str, Any] = json.loads(run(*command))
    return found


def source_of(component: dict[str, Any], checksums: dict[str, list[Any]]) -> dict[str, Any]:
    """Return where a package comes from, with the checksums of which an installation takes one."""
    name = name_of(component)
    return {
        "type": "distribution",
        "url": f"https://pypi.org/simple/{name}/",
        "hashes": checksums[name],
    }


def is_direct(component: dict[str, Any]) -> bool:
    """Tell whether requirements.in names a package."""
    lines = (PROJECT_DIR / "requirements.in").read_text(encoding="utf-8").splitlines()
    return name_of(component) in {re.split(r"[=\[ ]", line)[0] for line in lines}


def name_of(component: dict[str, Any]) -> str:
    """Return the name of a package as PyPI and the lock files write it."""
    return re.sub(r"[-_.]+", "-", component["name"]).lower()


def pinned(lock: str) -> dict[str, list[dict[str, str]]]:
    """Return the checksums of each package: one for each file of which one is installed."""
    found: dict[str, list[dict[str, str]]] = {}
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        if match := re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==", block):
            sums = re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
            entries = [{"alg": "SHA-256", "content": digest} for digest in sums]
            found.setdefault(match[1].replace(".", "-"), []).extend(entries)
    return found


def vendored() -> Iterator[dict[str, Any]]:
    """Yield a component for each folder of files of others, from its file VERSION."""
    for file in sorted(VENDORED.glob("*/VERSION")):
        lines = file.read_text(encoding="utf-8").splitlines()
        told = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in lines)
        package, version = told["npm package"], told["version"]
        licence = told["licence"].split(",")[0]
        yield {
            "bom-ref": f"{package}@{version}",
            "type": "library",
            "name": package,
            "version": version,
            "purl": f"pkg:npm/{package}@{version}",
            "licenses": [{"license": {"id": licence}}],
            "hashes": [{"alg": "SHA-256", "content": told["sha256"]}],
        }


def validate(sbom: dict[str, Any]) -> None:
    """End with an error when the document is not what CycloneDX 1.6 allows."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(sbom))
    if error is not None:
        sys.exit(f"not a valid SBOM: {error}")


def run(*command: str) -> str:
    """Run a program and return what it printed; what it complains of is seen at once."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]))
