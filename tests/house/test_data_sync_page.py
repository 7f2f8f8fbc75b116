"""``docs/data_syncs.md`` names everything that an author of a data sync can write or meet."""

from __future__ import annotations

import re

import pytest

from registry_operators.domain.sync.conditions import Operator
from registry_operators.domain.sync.field_values import DataType, Incorrect
from registry_operators.domain.sync.record_mapper import Defect
from registry_operators.domain.sync.transforms import Transform
from registry_operators.paths import PROJECT_DIR, SQL_DIR
from registry_operators.settings.catalogues import known_systems
from registry_operators.settings.data_sync import KEYS, MappingBlock, ScheduleBlock

PAGE = (PROJECT_DIR / "docs" / "data_syncs.md").read_text(encoding="utf-8")
SQL = "\n".join(path.read_text(encoding="utf-8") for path in (SQL_DIR / "data_sync").glob("*.sql"))
NO_REASONS = {"UTC"}
REASONS = sorted(set(re.findall(r"'([A-Z][A-Z_]+)'", SQL)) - NO_REASONS)


@pytest.mark.parametrize(
    "word",
    [
        *KEYS, *Operator, *Transform, *DataType, *Incorrect, *Defect, *known_systems(), *REASONS,
        *(one.alias or name for name, one in MappingBlock.model_fields.items()),
        *ScheduleBlock.model_fields,
    ],
)  # fmt: skip
def test_the_page_names(word):
    assert re.search(rf"\b{re.escape(word)}\b", PAGE)


def test_every_command_of_the_group_is_on_the_page():
    from registry_operators.commands.sync import sync_app

    names = [command.name for command in sync_app.registered_commands]

    assert [name for name in names if not re.search(rf"[`, ]{name}[ `]", PAGE)] == []
