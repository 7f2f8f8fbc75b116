"""The five steps of a data sync over HTTP, with a real Koha behind them (D1 to D4)."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import pytest

from registry_operators.steps.data_sync.definitions import publish, read_document, save_draft
from registry_operators.steps.data_sync.drafts import read_draft
from tests.db.sync_bench import a_document
from tests.unit.settings.test_data_sync_after import AFTER, CICERO
from tests.web.sync_pages import FIELDS, form_of, koha_connection, plain, submit, where

BASICS = {
    "name": "new_students", "ils": "koha", "connection": "koha_main", "profile_type": "patron",
}  # fmt: skip
HAND_WRITTEN = a_document() + "# a remark of ours\n"


@pytest.fixture
def drafted(ledger):
    """Save a document as a draft, as the command line does."""

    def save(text=None, name="readers"):
        save_draft(ledger, a_document() if text is None else text, actor="kari", name=name)

    return save


@pytest.fixture
def saved(ledger):
    """The text of a draft."""
    return lambda name="readers": read_document(ledger, name)


def published(ledger):
    """The version that runs, if any."""
    draft = read_draft(ledger, "readers")
    return None if draft is None else draft.published_version


def edition(ledger):
    draft = read_draft(ledger, "readers")
    assert draft is not None
    return draft.edition


@pytest.fixture
def everything_personal(koha):
    """What Koha's patrons are called and how they are reached: nothing of it may be on a page."""
    people = koha.admin.patrons(limit=1000)
    assert len(people) > 50
    return {
        text
        for one in people
        for text in (one["last_name"], one["street"], *one["emails"], *one["barcodes"])
        if text and len(text) > 5
    }


def test_from_nothing_to_results(admin, viewer, koha, sync_runs, ledger, everything_personal):
    def go(step, button="next", **typed):
        return where(submit(admin, f"syncs/new_students/{step}", button, **typed))

    assert where(submit(admin, "syncs/-/new", "next", **BASICS)) == "syncs/new_students/filter"
    assert go("filter", "add", **{"add-field": "category_id"}) == "syncs/new_students/filter"
    counted = go("filter", "count", **{"f0-operator": "is_one_of", "f0-value": "UGRD\r\nGRAD"})
    pages = [admin.get(counted)]
    (number,) = re.findall(r"(\d+) patrons meet the filter", plain(pages[0]))
    assert go("filter") == "syncs/new_students/mapping"
    for field in ("firstname", "surname", "email", "cardnumber", "date_of_birth"):
        assert go("mapping", f"use-{field}") == "syncs/new_students/mapping"
    assert go("mapping") == "syncs/new_students/review"
    pages.append(admin.get("syncs/new_students/review?preview=yes"))
    assert "The document is correct." in plain(pages[1])
    assert plain(pages[1]).count("would be created") == 10

    schedule = admin.get("syncs/new_students/schedule")
    action = "syncs/new_students/publish-and-execute"
    run = where(admin.post(action, form_of(schedule, action)))
    assert "Airflow has not seen the data sync yet" in plain(viewer.get(run))
    sync_runs.run("new_students", UUID(run.rpartition("/")[2]))

    results = plain(viewer.get(run))
    assert "has succeeded" in results
    assert f"{number} created" in results
    shown = (
        run, f"{run}/records?outcome=created", f"{run}/records.csv?outcome=created",
        f"{run}/problems", f"{run}/errors.csv", "syncs", "syncs/new_students", "profiles",
        "profiles?sync=new_students",
    )  # fmt: skip
    pages += [viewer.get(path) for path in shown]
    assert {page.status_code for page in pages} == {200}
    assert [text for text in everything_personal if any(text in page.text for page in pages)] == []
    assert read_document(ledger, "new_students") == (
        "name: new_students\nsource: {ils: koha, connection: koha_main}\n"
        "type: create_and_update\nprofile_type: patron\nmatch_on: [ils_record_id, email]\n"
        "empty_fields: skip\nincorrect_values: report\nerrors: continue\nfilter:\n"
        "  - {field: category_id, is_one_of: [UGRD, GRAD]}\nmapping:\n"
        "  - {from: firstname, to: first_name}\n  - {from: surname, to: last_name}\n"
        "  - {from: email, to: email}\n"
        "  - {from: cardnumber, to: {all_types: library_card_number}}\n"
        "  - {from: date_of_birth, to: {type: patron, field: birth_date}}\n"
    )


