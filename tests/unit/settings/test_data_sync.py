"""Definitions of data syncs as documents: what is accepted, and how everything wrong is told."""

from __future__ import annotations

import re
import time as clock
from contextlib import suppress
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.sync.conditions import Operator
from registry_operators.domain.sync.definition import EmptyFields, Schedule, SyncType
from registry_operators.domain.sync.transforms import Transform
from registry_operators.errors import ConfigurationError
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.data_sync import (
    name_of,
    parse_definition,
    refuse_past_schedule,
)
from registry_operators.settings.profile_fields import load_profile_fields

FIELDS = load_profile_fields(CONFIG_DIR / "profile_fields.yaml")
EXAMPLE = """\
name: new_students
description: A profile for every student that the library system knows.
source: {ils: koha, connection: koha_main}
type: create_and_update            # create | update | create_and_update
match_on: [ils_record_id, email]
empty_fields: skip                 # skip | replace
incorrect_values: report           # report | skip
errors: continue                   # continue | stop
filter:
  - {field: category_id, is_one_of: [UGRD, GRAD]}
  - {field: date_enrolled, within_last: 6 months}
mapping:
  - {from: firstname, to: first_name}
  - {from: cardnumber, to: {all_types: library_card_number}}
  - {from: extended_attributes.GRADYEAR, to: {type: student, field: graduation_year}}
schedule: {first: 2026-12-01, at: "06:30", every: 1 week, last: 2027-06-30}
"""
SHORT = """\
name: readers
source: {ils: koha, connection: koha_main}
type: create
profile_type: patron
mapping:
  - {from: email, to: email}
"""


def parse(text: str):
    return parse_definition(text, FIELDS)


def problems(text: str) -> list[str]:
    """What is told, a line each, without the sentence before."""
    with pytest.raises(ConfigurationError) as refused:
        parse(text)
    return [line.strip() for line in str(refused.value).splitlines()[1:]]


def changed(old: str, new: str, text: str = EXAMPLE) -> str:
    assert old in text
    return text.replace(old, new, 1)


class TestTheExampleOfTheStyle:
    def test_is_accepted_and_kept_as_it_is(self):
        assert parse(EXAMPLE).text == EXAMPLE
        assert parse(parse(EXAMPLE).text) == parse(EXAMPLE)

    def test_means_what_it_says(self):
        one = parse(EXAMPLE)

        assert (one.name, one.ils, one.connection) == ("new_students", "koha", "koha_main")
        assert (one.type, one.profile_type) == (SyncType.CREATE_AND_UPDATE, "student")
        assert one.match_on == ("ils_record_id", "email")
        assert one.empty_fields is EmptyFields.SKIP
        assert [(row.operator, row.operand) for row in one.filter] == [
            (Operator.IS_ONE_OF, ("ugrd", "grad")), (Operator.WITHIN_LAST, (6, "months")),
        ]  # fmt: skip
        assert one.filter[0].written == ("UGRD", "GRAD")
        assert [(row.target, row.target_level) for row in one.mapping] == [
            ("first_name", "system"), ("library_card_number", "all_types"),
            ("graduation_year", "student"),
        ]  # fmt: skip
        assert one.schedule == Schedule(
            date(2026, 12, 1), time(6, 30), (1, "week"), date(2027, 6, 30)
        )

    def test_asks_for_the_keys_that_it_needs(self):
        assert parse(EXAMPLE).top_level_keys == {
            "category_id", "date_enrolled", "firstname", "cardnumber", "extended_attributes",
        }  # fmt: skip


def test_what_is_not_written_has_the_usual_value():
    one = parse(SHORT)

    assert (one.description, one.filter, one.schedule) == ("", (), None)
    assert (one.empty_fields, one.incorrect_values, one.errors) == ("skip", "report", "continue")
    assert one.match_on == ("ils_record_id", "email")


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=60))
def test_every_remark_round_trips(remark):
    text = SHORT + f"# {remark}\n"

    assert parse(text).text == text


def refused(schedule: str, now: str, zone: str = "Europe/Oslo") -> str:
    """What is said of a schedule at a moment, or nothing."""
    text = SHORT + f"schedule: {schedule}\n"
    try:
        refuse_past_schedule(text, parse(text), datetime.fromisoformat(now), ZoneInfo(zone))
    except ConfigurationError as error:
        return str(error)
    return ""


