"""The pages of the libraries: what is in force, and each check with its verdict (N2.7)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.factories import DEFAULT_PIN, LIBRARY, OTHER_LIBRARY, a_library_config

CHECKS = [
    "The file can be read, and each field is right",
    "Library numbers exist, and no two libraries have the same card numbers",
    "Every enabled library has its connection",
    "The keys are there",
    "The registry has reserved the card numbers that each library gives",
]


def verdicts(answer):
    """The verdict of each check, in order."""
    table = answer.text.partition("Checks of the configuration</caption>")[2].partition("</table>")
    cells = re.findall(r'<span class="badge \w+">.*?</span> (.*?)</span>', table[0])
    return dict(zip(CHECKS, cells, strict=True))


class TestChecks:
    def test_all_are_correct(self, viewer):
        assert set(verdicts(viewer.get("libraries")).values()) == {"correct"}

    def test_a_wrong_field_is_told_with_what_to_write(self, viewer, libraries_yaml):
        libraries_yaml(timezone="Mars/Olympus")

        answer = viewer.get("libraries")

        assert answer.status_code == 200
        assert list(verdicts(answer).values()) == [
            "wrong", "not checked", "not checked", "correct", "not checked",
        ]  # fmt: skip
        assert "write an IANA name such as Europe/Oslo" in answer.text

    def test_a_missing_connection_is_told(self, viewer, connections):
        del connections[f"registry_{LIBRARY}"]

        answer = viewer.get("libraries")

        assert verdicts(answer)[CHECKS[2]] == "wrong"
        assert f"registry_{LIBRARY}" in answer.text

    @pytest.mark.parametrize("password", ["", "abc", "0" * 8])
    def test_a_wrong_key_is_told(self, viewer, connections, password):
        connections["patron_sync_keys"] = replace(
            connections["patron_sync_keys"], password=password
        )

        assert verdicts(viewer.get("libraries"))[CHECKS[3]] == "wrong"

    def test_missing_keys_are_told(self, viewer, connections):
        del connections["patron_sync_keys"]

        assert verdicts(viewer.get("libraries"))[CHECKS[3]] == "wrong"

    def test_numbers_that_are_not_reserved_are_a_warning(self, viewer, libraries_yaml):
        libraries_yaml(libraries={LIBRARY: a_library_config(registry_series=[])})

        assert verdicts(viewer.get("libraries"))[CHECKS[4]] == "warning"

    def test_two_libraries_with_the_same_numbers_are_told(self, viewer, libraries_yaml):
        one = a_library_config(LIBRARY)
        libraries_yaml(libraries={LIBRARY: one, OTHER_LIBRARY: one})

        assert verdicts(viewer.get("libraries"))[CHECKS[1]] == "wrong"

    def test_a_librarian_of_a_library_that_is_not_there_is_told(self, viewer, libraries_yaml):
        libraries_yaml(pages={"librarians": {"kari": ["9999999"]}})

        answer = viewer.get("libraries")

        assert verdicts(answer)[CHECKS[1]] == "wrong"
        assert "pages.librarians.kari: library 9999999 is not in this file" in answer.text


class TestSettings:
    def test_names_of_librarians_are_for_administrators(self, viewer, admin, libraries_yaml):
        libraries_yaml(pages={"librarians": {"oda.nordmann": "all"}})

        assert "oda.nordmann" in admin.get("libraries").text
        assert "oda.nordmann" not in viewer.get("libraries").text

    def test_what_is_written_and_what_is_default_can_be_told_apart(self, viewer, libraries_yaml):
        libraries_yaml(retention={"ledger_days": 60})

        text = re.sub(r"\s+", " ", viewer.get("libraries").text)

        assert (
            '<code>retention.ledger_days</code></th><td class="value">60</td><td>the file' in text
        )
        assert (
            '<code>retention.journal_days</code></th><td class="value">14</td><td>default' in text
        )

    def test_a_default_pin_is_never_shown(self, admin):
        pages = [admin.get(path).text for path in ("libraries", f"libraries/{LIBRARY}")]

        assert "<code>default_pin</code>" in pages[1]
        assert [DEFAULT_PIN in page for page in pages] == [False, False]

    def test_a_wrong_default_pin_is_not_shown_either(self, admin, libraries_yaml):
        libraries_yaml(libraries={LIBRARY: a_library_config(default_pin="47x119")})

        assert "47x119" not in admin.get("libraries").text

    def test_a_limit_of_the_library_stands_before_that_of_all(self, viewer, libraries_yaml):
        block = a_library_config(limits={"creations": {"percent": 12.5, "at_least": 7}})
        libraries_yaml(libraries={LIBRARY: block})

        text = viewer.get(f"libraries/{LIBRARY}").text

        assert "12.5 %" in text
        assert "12.5 %" not in viewer.get("libraries").text

    def test_a_script_in_a_name_is_text(self, viewer, libraries_yaml):
        name = "<script>alert(1)</script>{{ 7 * 7 }}\"'"
        libraries_yaml(libraries={LIBRARY: a_library_config(name=name)})

        for path in ("", "libraries", f"libraries/{LIBRARY}"):
            text = viewer.get(path).text
            assert "<script>alert" not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}&#34;&#39;" in text

    @pytest.mark.parametrize(
        "name", ["../libraries", "..%2f..%2fapp", "2030000'--", "{{7*7}}", "%00", "x" * 5000]
    )
    def test_an_unknown_library_is_not_found(self, viewer, name):
        answer = viewer.get(f"libraries/{name}")

        assert answer.status_code in {200, 404}
        assert (answer.status_code == 200) == (name == "../libraries")
        assert "49" not in answer.text.partition("<main")[2].partition("Number of")[0]


class TestLogIns:
    def test_each_enabled_library_has_its_verdict(self, operator, connections, libraries_yaml):
        other = a_library_config(OTHER_LIBRARY, enabled=False, name="Skogvik bibliotek")
        libraries_yaml(libraries={LIBRARY: a_library_config(), OTHER_LIBRARY: other})

        answer = operator.post("libraries/log-ins")

        told = answer.text.partition("just now</caption>")[2].partition("</table>")[0]
        assert "refused or no answer" in told  # nobody listens at the port of the fixture
        assert told.count("<tr>") == 2
        assert "secret" not in answer.text

    def test_one_that_can_log_in_is_correct(self, operator, connections, registry_stand_in):
        connections |= registry_stand_in

        told = operator.post("libraries/log-ins").text.partition("just now</caption>")[2]

        assert told.partition("</table>")[0].count("correct</span>") == len(registry_stand_in)
