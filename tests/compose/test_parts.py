"""What runs in the stack, with which rights, and what can be reached."""

from __future__ import annotations

import json

import pytest
import requests

from tests.compose.stack import ONE_SHOT, run, service
from tools.new_env import MAKERS

EXPECTED = {
    "postgres", "redis", "init", "api-server", "scheduler", "dag-processor", "triggerer", "worker",
    "cms-api", "log-keeper", "registry", "koha", "alma", "sierra", "symphony", "demo-runs",
}  # fmt: skip
PUBLIC = {"registry_pin_secret", "connections.env"}
"""Secrets of the demo that everybody may know."""


def test_every_part_is_healthy_and_there_are_two_workers(stack):
    containers = stack.containers()

    assert {service(one) for one in containers} == EXPECTED
    assert len(stack.containers("worker")) == 2
    assert stack.is_healthy()


def test_nothing_but_the_pages_and_the_cms_api_is_published(stack):
    published = {
        (service(one), port, binding["HostIp"])
        for one in stack.containers()
        for port, bindings in one["NetworkSettings"]["Ports"].items()
        for binding in bindings or []
    }

    assert published == {
        ("api-server", "8080/tcp", "127.0.0.1"),
        ("cms-api", "8090/tcp", "127.0.0.1"),
    }


def test_databases_have_no_way_out(stack):
    networks = {
        network for one in stack.containers("postgres", "redis")
        for network in one["NetworkSettings"]["Networks"]
    }  # fmt: skip

    told = json.loads(run(["docker", "network", "inspect", *networks]))

    assert [network["Internal"] for network in told] == [True]


def test_containers_are_read_only_limited_and_without_rights(stack):
    for one in stack.containers():
        host = one["HostConfig"]
        assert host["ReadonlyRootfs"], service(one)
        assert host["CapDrop"] == ["ALL"], service(one)
        assert host["SecurityOpt"] == ["no-new-privileges:true"], service(one)
        assert min(host["Memory"], host["NanoCpus"], host["PidsLimit"]) > 0, service(one)
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "5"}, service(one)


def test_nobody_is_root(stack):
    running = [one for one in stack.containers() if service(one) not in ONE_SHOT]

    users = {service(one): run(["docker", "exec", one["Id"], "id", "-u"]) for one in running}

    assert [name for name, user in users.items() if int(user) == 0] == []


def test_no_secret_is_told_by_the_engine(stack):
    told = json.dumps(stack.containers())

    assert "<secret:patron_db_password>" in told
    assert [name for name in MAKERS.keys() - PUBLIC if stack.secret(name) in told] == []


def test_workers_do_not_have_the_secrets_of_airflows_database(stack):
    listed = stack.in_worker("ls /run/secrets").split()

    assert "patron_sync_master_key" in listed
    assert {"airflow_db_password", "airflow_fernet_key", "airflow_jwt_secret"} & {*listed} == set()


@pytest.mark.parametrize(("role", "database"), [("airflow", "patrons"), ("patron_sync", "airflow")])
def test_a_database_lets_nobody_in_but_its_owner(stack, role, database):
    asked = f"select has_database_privilege('{role}', '{database}', 'connect')"

    assert stack.ask(asked) == ["f"]


def test_the_pages_are_served_and_ask_who_it_is(stack):
    stack.api("dags")
    pages = f"{stack.url}/patron-sync/"

    assert requests.get(pages, timeout=60).status_code == 401
    assert "Fjordby" in stack.session.get(pages, timeout=60).text


def test_a_web_site_logs_in_to_the_cms_api(stack):
    add = "patron-sync cms-user add website --library 2030000 --password-stdin"
    stack.in_worker(add, stdin="a good password\n")
    account = {"username": "website", "password": "a good password"}
    log_in = f"http://127.0.0.1:{stack.cms_port}/external/v1/NO-2030000/authentication/login"

    reply = requests.post(log_in, json=account, timeout=60)

    assert reply.status_code == 200
    assert reply.json()["sessionKey"]
