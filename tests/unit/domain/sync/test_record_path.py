from __future__ import annotations

import pytest

from registry_operators.domain.sync.record_path import ABSENT, compile_path

RECORD = {
    "name": " Ada ",
    "empty": "",
    "blank": "  ",
    "none": None,
    "no": False,
    "zero": 0,
    "names": ["Ada", "", None, "Lady"],
    "group": {"value": "UGRD", "desc": "Undergraduate"},
    "mail": [
        {"address": "a@example.org", "preferred": False, "kind": {"value": "home"}},
        {"address": "b@example.org", "preferred": True, "kind": {"value": "work"}},
        {"address": "c@example.org", "preferred": True, "kind": {"value": "work"}},
    ],
    "ids": {"id": [{"type": "BARCODE", "value": "1"}, {"type": "UNIV", "value": "2"}]},
    "lone": {"type": "x", "value": "only one"},
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("name", [" Ada "]),
        ("no", [False]),
        ("zero", [0]),
        ("names", ["Ada", "Lady"]),
        ("group.value", ["UGRD"]),
        ("group.other", []),
        ("name.value", []),
        ("mail[].address", ["a@example.org", "b@example.org", "c@example.org"]),
        ("mail.address", ["a@example.org", "b@example.org", "c@example.org"]),
        ("mail[preferred=true].address", ["b@example.org", "c@example.org"]),
        ("mail[preferred=true]!.address", ["b@example.org"]),
        ("mail[kind.value=home|work].address", ["a@example.org", "b@example.org", "c@example.org"]),
        ("mail[kind.value=school].address", []),
        ("ids.id[type=BARCODE].value", ["1"]),
        ("lone[type=x].value", ["only one"]),
        ("lone[no.such=x].value", []),
    ],
)
def test_a_path_reads_the_values_that_are_there(path, values):
    assert compile_path(path)(RECORD) == values


@pytest.mark.parametrize("path", ["empty", "blank", "none", "group.none", "names[a=b]"])
def test_a_key_without_a_value_is_empty(path):
    assert compile_path(path)(RECORD) == []


@pytest.mark.parametrize("path", ["gone", "gone.value", "gone[].value", "gone[type=x]!.value"])
def test_a_record_without_the_key_says_nothing_of_the_field(path):
    assert compile_path(path)(RECORD) is ABSENT
    assert not ABSENT


@pytest.mark.parametrize("path", ["", ".", "a.", "a..b", "a[", "a[b]", "a]b", "a[b=c", "!"])
def test_a_path_that_cannot_be_read_says_where(path):
    with pytest.raises(ValueError, match="path"):
        compile_path(path)