class TestPastSchedule:
    """D4.2: a document of which no run is to come is not published."""

    ONCE = '{first: 2026-03-02, at: "06:30"}'
    WEEKLY = '{first: 2026-03-02, at: "06:30", every: 1 week, last: 2026-03-20}'

    def test_a_single_run_that_is_past_is_refused_with_its_time_and_zone(self):
        told = refused(self.ONCE, "2026-03-02T06:00:00+00:00")

        assert told == (
            "the definition: 1 thing to correct; nothing was saved\n"
            "  line 7: schedule: its only run was due at 2026-03-02 06:30 (Europe/Oslo), and it is "
            "2026-03-02 07:00 there; write a later day for first, or leave schedule out and run it "
            "by hand"
        )

    def test_it_is_judged_in_its_own_zone(self):
        assert refused(self.ONCE, "2026-03-02T06:00:00+00:00", "UTC") == ""
        assert "06:30 (UTC)" in refused(self.ONCE, "2026-03-02T06:30:00+00:00", "UTC")

    def test_a_series_is_refused_behind_its_last_run_although_its_last_day_is_to_come(self):
        assert refused(self.WEEKLY, "2026-03-16T05:29:59+00:00") == ""
        told = refused(self.WEEKLY, "2026-03-16T05:30:00+00:00")
        assert "its last run was due at 2026-03-16 06:30 (Europe/Oslo)" in told
        assert "a later day for last" in told

    @pytest.mark.parametrize(
        "schedule",
        ['{first: 2020-03-02, at: "06:30", every: 1 month}', '{first: 2026-03-03, at: "00:00"}'],
        ids=["going on", "tomorrow"],
    )
    def test_what_is_to_come_is_taken(self, schedule):
        assert refused(schedule, "2026-03-02T22:59:59+00:00") == ""

    def test_without_a_schedule_nothing_is_past(self):
        now = datetime.fromisoformat("2026-03-02T06:00:00+00:00")

        refuse_past_schedule(SHORT, parse(SHORT), now, ZoneInfo("UTC"))


class TestSchedule:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ('{first: 2026-12-01, at: "06:30"}', ("06:30:00", None)),
            ("{first: 2026-12-01, at: 10:30}", ("10:30:00", None)),
            ("{first: 2026-12-01, at: 06:30}", ("06:30:00", None)),
            ('{first: 2026-12-01, at: "23:59", every: 2 days}', ("23:59:00", (2, "day"))),
            ('{first: 2026-12-01, at: "00:00", every: 1 day}', ("00:00:00", (1, "day"))),
            ('{first: 2026-12-01, at: "00:00", every: 3 months}', ("00:00:00", (3, "month"))),
        ],
    )
    def test_is_read(self, written, expected):
        one = parse(SHORT + f"schedule: {written}\n").schedule

        assert one is not None
        assert (one.at.isoformat(), one.every) == expected

    @pytest.mark.parametrize(
        ("written", "told"),
        [
            ('{first: 2026-12-01, at: "24:00"}', "schedule.at"),
            ('{first: 2026-12-01, at: "6.30"}', "schedule.at"),
            ("{first: 2026-12-01}", "schedule.at: is missing"),
            ('{first: 1st of May, at: "06:30"}', "schedule.first"),
            ('{first: 2026-12-01, at: "06:30", every: 0 days}', "write a number and day(s)"),
            ('{first: 2026-12-01, at: "06:30", every: 1 year}', "write a number and day(s)"),
            ('{first: 2026-12-01, at: "06:30", last: 2027-01-01}', "only a recurring sync"),
            ('{first: 2026-12-01, at: "06:30", every: 1 day, last: 2026-11-30}', "lies before"),
            ('{first: 2026-12-01, at: "06:30", zone: UTC}', "schedule.zone: is not known"),
        ],
    )
    def test_that_is_wrong_is_told(self, written, told):
        (problem,) = problems(SHORT + f"schedule: {written}\n")

        assert problem.startswith("line 7: ")
        assert told in problem


class TestFilter:
    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("{field: no_such, equals: a}", "koha has no field 'no_such'"),
            ("{field: categroy, equals: a}", "perhaps category_id"),
            ("{field: category_id}", "one operator a row"),
            ("{field: category_id, equals: a, contains: b}", "one operator a row"),
            ("{equals: a}", "one operator a row"),
            ("{field: category_id, before: 2026-01-01}", "cannot be asked 'before'"),
            ("{field: date_enrolled, contains: 2026}", "cannot be asked 'contains'"),
            ("{field: category_id, is_like: a}", "cannot be asked 'is_like'"),
            ("{field: date_enrolled, before: soon}", "the value is no date"),
            ("{field: category_id, equals: ''}", "asked with is_empty"),
            ("{field: category_id, equals: [a]}", "the value is no text"),
            ("{field: category_id, is_one_of: a}", "a list of values"),
            ("{field: category_id, is_one_of: []}", "a list of values"),
            ("{field: category_id, is_empty: yes please}", "write true"),
            ("{field: date_enrolled, within_last: 6}", "such as 6 months"),
            ("{field: date_enrolled, within_last: 6 moons}", "such as 6 months"),
            ("{field: date_enrolled, within_last: 99999 years}", "within_last"),
        ],
    )
    def test_that_is_wrong_is_told_with_its_line(self, row, told):
        (problem,) = problems(changed("{field: date_enrolled, within_last: 6 months}", row))

        assert problem.startswith("line 11: ")
        assert told in problem

    def test_is_empty_needs_no_operand(self):
        row = "{field: date_enrolled, is_empty: true}"

        (_, found) = parse(changed("{field: date_enrolled, within_last: 6 months}", row)).filter

        assert (found.operand, found.written) == (None, ())


