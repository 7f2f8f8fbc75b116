from __future__ import annotations

import pytest
import yaml

from registry_operators.settings.marked_yaml import NotPlainError, load_marked

TEXT = """\
# a remark
name: readers

filter:
  - {field: category_id,
     equals: UGRD}
  - field: email
    is_empty: true
"""


def test_the_content_is_what_yaml_says():
    assert load_marked(TEXT).content == yaml.safe_load(TEXT)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 2),
        (("name",), 2),
        (("filter",), 4),
        (("filter", 0), 5),
        (("filter", 0, "equals"), 6),
        (("filter", 1, "is_empty"), 8),
    ],
)
def test_every_value_knows_its_line(place, line):
    assert load_marked(TEXT).line(place) == line


def test_what_is_missing_has_the_line_of_what_is_around_it():
    marked = load_marked(TEXT)

    assert marked.line(("filter", 1, "equals", 3)) == 7
    assert marked.line(("schedule", "first")) == 2


def test_a_key_that_stands_twice_is_told_with_the_line_of_the_second():
    assert load_marked("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n").repeated == [("c", 4), ("a", 5)]


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_document_has_no_content(text):
    assert load_marked(text).content is None


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "a: 1\nb: !!str 1\n", "a: 1\nb: !mine [1]\n"])
def test_aliases_and_tags_are_told_with_their_line(text):
    with pytest.raises(NotPlainError, match="write the value") as refused:
        load_marked(text)

    assert refused.value.problem_mark is not None
    assert refused.value.problem_mark.line == 1


@pytest.mark.parametrize(
    "text", ["a: [", "a: 1\n---\nb: 2\n", "a: !!python/object/apply:os.system [id]", "\tx: 1"]
)
def test_what_is_no_plain_document_is_refused(text):
    with pytest.raises(yaml.YAMLError):
        load_marked(text)
