"""The compose file, without Docker: nothing in it is open, unlimited, unnamed or forgotten."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from registry_operators.paths import PROJECT_DIR
from tools.new_env import MAKERS, missing_files

TEXT = (PROJECT_DIR / "docker-compose.yaml").read_text(encoding="utf-8")
FILE = yaml.safe_load(TEXT)
SERVICES = FILE["services"]
BUNDLES = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
REQUIREMENTS = (PROJECT_DIR / "requirements.in").read_text(encoding="utf-8")
EXAMPLE = dict(
    line.split("=", 1)
    for line in (PROJECT_DIR / ".env.example").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)


def test_the_example_has_every_variable_with_its_default():
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT))

    assert len(re.findall(r"\$\{", TEXT)) == len(re.findall(r"\$\{\w+:-", TEXT))
    assert defaults | {"COMPOSE_PROFILES": "demo"} == EXAMPLE


def test_every_secret_is_made_and_used():
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}

    assert used == set(FILE["secrets"]) == set(MAKERS)


@pytest.mark.parametrize("name", list(SERVICES))
def test_a_service_has_the_secrets_that_its_settings_name(name):
    service = SERVICES[name]
    named = set(re.findall(r"<secret:(\w+)>", json.dumps(service.get("environment", {}))))

    assert named <= set(service.get("secrets", []))


@pytest.mark.parametrize("name", list(SERVICES))
def test_a_service_is_read_only_limited_and_logs_in_bounds(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    assert ("healthcheck" in service) is (name not in {"init", "demo-runs", "log-keeper"})


def test_images_of_others_are_pinned_to_a_release():
    images = [EXAMPLE["POSTGRES_IMAGE"], EXAMPLE["REDIS_IMAGE"]]
    base = re.search(r"^FROM (\S+)$", (PROJECT_DIR / "Dockerfile").read_text(), re.MULTILINE)

    assert [one for one in images if not re.fullmatch(r"\w+:\d+\.\d+(\.\d+)?", one)] == []
    assert base is not None
    assert re.fullmatch(r"apache/airflow:\d+\.\d+\.\d+-python3\.11", base[1])
    assert base[1].split(":")[1].split("-")[0] in REQUIREMENTS


def test_only_the_pages_and_the_cms_api_are_published():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published.keys() == {"api-server", "cms-api"}
    assert all(
        port.startswith("${PUBLISH_ADDRESS") for ports in published.values() for port in ports
    )


def test_kubernetes_runs_the_same_release_with_the_same_bundles():
    folder = PROJECT_DIR / "docker" / "kubernetes"
    values = yaml.safe_load((folder / "values.yaml").read_text(encoding="utf-8"))
    kinds = [one["kind"] for one in yaml.safe_load_all((folder / "cms_api.yaml").read_text())]
    bundles = SERVICES["scheduler"]["environment"][BUNDLES]

    assert f"apache-airflow=={values['airflowVersion']}" in REQUIREMENTS
    assert values["dagProcessor"]["dagBundleConfigList"] == json.loads(bundles)
    assert kinds == ["Deployment", "Service"]


class TestNewEnv:
    def test_secrets_are_fresh_and_for_nobody_else(self, tmp_path):
        first, second = tmp_path / "first", tmp_path / "second"
        for folder in (first, second):
            folder.mkdir()
            list(missing_files(folder))

        texts = [
            {f.name: f.read_text() for f in (one / "secrets").iterdir()} for one in (first, second)
        ]
        same = {name for name in MAKERS if texts[0][name] == texts[1][name]}

        assert same == {"connections.env", "registry_pin_secret"}
        assert (first / "secrets").stat().st_mode & 0o777 == 0o700
        assert len(bytes.fromhex(texts[0]["patron_sync_master_key"])) == 32

    def test_what_is_there_stays(self, tmp_path):
        list(missing_files(tmp_path))
        kept = tmp_path / "secrets" / "redis_password"
        before = kept.read_text()
        (tmp_path / "secrets" / "postgres_password").unlink()

        written = [file.name for file in missing_files(tmp_path)]

        assert written == ["postgres_password"]
        assert kept.read_text() == before
