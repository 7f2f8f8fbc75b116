"""Every strategy for empty and incorrect values (D1.4 to D1.6), in each system's own protocol."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import yaml

from registry_operators.errors import RunFailedError
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.profile_fields import load_profile_fields
from tests.data_sync.odd_records import (
    EMPTY,
    KINDS,
    without_email,
    without_expiry,
    without_surname,
)
from tests.library_life import LibraryLife, Living, left_over

PATRONS = 90
SYSTEMS = ("koha", "alma", "sierra", "symphony by search")
STRATEGIES = list(itertools.product(("skip", "replace"), ("report", "skip")))
ODD = 2 * len(KINDS)


@pytest.fixture(scope="session")
def strict_fields(tmp_path_factory):
    """The fields of the project, but nobody may be without a surname."""
    content = yaml.safe_load((CONFIG_DIR / "profile_fields.yaml").read_text(encoding="utf-8"))
    content["system_fields"]["last_name"]["required"] = True
    file = tmp_path_factory.mktemp("fields") / "profile_fields.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_profile_fields(file)


@pytest.fixture(params=SYSTEMS)
def library(request, living: Living, strict_fields) -> LibraryLife:
    """A library, and people whom nothing is wrong with yet; ``odd`` will be their records."""
    library = living(request.param, PATRONS)
    library.fields = strict_fields
    return library


def newcomers(library: LibraryLife, count: int) -> list[dict[str, Any]]:
    """Register people who have everything and whom the filter means."""
    for number, record_id in enumerate(library.running.admin.insert(count)):
        library.running.admin.patch(record_id, fields={
            "kind": "public", "birth_on": "1970-05-17", "expires_on": "2030-06-30",
            "emails": [f"new.{record_id}@example.org"], "phones": [f"+4780000{number:03d}"],
            "street": f"Nygata {number}",
        })  # fmt: skip
    people: list[dict[str, Any]] = library.running.admin.patrons(limit=1000)[-count:]
    hidden = [one for one in people if one["is_suppressed"]]
    assert not hidden, "choose another number of patrons"
    return people


def spoil(library: LibraryLife, people: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """Let each say something odd; return record id to what it was said of, and how."""
    ils, said = library.system.ils, {}
    for person, (what, kind) in zip(
        people, itertools.product(("expires_on", "email"), KINDS), strict=True
    ):
        how = (
            without_expiry(ils, kind) if what == "expires_on" else without_email(ils, kind, person)
        )
        library.running.admin.patch(person["id"], **how)
        said[library.system.record_id(person)] = what, kind
    return said


def fields_of(library: LibraryLife, what: str) -> set[str]:
    """The fields of the profile that come of it."""
    has_all = what == "email" and library.system.ils in {"alma", "sierra"}
    return {what, "other_emails"} if has_all else {what}


def problems(library: LibraryLife) -> dict[str, int]:
    """What is reported of one incorrect day and one incorrect e-mail."""
    reasons = dict.fromkeys(fields_of(library, "email"), "NOT_AN_EMAIL")
    return {
        f"{name} {reason}": 1 for name, reason in (reasons | {"expires_on": "NOT_A_DATE"}).items()
    }


@pytest.mark.parametrize(("empty_fields", "incorrect_values"), STRATEGIES)
def test_empty_clears_where_it_shall_and_absent_and_incorrect_never_do(
    library, empty_fields, incorrect_values
):
    people = newcomers(library, ODD)
    settings = {"empty_fields": empty_fields, "incorrect_values": incorrect_values}
    library.run(**settings)
    library.follow()
    said = spoil(library, people)

    account = library.run(**settings)

    emptied = {key: what for key, (what, kind) in said.items() if kind in EMPTY}
    if empty_fields == "replace":
        for key, what in emptied.items():
            for name in fields_of(library, what):
                del library.expected[key][name]
        assert account.totals["updated"] == len(emptied) == 6
    assert library.is_as_expected()
    assert account.problems == problems(library)
    assert account.totals["failed"] == 0
    before = library.rows_of_profiles()
    again = library.run(**settings)
    assert (again.totals["updated"], again.problems) == (0, account.problems)
    assert library.rows_of_profiles() == before


def test_a_new_profile_has_what_is_there_and_correct(library):
    people = newcomers(library, ODD)
    library.follow()
    said = spoil(library, people)

    account = library.run(empty_fields="replace")

    for key, (what, kind) in said.items():
        gone = fields_of(library, what)
        if (what, kind) == ("email", "absent") and library.system.ils in {"alma", "symphony"}:
            gone |= {"phone", "street"}  # all three stand in the same field of the record
        for name in gone:
            del library.expected[key][name]
    assert library.is_as_expected()
    assert account.problems == problems(library)
    assert left_over(account) == {"created": len(library.expected)}


def test_a_surname_that_everybody_must_have_is_reported_and_never_cleared(library):
    known, new = newcomers(library, 2)
    library.running.admin.delete(ids=[new["id"]])
    library.run(empty_fields="replace")
    library.follow()
    library.running.admin.patch(known["id"], **without_surname(library.system.ils))
    (another,) = newcomers(library, 1)
    library.running.admin.patch(another["id"], **without_surname(library.system.ils))
    key = library.system.record_id(known)
    if library.system.ils == "sierra":  # both names stand in one field
        del library.expected[key]["first_name"]

    account = library.run(empty_fields="replace")

    assert library.expected[key]["last_name"]
    assert library.is_as_expected()
    assert account.reasons["failed"] == {"MISSING": 1}
    assert account.problems == {"last_name MISSING": 2}
    assert library.run().problems == {}


class TestStop:
    """D1.6: the first error ends the sync before it writes, unless it is to be skipped."""

    def test_an_incorrect_value_stops_the_sync_where_it_is_reported(self, library):
        people = newcomers(library, ODD)
        library.run()
        spoil(library, people)

        error, _ = library.fails(library.published(errors="stop", empty_fields="replace"))

        assert isinstance(error, RunFailedError)
        assert "stop at the first" in str(error)

    def test_an_incorrect_value_that_is_skipped_does_not(self, library):
        people = newcomers(library, ODD)
        spoil(library, people)

        account = library.run(errors="stop", incorrect_values="skip")

        assert account.problems == problems(library)
        assert account.totals["created"] >= ODD

    def test_a_record_that_fails_does(self, library):
        (new,) = newcomers(library, 1)
        library.running.admin.patch(new["id"], **without_surname(library.system.ils))

        error, _ = library.fails(library.published(errors="stop", incorrect_values="skip"))

        assert isinstance(error, RunFailedError)
        assert "1 records and 0 values" in str(error)
