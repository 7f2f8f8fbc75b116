"""All patrons of a Symphony by their keys, one by one."""

from __future__ import annotations

import pytest

from registry_operators.errors import ConfigurationError, MalformedAnswerError, RefusedError
from stand_ins.symphony.process import serving_symphony
from tests.unit.clients.ils_stub import Asked, read
from tests.unit.clients.symphony_stub import ALL, NOTHING, SWEEP, a_symphony, keys, row, told
from tests.unit.clients.vendor_stub import living, turn


@pytest.fixture(scope="module")
def _served():
    with serving_symphony(400) as symphony:
        yield symphony


@pytest.fixture
def symphony(_served):
    """A Symphony of 396 living patrons, and 4 deleted ones, without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


class TestKeys:
    def test_everybody_comes_once_and_holes_are_passed_over(self, symphony) -> None:
        assert keys(read(a_symphony(symphony.api, **SWEEP), ALL)) == living(symphony)

    def test_a_known_bound_is_a_least_one(self, symphony) -> None:
        options = SWEEP | {"highest_key": 1100, "largest_gap": 20}

        assert keys(read(a_symphony(symphony.api, **options), ALL)) == living(symphony)

    def test_reading_goes_on_behind_a_cursor(self, symphony) -> None:
        client = a_symphony(symphony.api, **SWEEP)
        some = next(iter(client.pages(ALL)))

        rest = read(client, ALL, some.cursor)

        assert keys(some.records + rest) == living(symphony)

    def test_keys_that_nobody_has_are_no_empty_library(self, symphony) -> None:
        client = a_symphony(symphony.api, **(SWEEP | {"lowest_key": 9000}))

        with pytest.raises(ConfigurationError, match="no patron has a key from 9000 to"):
            read(client, ALL)

    def test_a_server_that_forgets_everybody_is_no_end(self, symphony) -> None:
        turn(symphony, "server_error", status=404, operation="get", after=210)

        with pytest.raises(MalformedAnswerError, match="not proven"):
            read(a_symphony(symphony.api, **SWEEP), ALL)

    def test_a_wrong_path_is_no_hole(self) -> None:
        def rows(_: Asked):
            return 404, "<html>Not Found</html>", {}

        with told(rows) as url, pytest.raises(RefusedError, match="host and path"):
            read(a_symphony(url, **SWEEP), NOTHING)

    def test_another_patron_than_asked_for_is_not_taken(self) -> None:
        with (
            told(lambda _: (200, row(77), {})) as url,
            pytest.raises(MalformedAnswerError, match="another one"),
        ):
            read(a_symphony(url, **SWEEP), NOTHING)

    @pytest.mark.parametrize("dial", ["html_503", "truncated_body", "reset_before_answer"])
    def test_a_fault_that_passes_loses_nobody(self, symphony, dial) -> None:
        turn(symphony, dial, operation="get", after=30, times=2)

        assert keys(read(a_symphony(symphony.api, **SWEEP), ALL)) == living(symphony)
