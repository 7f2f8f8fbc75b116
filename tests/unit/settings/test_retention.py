"""How long the ledger keeps what (X10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from registry_operators.errors import ConfigurationError
from registry_operators.settings.libraries import load_libraries
from registry_operators.settings.retention import Retention
from tests.factories import LIBRARY, a_library_config


def load(tmp_path: Path, **content: Any) -> Retention:
    path = tmp_path / "libraries.yaml"
    path.write_text(yaml.safe_dump({"libraries": {LIBRARY: a_library_config()}, **content}))
    return load_libraries(path).retention


def test_nothing_need_be_written(tmp_path: Path) -> None:
    assert load(tmp_path) == Retention(
        staging_days=7, journal_days=14, ledger_days=30, audit_months=12, outbox_alarm_days=3
    )


def test_what_is_written_counts(tmp_path: Path) -> None:
    retention = load(tmp_path, retention={"journal_days": 20, "audit_months": None})

    assert (retention.journal_days, retention.audit_months) == (20, None)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"journal_days": 31}, "journal_days (31) must not exceed ledger_days (30)"),
        ({"staging_days": 0}, "field retention.staging_days"),
        ({"staging_days": 5}, "at least guards.approval.expire_days (7)"),
        ({"audit_months": "12"}, "field retention.audit_months"),
        ({"audit_days": 3}, "field retention.audit_days: is not known"),
    ],
    ids=["journal longer than ledger", "zero", "shorter than approval", "text", "unknown"],
)
def test_a_mistake_is_named_with_field_and_limit(tmp_path: Path, wrong, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, retention=wrong)

    assert told in str(caught.value)