class TestMapping:
    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("{from: no_such, to: first_name}", "koha has no field 'no_such'"),
            ("{from: firstname, to: nowhere}", "no field 'nowhere' of level system"),
            ("{from: firstname, to: library_card_number}", "it is one of level all_types"),
            ("{from: firstname, to: {type: student, field: job_title}}", "no field 'job_title'"),
            ("{from: firstname, to: {all: first_name}}", "write to: field"),
            ("{to: first_name}", "exactly one of from, first_of and constant"),
            ("{from: firstname, constant: Ada, to: first_name}", "exactly one of"),
            ("{first_of: [firstname, no_such], to: first_name}", "no field 'no_such'"),
            ("{first_of: [], to: first_name}", "first_of"),
            ("{constant: nobody, to: email}", "constant is NOT_AN_EMAIL"),
            ("{from: firstname, to: first_name, transform: shout}", "transform"),
            ("{from: firstname, to: first_name, transform: date_format}", "needs its format"),
            ("{from: firstname, into: first_name}", "into: is not known"),
        ],
    )
    def test_that_is_wrong_is_told_with_its_line(self, row, told):
        found = problems(changed("{from: firstname, to: first_name}", row))

        assert all(one.startswith("line 13: ") for one in found)
        assert told in "\n".join(found)

    def test_two_rows_for_one_field_are_one_too_many(self):
        (problem,) = problems(changed("{from: cardnumber, to: {all_types: library_card_number}}",
                                      "{from: surname, to: first_name}"))  # fmt: skip

        assert "two rows write first_name; use first_of" in problem

    def test_a_profile_has_one_type(self):
        text = changed("to: first_name}", "to: {type: staff, field: job_title}}")

        assert "fields of 2 types (staff, student)" in problems(text)[0]
        assert "fields of 2 types" in problems(
            changed("match_on:", "profile_type: staff\nmatch_on:")
        )[0]  # fmt: skip

    def test_the_type_is_named_where_the_mapping_does_not_tell_it(self):
        assert "which type do the profiles have" in problems(
            changed("profile_type: patron\n", "", SHORT)
        )[0]  # fmt: skip

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("transform: upper", ((Transform.UPPER, ""),)),
            ("transform: [trim, title]", ((Transform.TRIM, ""), (Transform.TITLE, ""))),
            ("date_format: '%d.%m.%Y'", ((Transform.DATE_FORMAT, "%d.%m.%Y"),)),
            ("transform: [trim, date_format], date_format: '%Y'",
             ((Transform.TRIM, ""), (Transform.DATE_FORMAT, "%Y"))),
        ],
    )  # fmt: skip
    def test_transforms_stand_in_their_order(self, written, expected):
        text = changed("to: first_name}", f"to: first_name, {written}}}")

        assert parse(text).mapping[0].transforms == expected


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("name: new_students", "name: New Students", 1, "name"),
        ("name: new_students", "title: x\nname: new_students", 1, "title: is not known"),
        ("ils: koha", "ils: aleph", 3, "no library system 'aleph'; known are"),
        ("connection: koha_main", "connection: 'a b'", 3, "source.connection"),
        (", connection: koha_main", "", 3, "source.connection: is missing"),
        ("type: create_and_update", "type: upsert", 4, "type"),
        ("[ils_record_id, email]", "[phone_number]", 5, "'phone_number' is no field"),
        ("[ils_record_id, email]", "[other_emails]", 5, "no field with one value"),
        ("[ils_record_id, email]", "[]", 5, "match_on"),
        ("empty_fields: skip", "empty_fields: maybe", 6, "empty_fields"),
        ("incorrect_values: report", "incorrect_values: no", 7, "incorrect_values"),
        ("errors: continue ", "errors: ignore ", 8, "errors"),
        ("errors: continue ", "errors: stop\nerrors: continue ", 9, "second time"),
        ("match_on: [ils_record_id, email]\n", "profile_type: nobody\n", 5, "no type 'nobody'"),
    ],
)
def test_each_key_has_its_rule(old, new, line, told):
    found = problems(changed(old, new))

    assert found[0].startswith(f"line {line}: ")
    assert told in found[0]