class TestSetUp:
    def test_a_name_is_made_usable_and_one_that_is_missing_is_given(self, admin, saved):
        assert where(submit(admin, "syncs/-/new", "exit", name="Nye lånere 2026")) == (
            "syncs/nye_lanere_2026?done=saved"
        )
        for name in ("new_sync", "new_sync_2"):
            assert where(submit(admin, "syncs/-/new", "next")) == f"syncs/{name}/filter"
            assert saved(name).startswith(f"name: {name}\n")

    def test_a_name_that_is_taken_is_told_and_nothing_that_was_typed_is_lost(self, admin, drafted):
        drafted()

        answer = submit(admin, "syncs/-/new", "next", name="readers", description="For the autumn")

        assert answer.status_code == 400
        assert "choose another name" in answer.text
        assert form_of(answer)["description"] == "For the autumn"

    def test_everything_that_is_chosen_is_in_the_document(self, admin, saved, drafted):
        drafted(HAND_WRITTEN)

        submit(
            admin, "syncs/readers/basics", "exit", name="pupils", description="All pupils",
            type="update", frequency="recurring", profile_type="student", empty_fields="replace",
            incorrect_values="skip", errors="stop", **{"key-0": "email", "key-1": "college_id"},
        )  # fmt: skip

        text = saved("pupils")
        for line in ("name: pupils", "description: All pupils", "type: update",
                     "profile_type: student", "match_on: [email, college_id]",
                     "empty_fields: replace", "incorrect_values: skip", "errors: stop",
                     "schedule: {every: 1 week}", "# a remark of ours"):  # fmt: skip
            assert f"{line}\n" in text

    def test_a_published_sync_keeps_its_name(self, admin, ledger):
        publish(ledger, a_document(), FIELDS, actor="kari")

        answer = submit(admin, "syncs/readers/basics", "next", name="pupils")

        assert answer.status_code == 400
        assert "keeps its name" in answer.text

    def test_a_word_that_the_form_does_not_know_is_kept(self, admin, drafted, saved):
        text = a_document().replace("type: create_and_update", "type: perhaps")
        drafted(text)

        assert where(submit(admin, "syncs/readers/basics", "next")) == "syncs/readers/filter"
        assert saved() == text


@pytest.mark.parametrize("step", ["basics", "filter", "mapping", "schedule"])
class TestEveryStep:
    def test_saves_and_exits_what_is_not_finished(self, admin, drafted, saved, step):
        text = "name: readers\nsource: {ils: koha}\n# later\n"
        drafted(text)

        answer = submit(admin, f"syncs/readers/{step}", "exit")

        assert where(answer) == "syncs/readers?done=saved"
        assert saved() == text
        assert "not finished, or not correct yet" in admin.get("syncs/readers").text

    def test_touches_nothing_that_it_does_not_change(self, admin, drafted, saved, step, koha):
        text = HAND_WRITTEN.replace("type:", "type:   ") + (
            'schedule: {first: 2030-12-01, at: "06:30", every: 1 week}  # weekly\n'
        )
        drafted(text)

        assert submit(admin, f"syncs/readers/{step}", "exit").status_code == 303
        assert saved() == text

    def test_asks_before_it_writes_over_somebody_elses_work(self, admin, drafted, saved, step):
        drafted()
        page = admin.get(f"syncs/readers/{step}")
        theirs = a_document(type="update") + "# theirs\n"
        drafted(theirs)
        mine = {
            "basics": {"description": "Mine"},
            "filter": {"go": "add", "add-field": "email"},
            "mapping": {"go": "use-city"},
            "schedule": {"first": "2030-12-01", "at": "06:30"},
        }[step]

        form = form_of(page, f"syncs/readers/{step}") | {"go": "exit"} | mine
        answer = admin.post(f"syncs/readers/{step}", form)

        assert answer.status_code == 409
        assert saved() == theirs
        told = form_of(answer, "syncs/readers/text")
        assert "# theirs" in told["text"]
        assert "kari saved this draft" in plain(answer)
        assert where(admin.post("syncs/readers/text", told | {"go": "exit"})).startswith("syncs/")
        assert "type: update" in saved() or step == "basics"
        for word in {"basics": "Mine", "filter": "field: email", "mapping": "from: city",
                     "schedule": "2030-12-01"}[step].splitlines():  # fmt: skip
            assert word in saved()


