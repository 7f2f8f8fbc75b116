"""``patron-sync reconcile`` as a person types it."""

from __future__ import annotations

import json

LIBRARY = "2030000"
HERE = ("--library", LIBRARY)
LONG_AGO = "2014-01-01T00:00:00"


def unexplained(out: str) -> int:
    return sum(one["unexplained"] for one in json.loads(out)["drift"])


def test_it_reports_repairs_when_asked_to_and_is_quiet_then(patron_sync, registry, db) -> None:
    for flow in ("push", "pull") * 2:
        assert patron_sync("run", flow, *HERE)[0] == 0
    registry.admin.touch(count=20, fields=["pin"], seed=5, sist_endret=LONG_AGO)
    pins = db.execute("select pin_fingerprint from cicero.pin order by patron_id").fetchall()

    code, out, _ = patron_sync("reconcile", *HERE, "--json")
    told = json.loads(out)

    assert code == 0
    assert unexplained(out) > 0
    assert {flow["flow"] for flow in told["flows"]} == {"pull", "push"}
    assert all(flow["writes"] == 0 for flow in told["flows"])
    assert db.execute("select pin_fingerprint from cicero.pin order by patron_id").fetchall() == (
        pins
    )

    code, out, err = patron_sync("reconcile", *HERE, "--repair", COLUMNS="120")
    _, again, _ = patron_sync("reconcile", *HERE, "--json")

    assert code == 0
    assert "registry_changed" in out
    assert "differs" in out
    assert f"AUDIT flow=pull step=compare library={LIBRARY}" in err
    assert unexplained(again) == 0


def test_a_library_that_cannot_be_read_ends_it_with_an_error(patron_sync) -> None:
    code, out, err = patron_sync(
        "reconcile", *HERE, AIRFLOW_CONN_REGISTRY_2030000='{"conn_type": "http", "login": "x"}'
    )

    assert code == 1
    assert "registry_changed" not in out
    assert LIBRARY in err