def test_a_key_of_every_block_can_be_missing_and_is_told():
    for key in ("name", "source", "type", "mapping"):
        text = re.sub(rf"^{key}:.*\n(  .*\n)*", "", EXAMPLE, flags=re.MULTILINE)

        assert any(f"{key}: is missing" in one for one in problems(text))


def test_the_keys_have_an_order():
    lines = SHORT.splitlines(keepends=True)

    (problem,) = problems("".join([lines[2], lines[0], lines[1], *lines[3:]]))

    assert "write the keys in this order: name, description, source" in problem


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_lines():
    text = EXAMPLE
    for old, new in (
        ("UGRD, GRAD", ""),
        ("6 months", "6 moons"),
        ("from: firstname", "from: forename"),
        ("all_types: library_card_number", "all_types: number_of_card"),
        ("last: 2027-06-30", "last: 2025-06-30"),
    ):
        text = changed(old, new, text)

    found = problems(text)

    assert [int(re.findall(r"line (\d+)", one)[0]) for one in found] == [10, 11, 13, 14, 16]


def test_what_is_wrong_in_form_does_not_hide_what_is_wrong_in_meaning():
    text = EXAMPLE
    for old, new in (
        ("type: create_and_update", "type: upsert"),
        ("empty_fields: skip", "empty_feilds: skip"),
        ("within_last: 6 months", "within_last: 6 moons"),
        ("{from: firstname, to: first_name}", "{from: firstname, into: first_name}"),
        ("from: cardnumber", "from: cardnummer"),
    ):
        text = changed(old, new, text)

    found = problems(text)

    assert [int(re.findall(r"line (\d+)", one)[0]) for one in found] == [4, 6, 11, 13, 13, 14]
    assert "perhaps" in found[-1]


class TestHostileInput:
    def refused(self, text) -> str:
        started = clock.monotonic()
        with pytest.raises(ConfigurationError) as error:
            parse(text)
        assert clock.monotonic() - started < 5
        assert len(str(error.value)) < 20_000
        return str(error.value)

    def test_a_huge_document(self):
        assert "split the sync" in self.refused(SHORT + "#" * 300_000)

    def test_a_mapping_of_many_wrong_rows(self):
        rows = "  - {from: nope, to: nope}\n" * 5000

        assert "to correct" in self.refused(SHORT.partition("mapping:")[0] + "mapping:\n" + rows)

    @pytest.mark.parametrize("depth", [50, 500, 5000])
    def test_deep_nesting(self, depth):
        self.refused(SHORT + "filter: " + "[" * depth + "]" * depth)

    def test_a_bomb_of_anchors(self):
        bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for number in range(1, 12):
            bomb += f"a{number}: &a{number} [" + ", ".join([f"*a{number - 1}"] * 10) + "]\n"

        self.refused(SHORT + bomb)

    def test_an_anchor_that_holds_itself(self):
        self.refused(SHORT + "filter: &a [*a]\n")

    def test_aliases_of_honest_use_too(self):
        assert "anchor" in self.refused(
            SHORT + "filter: [{field: category_id, equals: &x UGRD}, {field: email, equals: *x}]\n"
        )

    @pytest.mark.parametrize(
        "value",
        [
            "!!python/object/apply:os.system [id]", "!!python/name:os.system", "!!binary aGVp",
            "!mine x", "!!set {a, b}", "!!float x", "!!timestamp x", "2026-02-31", "2026-13-01",
            "0x", ".inf", ".nan", "1e999", "-0o7", "? [a]\n: b", "'\\x00'", '"\\ud800"', '"\\0"',
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("place", ["description", "first", "filter"])
    def test_strange_values(self, value, place):
        text = {
            "description": changed("source:", f"description: {value}\nsource:", SHORT),
            "first": SHORT + f'schedule: {{first: {value}, at: "06:30"}}\n',
            "filter": SHORT + f"filter: [{{field: category_id, equals: {value}}}]\n",
        }[place]
        try:
            parse(text)
        except ConfigurationError as error:
            assert "Traceback" not in str(error)  # noqa: PT017  either is right, nothing else is

    @pytest.mark.parametrize("text", ["", "[]", "x", "name", "1", "null", "\x00", "﻿", "a: b: c"])
    def test_what_is_no_document(self, text):
        self.refused(text)

    @given(st.text(max_size=200))
    def test_any_text(self, text):
        with suppress(ConfigurationError):
            parse(text)


class TestNameOf:
    def test_an_unfinished_document_is_found_by_its_name(self):
        assert name_of("name: readers\nmapping:\n") == "readers"

    @pytest.mark.parametrize("text", ["", "mapping: []", "name: New", "name: 7", "name: [a]", "["])
    def test_one_without_a_name_cannot_be_saved(self, text):
        with pytest.raises(ConfigurationError):
            name_of(text)