class TestFilter:
    def test_each_kind_of_field_has_its_own_operators(self, admin, drafted):
        rows = (
            "[{field: email, equals: x}, {field: date_enrolled, within_last: 6 months},"
            " {field: restricted, equals: true}, {field: checkouts_count, at_least: 3}]"
        )
        drafted(a_document(filter=rows))

        text = admin.get("syncs/readers/filter").text

        offered = [
            set(re.findall(r'value="(\w+)"', part.partition("</select>")[0]))
            for part in text.split('-operator" name=')[1:]
        ]
        assert ["starts_with" in one for one in offered] == [True, False, False, False]
        assert ["within_last" in one for one in offered] == [False, True, False, False]
        assert ["at_least" in one for one in offered] == [False, False, False, True]
        assert offered[2] == {"equals", "not_equals", "is_empty", "is_not_empty"}

    def test_conditions_come_and_go_by_buttons(self, admin, drafted, saved):
        drafted()
        for field in ("email", "restricted"):
            submit(admin, "syncs/readers/filter", "add", **{"add-field": field})

        submit(admin, "syncs/readers/filter", "remove-0")

        assert "filter:\n  - {field: restricted, equals: true}\n" in saved()

    def test_a_field_that_is_not_there_is_told(self, admin, drafted, saved):
        drafted()

        answer = submit(admin, "syncs/readers/filter", "add", **{"add-field": "no_such"})

        page = admin.get(where(answer))
        assert "has no such field" in page.text
        assert saved() == a_document()

    def test_a_wrong_condition_is_kept_and_told(self, admin, drafted, saved):
        text = a_document(filter="[{field: date_enrolled, before: soon}, {field: zzz, equals: 1}]")
        drafted(text)

        page = plain(admin.get("syncs/readers/filter"))

        assert "the value is no date" in page
        assert "koha has no field 'zzz'" in page
        assert where(submit(admin, "syncs/readers/filter", "next")) == "syncs/readers/mapping"
        assert saved() == text

    def test_it_counts_what_stands_in_the_form_and_saves_nothing(self, admin, drafted, saved, koha):
        drafted(a_document(filter="[{field: category_id, equals: UGRD}]"))
        form = form_of(admin.get("syncs/readers/filter"), "syncs/readers/filter")
        form |= {"f0-value": "GRAD", "go": "exit"}

        counts = [
            plain(admin.post("syncs/readers/filter/count", sent, headers={"HX-Request": "true"}))
            for sent in (form, form | {"f0-operator": "is_not_empty"}, form | {"f0-value": ""})
        ]

        graduates = sum(one["kind"] == "graduate" and one["deleted_on"] is None
                        for one in koha.admin.patrons(limit=1000))  # fmt: skip
        living = sum(one["deleted_on"] is None for one in koha.admin.patrons(limit=1000))
        assert counts[0].startswith(f"{graduates} patrons meet the filter.")
        assert counts[1].startswith(f"{living} patrons meet the filter.")
        assert "1 condition is not correct yet" in counts[2]
        assert saved() == a_document(filter="[{field: category_id, equals: UGRD}]")

    def test_a_large_system_is_not_read_to_its_end(self, admin, drafted, connections):
        drafted(a_document(filter="[{field: surname, is_not_empty: true}]"))
        with koha_connection(2500) as (_, fields):
            connections["koha_main"] = fields
            text = plain(admin.get("syncs/readers/filter?count=yes"))

        assert re.search(r"of the first 1,000 patrons meet the filter", text)
        assert re.search(r"In the whole library system it is at most 2,\d\d\d", text)

    @pytest.mark.parametrize("wrong", ["missing", "refused", "away"])
    def test_the_page_is_of_use_while_the_system_is_not(
        self, admin, drafted, connections, koha, wrong
    ):
        drafted()
        fields = connections.pop("koha_main")
        if wrong == "refused":
            connections["koha_main"] = replace(fields, password="another-secret")
        if wrong == "away":
            connections["koha_main"] = replace(fields, host="")

        answer = admin.get("syncs/readers/filter?count=yes")

        assert answer.status_code == 200
        assert "The library system cannot be asked just now." in answer.text
        assert "another-secret" not in answer.text


