"""One writer at a time, and none that wakes up late."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry_operators.errors import StaleWriterError, WriterBusyError
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.writer import Fence, writing
from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_config, a_patron, a_run_id

PULL, PUSH = a_run_id(1), a_run_id(2)


@pytest.fixture
def other(database_url: str) -> Iterator[Ledger]:
    """A second process, as the database sees it."""
    with Ledger.connect(database_url) as ledger:
        yield ledger


def write(ledger: Ledger, *, run_id=PUSH, library: str = LIBRARY):
    return writing(ledger, run_id, library, wait_s=0)


def test_another_run_waits_until_the_first_has_written(ledger: Ledger, other: Ledger) -> None:
    with (
        writing(ledger, PULL, LIBRARY),
        pytest.raises(WriterBusyError),
        write(other, library=OTHER_LIBRARY),
    ):
        pass

    with write(other) as fence:
        fence.check()


def test_libraries_of_one_run_are_written_side_by_side(ledger: Ledger, other: Ledger) -> None:
    with (
        writing(ledger, PULL, LIBRARY) as one,
        write(other, run_id=PULL, library=OTHER_LIBRARY) as two,
    ):
        assert one.token == two.token


def test_a_second_process_of_the_same_task_waits(ledger: Ledger, other: Ledger) -> None:
    with (
        writing(ledger, PULL, LIBRARY),
        pytest.raises(WriterBusyError),
        write(other, run_id=PULL),
    ):
        pass


def test_a_process_that_dies_lets_go(database_url: str, other: Ledger) -> None:
    dying = Ledger.connect(database_url)
    right = writing(dying, PULL, LIBRARY)
    right.__enter__()

    dying.close()

    with writing(other, PUSH, LIBRARY, wait_s=10) as fence:  # its backend takes a moment to end
        assert fence.token == 2


def test_a_run_that_was_overtaken_cannot_write(ledger: Ledger, other: Ledger) -> None:
    with writing(ledger, PULL, LIBRARY) as fence:
        late = Fence(ledger, PULL, fence.token)
    with write(other):
        pass

    with pytest.raises(StaleWriterError), late.transaction():
        ledger.run("pull/forget_taken_numbers", library=LIBRARY)


def test_a_run_cannot_be_overtaken_while_it_writes(ledger: Ledger, other: Ledger) -> None:
    with writing(ledger, PULL, LIBRARY) as fence:
        late = Fence(ledger, PULL, fence.token)
    other._connection.execute("set lock_timeout = '200ms'")

    with late.transaction(), pytest.raises(Exception, match=r"gave up|refused"):
        write(other).__enter__()


def test_a_paused_push_sends_nothing_after_it_was_overtaken(
    world: World, other: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process stands still right after it has marked its batch, and wakes up too late."""
    world.cicero.add(a_patron())
    world.config = a_config()
    from registry_operators.steps.send_record import RecordSender

    original = RecordSender.send

    def late(self, row):
        world.ledger.rows("writer/leave_writer", run_id=a_run_id(1), library=LIBRARY)
        with write(other, run_id=a_run_id(7)):
            pass
        return original(self, row)

    monkeypatch.setattr(RecordSender, "send", late)
    tally = world.push()[LIBRARY]

    assert (tally.failure_code, world.registry.writes()) == ("STALE_WRITER", [])

    monkeypatch.undo()
    assert world.push()[LIBRARY].created == 1


def test_a_busy_writer_is_told_and_retried(world: World, other: Ledger, monkeypatch) -> None:
    import registry_operators.steps.apply_to_cicero as step

    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="1357")
    monkeypatch.setattr(step, "writing", lambda *args: writing(*args, wait_s=0))

    with write(other, run_id=a_run_id(9)):
        assert world.pull()[LIBRARY].failure_code == "WRITER_BUSY"

    assert world.pull()[LIBRARY].updated == 1
    assert world.cicero.pin(patron_id) == ("1357", False, "registry")
