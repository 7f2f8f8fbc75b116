"""The seam between the operators of the housekeeping and their steps."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException

from registry_operators.errors import LedgerError
from registry_operators.operators import (
    apply_retention_operator,
    check_outbox_operator,
    expire_held_syncs_operator,
    sign_audit_operator,
)
from tests.factories import a_config
from tests.unit.operators.test_operators import FakeLedger


@pytest.fixture
def outside(monkeypatch):
    """Replace the hooks and the step of an operator module."""

    def replace(module, step, answer):
        monkeypatch.setattr(module, step, answer)
        monkeypatch.setattr(module, "PatronDbHook", lambda _: SimpleNamespace(ledger=FakeLedger))
        hook = SimpleNamespace(config=a_config, audit_key=lambda: None)
        monkeypatch.setattr(module, "PatronSyncHook", lambda _: hook)

    return replace


def test_retention_hands_over_how_many_tables_lost_rows(outside):
    now = []

    def step(ledger, retention, at):
        now.append(at)
        return {"journal": 3, "plan": 0, "run": retention.ledger_days}

    outside(apply_retention_operator, "apply_retention", step)

    assert apply_retention_operator.ApplyRetentionOperator(task_id="t").execute({}) == {"lines": 2}
    assert now[0] <= datetime.now(UTC)


def test_expired_syncs_are_named_as_warnings_and_counted(outside, capsys):
    asked = []

    def step(ledger, approval):
        asked.append(approval.expire_days)
        return [SimpleNamespace(notice="run 1 of data sync readers: nobody decided")]

    outside(expire_held_syncs_operator, "expire_held_syncs", step)
    operator = expire_held_syncs_operator.ExpireHeldSyncsOperator(task_id="t")

    assert operator.execute({}) == {"expired": 1}

    assert asked == [7]
    assert "[warning  ] run 1 of data sync readers" in capsys.readouterr().out


@pytest.mark.parametrize(("signed", "lines"), [(None, 0), (SimpleNamespace(event_no=7), 1)])
def test_signing_hands_over_whether_there_was_something_new(outside, signed, lines):
    outside(sign_audit_operator, "sign_head", lambda *_: signed)

    assert sign_audit_operator.SignAuditOperator(task_id="t").execute({}) == {"lines": lines}


def test_a_trail_that_was_exchanged_is_not_retried(outside):
    def refuses(*_):
        raise LedgerError("the head is gone")

    outside(sign_audit_operator, "sign_head", refuses)

    with pytest.raises(AirflowFailException, match="the head is gone"):
        sign_audit_operator.SignAuditOperator(task_id="t").execute({})


def test_the_outbox_is_red_when_somebody_is_overdue(outside):
    row = SimpleNamespace(
        library="2030000", flow="push", reason="REFUSED", entries=2, oldest_days=5
    )
    asked = []

    def overdue(ledger, days):
        asked.append(days)
        return [row]

    outside(check_outbox_operator, "overdue_entries", overdue)

    with pytest.raises(AirflowFailException, match="2030000, push, REFUSED: 2 waiting"):
        check_outbox_operator.CheckOutboxOperator(task_id="t").execute({})
    assert asked == [3]


def test_the_outbox_is_green_when_nobody_is(outside):
    outside(check_outbox_operator, "overdue_entries", lambda *_: [])

    assert check_outbox_operator.CheckOutboxOperator(task_id="t").execute({}) == {"lines": 0}
