"""Pages and previews show of a value what is needed to see a wrong mapping, and no more."""

from __future__ import annotations

import pytest

from registry_operators.domain.keys import record_pseudonym
from registry_operators.domain.sync.catalogue import Sensitivity
from registry_operators.domain.sync.covering import covered, strictest
from tests.factories import KEYS

PLAIN, PERSONAL, IDENTIFYING = Sensitivity


@pytest.mark.parametrize(
    ("value", "sensitivity", "shown"),
    [
        ("Nyberg", PLAIN, "Nyberg"),
        ("Nyberg", PERSONAL, "Ny…(6)"),
        ("Nyberg", IDENTIFYING, "N…(6)"),
        ("Li", IDENTIFYING, "…"),
        ("abc", PERSONAL, "…"),
        (20040319, IDENTIFYING, "2…(8)"),
        (True, IDENTIFYING, "t…(4)"),
        (True, PLAIN, "true"),
        (["a@example.org", "Li"], IDENTIFYING, "a…(13), …"),
        (None, IDENTIFYING, "–"),
        ([], PLAIN, "–"),
        ("", PERSONAL, "–"),
    ],
)
def test_more_is_covered_of_what_tells_more(value, sensitivity, shown):
    assert covered(value, sensitivity) == shown


def test_of_several_the_strictest_counts():
    assert strictest([PLAIN, IDENTIFYING, PERSONAL]) is IDENTIFYING
    assert strictest([PLAIN, PERSONAL]) is PERSONAL
    assert strictest([]) is PLAIN


def test_a_record_has_one_pseudonym_in_a_system_and_another_in_the_next():
    name = record_pseudonym("koha_main", "17", KEYS)

    assert len(name) == 10
    assert name == record_pseudonym("koha_main", "17", KEYS)
    assert (
        len({name, record_pseudonym("alma", "17", KEYS), record_pseudonym("koha_main", "18", KEYS)})
        == 3
    )
    assert name != "17"
