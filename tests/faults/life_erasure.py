"""
Somebody is erased in the middle of a life: nothing of them is left, and all else stays (I10).

What may stay is what decision record 0019 says: the patron in Cicero, a removal that the registry
must still be told of, numbers of nobody, and ten digits of the pseudonym in the audit trail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import sql

from registry_operators.ledger.journal_vault import JournalVault
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.steps.erase_person import ErasureRequest, erase_person
from registry_operators.steps.report_run import report_run
from tests.factories import KEYS, a_national_id, a_patron, a_person_key

if TYPE_CHECKING:
    from tests.faults.any_life import Life

WAYS = ("patron_id", "card_number", "national_id")
_PSEUDONYM = 10  # so many hex digits of a person key may stand in the audit trail
_CICERO = ("patrons", "cards", "pins", "consents")
_LEDGER = {"base": 1, "pending": 2, "taken": 1}  # and where a row names its person or patron
_TABLES = """
select table_schema, table_name, array_agg(column_name::text)
from information_schema.columns
where table_schema in ('cicero', 'patron_sync')
group by table_schema, table_name
"""
_BY_MARK: LiteralString = "one::text like any(%(marks)s)"
_BY_ID: LiteralString = f"{_BY_MARK} or one.patron_id = %(id)s"
_OPEN = "select count(*) from cicero.deleted_patron where patron_id = %s and settled_at is null"
_LINKS = """
select from cicero.deleted_patron
where patron_id = %(id)s and (person_key is not null or national_id is not null)
union all select from patron_sync.plan where patron_id = %(id)s
union all select from patron_sync.journal where patron_id = %(id)s
union all select from patron_sync.verdict where patron_id = %(id)s and person_key is not null
"""
_SEALED = """
select table_name, column_name
from information_schema.columns
where table_schema = 'patron_sync'
    and data_type = 'bytea'
    and column_name !~ '(fingerprint|person_key|digest|version)$'
"""


def erase_somebody(life: Life, patron_id: int, way: str) -> None:
    """Erase a patron who is here or gone, and look for what is left of them."""
    index = life.index_of(patron_id)
    life.learn()
    before, taken = _rest(life, patron_id, index), _numbers_of(life, patron_id)
    cicero = life.world.state(*_CICERO)
    named = _named(life, patron_id, index, way)
    is_known = "national_id" not in named or _is_linked(life, patron_id)
    erasure = erase_person(life.world.ledger, KEYS, ErasureRequest("kari", **named))
    life.tell("erase", patron_id, way,
              {place: count for place, count in erasure.rows.items() if count})  # fmt: skip
    for name in ("card", "pin"):
        life.apart.pop((index, name), None)
    left = list(_traces(life, patron_id if is_known else None, index))
    assert not is_known or life.ask(_OPEN, patron_id) == [(erasure.open_removals,)]
    assert left == [], f"left of patron {patron_id} after an erasure (I10): {left}"
    assert life.world.state(*_CICERO) == cicero, "an erasure touches Cicero"
    assert _rest(life, patron_id, index) == before, "an erasure touches somebody else"
    retired = {row[0] for row in life.ask("select * from patron_sync.retired_card_number")}
    assert taken <= retired, "a reserved number may be given out again"
    _check_accounts(life)
    life.check()


def _named(life: Life, patron_id: int, index: int, way: str) -> dict[str, Any]:
    """How the person is named; a patron without a card is named by patron id."""
    numbers = sorted(life.world.cicero.cards(patron_id))
    if way == "card_number" and numbers:
        return {"card_number": numbers[0]}
    return {"national_id": a_national_id(index)} if way == "national_id" else {
        "patron_id": patron_id
    }  # fmt: skip


def _is_linked(life: Life, patron_id: int) -> bool:
    """Whether anything says which person a patron is: of one who was never synchronised nothing."""
    return patron_id in life.patrons or bool(life.ask(_LINKS, {"id": patron_id}))


def _traces(life: Life, patron_id: int | None, index: int) -> Iterator[tuple[str, str]]:
    """Table and text of each row in which something of the person stands."""
    for schema, table, columns in life.ask(_TABLES):
        if table == "retired_card_number":
            continue
        in_ledger = schema == "patron_sync"
        statement = sql.SQL("select one::text from {} as one where ({}) and not ({})").format(
            sql.Identifier(schema, table),
            sql.SQL(_BY_ID if "patron_id" in columns else _BY_MARK),
            sql.SQL(_mine(table, in_ledger=in_ledger, is_here=patron_id in life.patrons)),
        )
        marks = _marks(life, index, in_ledger=in_ledger)
        who = {"id": patron_id, "marks": [f"%{mark}%" for mark in marks]}
        yield from ((table, text) for (text,) in life.ask(statement, who))
    yield from _opened(life, a_person_key(index))


def _mine(table: str, *, in_ledger: bool, is_here: bool) -> LiteralString:
    """Say which rows stay: those of a patron who is here, and an open removal."""
    if table == "deleted_patron":
        return "one.patron_id = %(id)s and one.settled_at is null"
    is_kept = is_here and not in_ledger and table != "change"
    return "one.patron_id = %(id)s" if is_kept else "false"


def _marks(life: Life, index: int, *, in_ledger: bool) -> set[str]:
    """Texts by which the person is known; in Cicero others may have the same name."""
    patron = a_patron(index)
    names = {patron.surname, patron.first_name} if in_ledger else set()
    key = a_person_key(index).hex()[: _PSEUDONYM + 2]
    return names | {a_national_id(index), key} | life.marks_of[index]


def _opened(life: Life, key: bytes) -> Iterator[tuple[str, str]]:
    """Encrypted values that the person's key still opens."""
    pins, journal = PinVault(KEYS), JournalVault(KEYS)
    for table, column in life.ask(_SEALED):
        names = {"table": sql.Identifier("patron_sync", table), "column": sql.Identifier(column)}
        rows = life.ask(
            sql.SQL("select {column} from {table} where {column} is not null").format(**names)
        )
        for (sealed,) in rows:
            if pins.open(key, sealed) is not None or journal.open(key, "card", sealed) is not None:
                yield table, column


def _rest(life: Life, patron_id: int, index: int) -> dict[str, list[Any]]:
    """What the ledger knows of everybody else."""
    one = (patron_id, a_person_key(index))
    return {
        part: [row for row in rows if row[_LEDGER[part]] not in one]
        for part, rows in life.world.state(*_LEDGER).items()
    }


def _numbers_of(life: Life, patron_id: int) -> set[str]:
    rows = life.world.state("taken")["taken"]
    return {number for _, holder, number in rows if holder == patron_id}


def _check_accounts(life: Life) -> None:
    """The run before still adds up, whether it has ended or was killed."""
    for (run_id,) in life.ask(
        "select run_id from patron_sync.run order by started_at desc limit 2"
    ):
        off = [one for one in report_run(life.world.ledger, run_id=run_id) if not one.adds_up]
        assert off == [], f"a run does not add up after an erasure (I6): {off}"
