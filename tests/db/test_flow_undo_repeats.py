"""Taking a run back twice, in part, or not at all (X7, X9)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.errors import DecisionRefusedError, StaleWriterError, UnavailableError
from registry_operators.steps import undo_run as undoing
from registry_operators.steps.undo_library import LibraryUndo
from tests.db.flow_world import CICERO, World
from tests.db.undo_bench import is_quiet, undo
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_patron, a_run_id
from tests.unit.steps.fake_registry import LibrarysView

BOTH = (*CICERO, "base")


@pytest.mark.parametrize("flow", ["pulled", "pushed"])
def test_a_dry_run_says_the_same_and_writes_nothing(world, flow, request) -> None:
    request.getfixturevalue(flow)
    before = world.state(), world.registry.snapshot()
    events = world.cicero.db.execute("select * from patron_sync.audit_event").fetchall()

    told = undo(world, is_dry_run=True)

    assert (world.state(), world.registry.snapshot()) == before
    rows = world.cicero.db.execute("select * from patron_sync.audit_event").fetchall()
    assert rows == events
    assert undo(world) == told
    assert {state for _, _, state, _ in told} == {"reversed"}


@pytest.mark.parametrize("flow", ["pulled", "pushed"])
def test_a_second_call_changes_nothing(world: World, flow: str, request) -> None:
    request.getfixturevalue(flow)
    first = undo(world)
    after = world.state(), world.registry.snapshot()

    assert undo(world) == first
    assert (world.state(), world.registry.snapshot()) == after


@pytest.mark.parametrize(
    "step", ["undo/mark_sent", "undo/settle_changes", "undo/forget_base", "undo/list_settled"]
)
@pytest.mark.parametrize("flow", ["pulled", "pushed"])
def test_a_call_that_dies_is_continued(
    world: World, flow: str, step: str, request, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron_id = request.getfixturevalue(flow)
    ledger, original = type(world.ledger), {}

    def dying(name):
        original[name] = getattr(ledger, name)

        def call(self, statement, **parameters):
            if statement == step:
                raise StaleWriterError("the machine was switched off")
            return original[name](self, statement, **parameters)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "run", dying("run"))
        patch.setattr(ledger, "rows", dying("rows"))
        if flow == "pushed" or step not in {"undo/mark_sent", "undo/settle_changes"}:
            with pytest.raises(StaleWriterError):
                undo(world)

    outcome = undo(world)

    assert {state for _, _, state, _ in outcome} == {"reversed"}
    expected = a_card_number(0)
    assert expected in {world.cicero.card(patron_id), world.registry.of(0).card}
    assert is_quiet(world)


def test_lost_answers_are_asked_about_by_the_next_call(world, pushed: int) -> None:
    world.registry.lost_answers = 1

    first = undo(world)

    assert {reason for *_, reason in first} == {Reason.UNAVAILABLE}
    assert {state for _, _, state, _ in undo(world)} == {"reversed"}
    assert is_quiet(world)


def test_a_library_that_may_not_log_in_fails_and_is_taken_up_again(world, pushed) -> None:
    world.registry.refused_libraries.add(LIBRARY)

    assert {(state, reason) for _, _, state, reason in undo(world)} == {("failed", "LOGIN_REFUSED")}
    world.registry.refused_libraries.clear()
    assert {state for _, _, state, _ in undo(world)} == {"reversed"}


def test_two_runs_are_undone_from_the_last_to_the_first(world, pulled: int) -> None:
    first = a_run_id(world.runs)
    world.registry.change(world.registry.of(0), card=a_card_number(61))
    world.pull()
    second = a_run_id(world.runs)

    early = undo(world, run_id=first, fields=("card",))
    undo(world, run_id=second, fields=("card",))
    undo(world, run_id=first, fields=("card",))

    assert early == {("cicero", "card", "kept", Reason.TARGET_CHANGED): 1}
    assert world.cicero.card(pulled) == a_card_number(0)
    assert is_quiet(world)


def test_is_written_down_in_the_audit_trail(world: World, pulled: int, query) -> None:
    undo(world, note="wrong file on 12345678901")

    (act,) = query("select actor, detail from patron_sync.audit_event where action = 'undo'"
                   " and kind = 'act'")  # fmt: skip
    writes = query("select field, state, target, length(person) from patron_sync.audit_event"
                   " where kind = 'write' and step = 'undo' order by field")  # fmt: skip
    assert act[0] == "kari"
    assert (act[1]["changes"], act[1]["note"]) == (2, "wrong file on #")
    assert writes == [("card", "reversed", "cicero", 10), ("pin", "reversed", "cicero", 10)]


@pytest.mark.parametrize(
    "wrong",
    [{"run_id": uuid4()}, {"fields": ("name",)}, {"libraries": ("9999999",)}],
    ids=["run", "field", "library"],
)
def test_what_cannot_be_is_refused(world: World, pulled: int, wrong) -> None:
    with pytest.raises(DecisionRefusedError):
        undo(world, **wrong)


def test_a_dry_run_cannot_be_undone(world: World) -> None:
    world.pull(is_dry_run=True)

    with pytest.raises(DecisionRefusedError, match="wrote nothing"):
        undo(world)


def test_waits_for_a_job_that_writes(world, pulled, monkeypatch) -> None:
    def busy(*_, **__):
        raise UnavailableError("another run writes")

    monkeypatch.setattr(undoing, "writing", busy)
    before = world.state(*BOTH)

    with pytest.raises(UnavailableError):
        undo(world)

    assert world.state(*BOTH) == before


@pytest.mark.parametrize("is_dry_run", [True, False], ids=["dry run", "live"])
def test_no_transaction_is_open_while_the_registry_answers(
    world: World, pushed: int, query, monkeypatch: pytest.MonkeyPatch, is_dry_run: bool
) -> None:
    seen: list[tuple[int]] = []

    def looking(operation):
        original = getattr(LibrarysView, operation)

        def call(self, *arguments):
            seen.extend(query(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and xact_start is not null"
            ))  # fmt: skip
            return original(self, *arguments)

        return call

    for operation in ("find", "update"):
        monkeypatch.setattr(LibrarysView, operation, looking(operation))
    undo(world, is_dry_run=is_dry_run)

    assert seen == [(0,)] * (1 if is_dry_run else 2)


def test_a_dry_run_tells_of_each_library_and_of_one_that_may_not_log_in(world: World) -> None:
    for index, library in enumerate((LIBRARY, OTHER_LIBRARY)):
        world.both(a_patron(index, library=library, card=a_card_number(index)))
    world.push()
    world.registry.refused_libraries.add(LIBRARY)

    told = undo(world, is_dry_run=True, fields=("relation",))

    assert told == {
        ("registry", "relation", "failed", "LOGIN_REFUSED"): 1,
        ("registry", "relation", "reversed", None): 1,
    }
    assert undo(world, fields=("relation",)) == told


def test_of_a_consent_given_while_a_dry_run_asks_nothing_is_promised(
    world: World, pushed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.cicero.withdraw(pushed)
    original = LibraryUndo._ask

    def consents(self, library, *arguments):
        if library == LIBRARY:
            world.cicero.consent(pushed)
        original(self, library, *arguments)

    monkeypatch.setattr(LibraryUndo, "_ask", consents)

    told = undo(world, is_dry_run=True)

    assert {(state, reason) for _, _, state, reason in told} == {
        ("failed", Reason.CHANGED_SINCE_PLAN)
    }