class TestMapping:
    def test_the_active_filter_and_the_levels_are_shown(self, admin, drafted):
        drafted(a_document(filter="[{field: category_id, is_one_of: [UGRD]},"
                                  " {field: email, equals: nora@example.org}]"))  # fmt: skip

        page = admin.get("syncs/readers/mapping")

        text = plain(page)
        assert "Patron category is one of UGRD" in text
        assert "E-mail equals nora@example.org" in text
        assert re.findall(r'optgroup label="([^"]+)"', page.text)[:3] == [
            "System fields", "Fields of all types", "Fields of the type Patron",
        ]  # fmt: skip

    def test_fields_are_found_by_name_label_and_kind(self, admin, drafted):
        drafted()

        def found(words):
            page = admin.get("syncs/readers/mapping", params={"q": words},
                             headers={"HX-Request": "true"})  # fmt: skip
            assert "<html" not in page.text
            return re.findall(r'value="use-([^"]+)"', page.text)

        assert found("second e-mail") == ["secondary_email", "altaddress_email"][:1]
        assert "date_of_birth" in found("date birth")
        assert found("phone sms") == ["sms_number"]
        assert found("nothing like that") == []
        assert len(found("")) > 50

    def test_rows_of_every_kind_are_made_by_buttons(self, admin, drafted, saved):
        drafted(
            "name: readers\nsource: {ils: koha, connection: koha_main}\nprofile_type: student\n"
        )

        def press(button, **typed):
            assert submit(admin, "syncs/readers/mapping", button, **typed).status_code == 303

        press("add", **{"add-field": "extended_attributes.GRADYEAR",
                        "add-to": "student:graduation_year"})  # fmt: skip
        press("use-surname")
        press("stay", **{"m1-step-0": "trim", "m1-step-1": "title"})
        press("add-constant", **{"add-to": "all_types:receives_newsletter"})
        press("stay", **{"m2-constant": "true"})
        press("use-email")
        press("stay", **{"m3-sources": "email\r\nsecondary_email"})
        press("use-city")
        press("remove-4")

        assert saved().partition("mapping:\n")[2] == (
            "  - {from: extended_attributes.GRADYEAR,"
            " to: {type: student, field: graduation_year}}\n"
            "  - {from: surname, to: last_name, transform: [trim, title]}\n"
            "  - {constant: true, to: {all_types: receives_newsletter}}\n"
            "  - {first_of: [email, secondary_email], to: email}\n"
        )

    def test_a_kind_that_does_not_fit_is_told(self, admin, drafted):
        drafted(a_document().replace("from: email", "from: city"))

        assert "of different kinds" in plain(admin.get("syncs/readers/mapping"))

    def test_the_system_tells_of_fields_of_its_own(self, admin, drafted, koha):
        drafted()

        page = admin.get("syncs/readers/mapping?own=yes")

        assert "use-extended_attributes.UNIVID" in page.text


