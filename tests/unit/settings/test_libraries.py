"""Each mistake in the libraries' file gives one line: library, field, found, what to write."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry_operators.errors import ConfigurationError
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.libraries import load_libraries, warnings_about
from tests.factories import LIBRARY, OTHER_LIBRARY, a_config, a_library_config

Content = dict[str, Any]
MISSING = object()


@pytest.fixture
def content() -> Content:
    """A file that is right."""
    return {
        "timezone": "Europe/Oslo",
        "libraries": {code: a_library_config(code) for code in (LIBRARY, OTHER_LIBRARY)},
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "libraries.yaml"


def written(file: Path, content: Content) -> Path:
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def problems(file: Path, has_connection=lambda _: True) -> list[str]:
    """The lines below the first one, which names the file and says how many they are."""
    with pytest.raises(ConfigurationError) as caught:
        load_libraries(file, has_connection)
    first, *lines = str(caught.value).splitlines()
    assert str(file) in first
    assert f"{len(lines)} thing" in first
    return [line.strip() for line in lines]


def changed(content: Content, path: str, value: object) -> Content:
    content = deepcopy(content)
    *steps, last = path.split(".")
    place: Any = content
    for step in steps:
        place = place[int(step) if step.isdigit() and isinstance(place, list) else step]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return content


def test_the_shipped_file_is_right() -> None:
    config = load_libraries(CONFIG_DIR / "libraries.yaml")

    assert len(config.libraries) == 5
    assert warnings_about(config) == []


def test_a_file_that_is_right_is_read(file: Path, content: Content) -> None:
    config = load_libraries(written(file, content))

    assert list(config.libraries) == [LIBRARY, OTHER_LIBRARY]
    assert config.connection_id(LIBRARY) == f"registry_{LIBRARY}"
    assert [str(series) for series in config.national_series] == [
        "N100000000 to N109999999", "N110000000 to N119999999"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("default_pin", "471", ["default_pin", "four digits", '"4711"']),
        ("default_pin", 4711, ["field default_pin", "in quotes"]),
        ("default_pin", MISSING, ["field default_pin", "is missing"]),
        ("enabled", "maybe", ["field enabled", "'maybe'"]),
        ("enabled", MISSING, ["field enabled", "is missing"]),
        ("name", "", ["field name", "''"]),
        ("colour", "red", ["field colour", "not known"]),
        ("synchronise.card_number", "yes", ["field synchronise.card_number", "'yes'"]),
        ("synchronise.pin", MISSING, ["field synchronise.pin", "is missing"]),
        ("card_sequence", MISSING, ["field card_sequence", "is missing"]),
        ("card_sequence.first", 105000000, ["card_sequence.first", "105000000", "quotes"]),
        ("card_sequence.first", "10500000", ["card_sequence", "same number of digits"]),
        ("card_sequence.first", "10500000a", ["card_sequence.first", "'10500000a'"]),
        ("card_sequence.last", "100000000", ["card_sequence", "not be greater"]),
        ("card_sequence.next", "100000001", ["card_sequence", "between 105000000 and 109999999"]),
        ("card_sequence.prefix", "N1", ["card_sequence.prefix", "'N1'"]),
        ("registry_series", "N1", ["registry_series", "'N1'"]),
    ],
)
def test_a_mistake_in_a_library_is_told_in_one_line(file, content, path, value, told) -> None:
    (line,) = problems(written(file, changed(content, f"libraries.{LIBRARY}.{path}", value)))

    assert line.startswith((f"library {LIBRARY}, field ", f"library {LIBRARY}: "))
    assert all(word in line for word in told), line


def test_a_wrong_default_pin_is_not_repeated(file: Path, content: Content) -> None:
    (line,) = problems(written(file, changed(content, f"libraries.{LIBRARY}.default_pin", "98765")))

    assert "98765" not in line


@pytest.mark.parametrize("zone", ["Europe/Olso", "", "CET+1", "../etc/passwd"])
def test_a_bad_time_zone_is_told(file: Path, content: Content, zone: str) -> None:
    (line,) = problems(written(file, content | {"timezone": zone}))

    assert "timezone" in line
    assert "Europe/Oslo" in line


def test_an_unknown_field_of_the_file_is_told(file: Path, content: Content) -> None:
    (line,) = problems(written(file, content | {"timzone": "Europe/Oslo"}))

    assert "timzone" in line


@pytest.mark.parametrize("code", ["203000", "20300000", "NO-2030000", "abcdefg"])
def test_a_wrong_agency_code_is_told(file: Path, content: Content, code: str) -> None:
    content["libraries"] = {code: a_library_config()}

    (line,) = problems(written(file, content))

    assert line.startswith(f"library {code}: ")
    assert "seven digits" in line


def test_an_agency_code_without_quotes_is_told(file: Path, content: Content) -> None:
    content["libraries"] = {2030000: a_library_config()}

    (line,) = problems(written(file, content))

    assert "2030000" in line


def test_a_missing_connection_is_told_with_its_id(file: Path, content: Content) -> None:
    content["libraries"][OTHER_LIBRARY]["connection"] = "skogvik"

    lines = problems(written(file, content), has_connection=lambda _: False)

    assert [line.split(":")[0] for line in lines] == [
        f"library {LIBRARY}, field connection", f"library {OTHER_LIBRARY}, field connection"
    ]  # fmt: skip
    assert f"'registry_{LIBRARY}'" in lines[0]
    assert "'skogvik'" in lines[1]


def test_a_disabled_library_needs_no_connection(file: Path, content: Content) -> None:
    for block in content["libraries"].values():
        block["enabled"] = False

    config = load_libraries(written(file, content), lambda _: False)

    assert not any(library.enabled for library in config.libraries.values())


@pytest.mark.parametrize("field", ["card_sequence", "registry_series"])
def test_overlapping_numbers_are_told_with_both_libraries(file, content, field: str) -> None:
    blocks = content["libraries"]
    blocks[OTHER_LIBRARY][field] = blocks[LIBRARY][field]

    (line,) = problems(written(file, content))

    assert line.startswith(f"library {OTHER_LIBRARY}, field {field}: ")
    assert f"library {LIBRARY}" in line


def test_all_mistakes_are_told_at_once(file: Path, content: Content) -> None:
    blocks = content["libraries"]
    blocks[LIBRARY] |= {"enabled": "maybe", "name": ""}
    blocks[OTHER_LIBRARY]["card_sequence"]["next"] = "1"

    lines = problems(written(file, content))

    assert len(lines) == 3
    assert [LIBRARY in line for line in lines] == [True, True, False]


def test_a_sequence_outside_the_reserved_series_is_a_warning_not_an_error() -> None:
    outside = {"prefix": "N", "first": "900000000", "last": "900000009", "next": "900000000"}
    config = a_config(_2030000=a_library_config(card_sequence=outside))

    (line,) = warnings_about(config)

    assert line.startswith(f"library {LIBRARY}, card_sequence: N900000000 to N900000009")


def test_a_missing_file_is_told(file: Path) -> None:
    with pytest.raises(ConfigurationError, match="the file is missing"):
        load_libraries(file)


@pytest.mark.parametrize("text", ["libraries: [", "a: b: c", "\tlibraries:"])
def test_what_is_no_yaml_is_told_with_its_line(file: Path, text: str) -> None:
    file.write_text(text)

    with pytest.raises(ConfigurationError, match=r"libraries.yaml, line \d+: not valid YAML"):
        load_libraries(file)


@pytest.mark.parametrize("text", ["", "[]", "libraries", "libraries:", "libraries: {2030000: }"])
def test_a_file_of_another_shape_is_told(file: Path, text: str) -> None:
    file.write_text(text)

    assert problems(file)


def test_an_unknown_library_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError, match=rf"unknown library 9999999.*{LIBRARY}"):
        a_config().chosen(["9999999"])


def test_a_default_pin_hides_itself() -> None:
    config = a_config()

    assert "7314" not in f"{config!r} {config.libraries[LIBRARY].pin_for_all!r}"


def test_the_digest_changes_with_the_content_only() -> None:
    other = a_config(_2030000=a_library_config(enabled=False))

    assert a_config().digest == a_config().digest != other.digest
