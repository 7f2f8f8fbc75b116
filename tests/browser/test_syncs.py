"""A data sync from nothing to its results, through Airflow's own scheduler, however one looks."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.look import IN_AIRFLOW, JOURNEY, PHONE
from tests.browser.person import Person
from tests.browser.stage import Stage

MAPPING = [
    ("firstname", "First name"),
    ("surname", "Last name"),
    ("email", "E-mail"),
    ("cardnumber", "Library card number"),
    ("date_of_birth", "Date of birth"),
]
STUDENTS = ("undergraduate", "graduate")
_WITHIN_S = 150


def everybody(stage: Stage) -> list[dict[str, Any]]:
    """All who are in the library system."""
    return [who for who in stage.koha.patrons(limit=1000) if who["deleted_on"] is None]


def fill_basics(one: Person, name: str) -> None:
    one.open("syncs")
    one.follow("New data sync")
    one.headed("Name and set-up")
    one.fill("Name", name)
    one.fill("Description", "Students, as the library system knows them.")
    one.choose("Library system", value="koha")
    one.fill("Connection", "koha_main")
    one.choose("Type of the profiles", value="patron")
    one.press("Save and go on")


def fill_filter(one: Person) -> None:
    one.reads("No condition: every patron is meant.")
    one.fill("Field of the library system", "category_id")
    one.press("Add")
    one.choose("Condition", value="is_one_of")
    one.fill("Value", "UGRD\nGRAD")
    one.press("Save and count")
    one.arrives("count=")
    students = [who for who in everybody(one.stage) if who["kind"] in STUDENTS]
    expect(one.here.locator("#sample strong")).to_contain_text(re.compile(rf"^{len(students)} "))
    one.press("Save and go on")


def fill_mapping(one: Person) -> None:
    row = one.here.locator("fieldset").last
    for number, (source, label) in enumerate(MAPPING):
        expect(one.here.locator("#mapping > fieldset")).to_have_count(number + 1)
        row.locator("#add-field").fill(source)
        chosen = row.locator("#add-to option").filter(has_text=label)
        row.locator("#add-to").select_option(chosen.first.get_attribute("value"))
        one.press("Add")
    expect(one.here.locator("#mapping > fieldset")).to_have_count(len(MAPPING) + 1)
    one.press("Save and go on")


def wait_for_results(one: Person) -> None:
    """The page asks again by itself; without JavaScript somebody presses *Look again*."""
    results = one.here.get_by_role("heading", level=2, name=one.say("Results"), exact=True)
    if one.look.has_script:
        results.wait_for(timeout=_WITHIN_S * 1000)
        return
    deadline = time.monotonic() + _WITHIN_S
    while not results.count():
        assert time.monotonic() < deadline, one.text()
        one.page.wait_for_timeout(1500)
        one.follow("Look again")


@pytest.mark.parametrize("look", JOURNEY, ids=str)
def test_the_wizard_leads_from_nothing_to_results(person, stage, look, shoot):
    name = f"readers_{secrets.token_hex(3)}"
    one = person("admin", look)

    fill_basics(one, name)
    fill_filter(one)
    if look is PHONE:
        shoot(one, "sync-3-mapping-phone")
    fill_mapping(one)
    one.reads("The document is correct.")
    if not look.has_script:
        one.follow("Show the preview")
    one.reads("The first records")
    one.follow("Go on")
    one.press("Execute now")
    one.headed("Run of %(name)s", name=name)
    wait_for_results(one)
    if look is IN_AIRFLOW:
        shoot(one, "sync-results-in-airflow")

    one.reads("The numbers add up")
    ((run_id, state, account, asked_by),) = stage.query(
        "select run_id, state, account, asked_by from data_sync.run where name = %s", name
    )
    assert (state, asked_by) == ("succeeded", "admin")
    students = [who for who in everybody(stage) if who["kind"] in STUDENTS]
    assert account["created"] + account["updated"] + account["unchanged"] == len(students)
    assert one.address.startswith(f"syncs/-/runs/{run_id}")
    one.open("syncs")
    one.follow(name)
    one.headed(name)


def test_each_step_can_be_left_and_found_again(person, stage):
    name = f"left_{secrets.token_hex(3)}"
    one = person("admin", PHONE)

    fill_basics(one, name)
    one.fill("Field of the library system", "category_id")
    one.press("Add")
    one.press("Save and exit")
    one.reads("The draft was saved.")
    one.open(f"syncs/{name}/filter")

    one.reads("Remove this condition")
    ((text,),) = stage.query("select text from data_sync.definition where name = %s", name)
    assert "category_id" in text


def test_a_viewer_follows_a_profile_to_the_run_that_wrote_it(person, shoot):
    one = person("viewer", PHONE)
    one.open("profiles")

    one.here.locator("main tbody th a").first.click()
    one.reads("Values, and where each came from")
    one.here.locator("main tbody td a").first.click()

    one.reads("Results")