class TestReview:
    def test_everything_wrong_is_told_with_its_line(self, admin, drafted):
        drafted(a_document().replace("from: email", "from: e_mail").replace("skip", "maybe"))

        text = plain(admin.get("syncs/readers/review?preview=yes"))

        assert "line 6: empty_fields" in text
        assert "koha has no field 'e_mail'" in text
        assert "There is no preview yet." in text

    def test_a_preview_covers_by_sensitivity(self, admin, drafted, koha):
        drafted(a_document() + "  - {from: category_id, to: {all_types: patron_group}}\n"
                               "  - {from: city, to: city}\n")  # fmt: skip

        page = admin.get("syncs/readers/preview", headers={"HX-Request": "true"})

        shown = dict(re.findall(r"<code>(\w+)</code></td><td>.*?</td><td>.*?>([^<]+)<", page.text))
        assert shown["patron_group"] in {"UGRD", "GRAD", "FAC", "STAFF", "PUB", "CHILD"}
        assert re.fullmatch(r".…\(\d+\)", shown["email"])
        assert re.fullmatch(r"..…\(\d+\)", shown["city"])

    def test_a_preview_leaves_nothing_behind(self, admin, drafted, koha, db):
        drafted()

        admin.get("syncs/readers/preview")

        for table in ("data_sync.run", "data_sync.staged", "profiles.profile"):
            assert db.execute(f"select count(*) from {table}").fetchone() == (0,)  # noqa: S608


class TestText:
    @pytest.mark.parametrize("text", [
        "\n\nname: readers\n", "name: readers", "name: readers\n\n\n", "  \tnot yaml: [",
        "name: readers\n# </textarea><script>alert(1)</script>\n", "# æøå 🎉\nname: readers\n", "",
    ])  # fmt: skip
    def test_any_text_is_saved_and_shown_exactly(self, admin, drafted, saved, text):
        drafted()

        answer = submit(admin, "syncs/readers/text", "stay", text=text.replace("\n", "\r\n"))

        assert saved() == text
        page = admin.get(where(answer))
        assert form_of(page, "syncs/readers/text")["text"] == text
        assert "<script>alert" not in page.text

    def test_ends_of_lines_stay_as_they_were(self, admin, drafted, saved):
        text = a_document().replace("\n", "\r\n")
        drafted(text)

        submit(admin, "syncs/readers/text", "stay")

        assert saved() == text

    def test_checking_saves_nothing(self, admin, drafted, saved):
        drafted()

        answer = submit(admin, "syncs/readers/text", "check", text=a_document(type="perhaps"))

        assert "line 3: type" in plain(answer)
        assert form_of(answer, "syncs/readers/text")["text"] == a_document(type="perhaps")
        assert saved() == a_document()

    def test_what_is_not_yaml_leads_to_the_text(self, admin, drafted):
        drafted("mapping: [")

        for step in ("basics", "filter", "mapping", "review", "schedule"):
            assert where(admin.get(f"syncs/readers/{step}")) == "syncs/readers/text"
        assert "not valid YAML" in plain(admin.get("syncs/readers/text"))
        assert admin.post("syncs/readers/filter", {"go": "next"}).status_code == 409

    def test_a_document_that_is_too_long_is_refused_and_not_lost(self, admin, drafted, saved):
        drafted()
        text = a_document() + "# x\n" * 70_000

        answer = submit(admin, "syncs/readers/text", "stay", text=text)

        assert answer.status_code == 400
        assert "longer than 256 KiB" in answer.text
        assert form_of(answer, "syncs/readers/text")["text"] == text
        assert saved() == a_document()

    def test_remarks_that_would_go_are_asked_about(self, admin, drafted, saved):
        text = (
            a_document()
            .replace("- {from: surname", "- {from: surname")
            .replace("to: last_name}", "to: last_name}  # by law")
        )
        drafted(text)

        answer = submit(admin, "syncs/readers/mapping", "remove-1")

        assert answer.status_code == 200
        assert "1 remark that somebody wrote" in plain(answer)
        assert saved() == text
        form = form_of(answer, "syncs/readers/text") | {"go": "next"}
        assert where(admin.post("syncs/readers/text", form)) == "syncs/readers/review"
        assert "surname" not in saved()


class TestSchedule:
    def put(self, admin, **typed):
        return submit(admin, "syncs/readers/schedule", "publish", **typed)

    def test_a_recurring_sync_is_put_on_its_schedule(self, admin, viewer, drafted, ledger, saved):
        drafted(a_document() + "schedule: {every: 1 week}\n")
        page = plain(admin.get("syncs/readers/schedule"))
        assert "Execute now" not in page

        answer = self.put(admin, first="2030-12-01", at="06:30", amount="2", unit="month",
                          last="2031-06-30")  # fmt: skip

        assert where(answer) == "syncs/readers?done=scheduled"
        assert saved().endswith(
            "schedule: {first: 2030-12-01, at: '06:30', every: 2 months, last: 2031-06-30}\n"
        )
        text = plain(viewer.get("syncs"))
        assert "i scheduled 1 Dec 2030 06:30" in text
        assert published(ledger) is not None

    def test_one_that_follows_the_pull_is_published_without_a_time(
        self, admin, viewer, drafted, ledger, saved
    ):
        text = (CICERO + AFTER).replace("name: patrons", "name: readers")
        drafted(text)
        page = plain(admin.get("syncs/readers/schedule"))

        answer = self.put(admin)

        assert "It follows the nightly pull" in page
        assert "Execute now" not in page
        assert where(answer) == "syncs/readers?done=scheduled"
        assert (saved(), published(ledger) is not None) == (text, True)
        assert "i scheduled" in plain(viewer.get("syncs"))

    def test_one_that_followed_the_pull_and_becomes_single_follows_no_more(
        self, admin, drafted, saved
    ):
        drafted((CICERO + "after: pull\n").replace("name: patrons", "name: readers"))

        submit(admin, "syncs/readers/basics", "exit", frequency="single")

        assert "after" not in saved()

    def test_a_single_sync_is_put_on_a_day(self, admin, drafted, saved):
        drafted()

        assert where(self.put(admin, first="2030-12-01", at="06:30")).endswith("scheduled")
        assert "every" not in saved()

    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ({"first": "2020-12-01", "at": "06:30"}, "its only run was due at 2020-12-01"),
            ({"first": "", "at": "06:30"}, "Give a day and a time of day"),
            ({"first": "2030-12-01", "at": "6.30"}, "line"),
        ],
        ids=["past", "no day", "no time"],
    )
    def test_what_cannot_be_a_schedule_is_told_and_nothing_is_published(
        self, admin, drafted, saved, typed, told, ledger
    ):
        drafted()

        answer = self.put(admin, **typed)

        assert answer.status_code == 400
        assert told in answer.text
        assert form_of(answer, "syncs/readers/schedule")["first"] == typed["first"]
        assert (saved(), published(ledger)) == (a_document(), None)

    def test_what_is_not_correct_is_not_published(self, admin, drafted, ledger):
        drafted(a_document(type="perhaps"))

        answer = self.put(admin, first="2030-12-01", at="06:30")
        action = "syncs/readers/publish-and-execute"
        other = admin.post(action, form_of(admin.get("syncs/readers/schedule"), action))

        assert (answer.status_code, other.status_code) == (400, 400)
        assert "It was not published." in answer.text
        assert published(ledger) is None

    def test_a_recurring_sync_is_not_executed(self, admin, drafted, ledger):
        drafted(a_document() + "schedule: {every: 1 week}\n")
        seen = edition(ledger)

        answer = admin.post("syncs/readers/publish-and-execute", {"seen": seen})

        assert answer.status_code == 409
        assert "run by its schedule only" in answer.text

    def test_it_is_rescheduled(self, admin, ledger, saved):
        weekly = 'schedule: {first: 2030-12-01, at: "06:30", every: 1 week}  # on Sundays\n'
        publish(ledger, a_document() + weekly, FIELDS, actor="kari")

        assert where(self.put(admin, first="2030-12-08")).endswith("scheduled")

        assert saved().endswith(
            "schedule: {first: 2030-12-08, at: '06:30', every: 1 week}  # on Sundays\n"
        )
        assert published(ledger) == 2

    def test_executing_takes_a_day_that_was_set_away(self, admin, drafted, saved):
        drafted(a_document() + 'schedule: {first: 2030-12-01, at: "06:30"}\n')
        action = "syncs/readers/publish-and-execute"

        admin.post(action, form_of(admin.get("syncs/readers/schedule"), action))

        assert "schedule" not in saved()
