"""A connection becomes the client of its library system, or says what it lacks."""

from __future__ import annotations

import pytest

from registry_operators.clients.alma_client import AlmaClient
from registry_operators.clients.koha_client import KohaClient
from registry_operators.domain.sync.record_path import compile_path
from registry_operators.errors import ConfigurationError
from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.connections import ConnectionFields
from registry_operators.settings.ils_connections import ils_url, make_client, patron_page

KOHA = {"host": "koha.example.org", "login": "id", "password": "hemmelig"}
ALMA = {"host": "api-eu.example.org", "password": "hemmelig"}


def fields(**given) -> ConnectionFields:
    return ConnectionFields("library_system", **given)


def test_each_system_has_a_client() -> None:
    assert isinstance(make_client("koha", fields(**KOHA)), KohaClient)
    assert isinstance(make_client("alma", fields(**ALMA)), AlmaClient)


@pytest.mark.parametrize(
    ("ils", "given", "message"),
    [
        ("bibsys", KOHA, "no library system 'bibsys'"),
        ("koha", KOHA | {"host": ""}, "host is empty"),
        ("koha", KOHA | {"login": ""}, "login or password is empty"),
        ("koha", KOHA | {"extra": {"login": "cookie"}}, "one of oauth2, basic"),
        ("koha", KOHA | {"extra": {"zone": "Bergen/Norway"}}, "Europe/Oslo"),
        ("alma", ALMA | {"password": ""}, "API key"),
        ("alma", ALMA | {"host": ""}, "host is empty"),
        ("alma", ALMA | {"extra": {"quota_floor": "many"}}, "quota_floor must be a whole number"),
        ("alma", ALMA | {"extra": {"searchable": "email"}}, "user_group"),
    ],
)
def test_what_a_connection_lacks_is_said_without_its_secrets(ils, given, message) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        make_client(ils, fields(**given))

    assert "hemmelig" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "https://koha.example.org/api/v1"),
        ({"conn_type": "http", "port": 8081}, "http://koha.example.org:8081/api/v1"),
        ({"path": "/cgi/api/v1/"}, "https://koha.example.org/cgi/api/v1"),
    ],
)
def test_host_port_and_path_name_the_api(given, url) -> None:
    assert ils_url(fields(**KOHA | given), "api/v1") == url


@pytest.mark.parametrize("ils", ["alma", "koha"])
def test_no_catalogue_has_a_secret_and_all_drop_them(ils) -> None:
    catalogue = load_catalogue(ils)
    keys = {one.top_level_key for one in catalogue.fields.values()}

    assert "password" in catalogue.dropped
    assert not keys & catalogue.dropped
    assert not keys & {"password", "pin_number", "pin", "overdrive_auth_token", "login_attempts"}
    compile_path(catalogue.record_id)


def test_koha_has_every_field_of_a_patron_and_knows_who_is_hidden() -> None:
    catalogue = load_catalogue("koha")

    assert {"preferred_name", "altcontact_phone", "statistics_2", "expired"} <= set(
        catalogue.fields
    )
    assert catalogue.marks_redacted == ("surname", "patron_id")
    assert catalogue.find("extended_attributes.GRADYEAR") is not None


def test_alma_reads_the_preferred_parts_and_ids_by_their_type() -> None:
    catalogue = load_catalogue("alma")
    record = {
        "user_group": {"value": "UGRD", "desc": "Undergraduate"},
        "contact_info": {"email": [{"email_address": "a@example.org", "preferred": None},
                                   {"email_address": "b@example.org", "preferred": "true"}]},
        "user_identifier": [{"value": "2900", "id_type": {"value": "BARCODE"}}],
        "user_statistic": [{"statistic_category": {"value": "BIOL", "desc": "Biology"},
                            "category_type": {"value": "MAJOR"}}],
    }  # fmt: skip
    names = ("user_group", "user_group_label", "email", "all_emails", "user_identifier.BARCODE",
             "user_statistic.MAJOR")  # fmt: skip
    found = [compile_path(field.path)(record) for name in names if (field := catalogue.find(name))]

    assert found == [
        ["UGRD"], ["Undergraduate"], ["b@example.org"], ["a@example.org", "b@example.org"],
        ["2900"], ["BIOL"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "page"),
    [
        ("https://koha.example.org/p?n={id}", "https://koha.example.org/p?n=a%2Fb%20%3C"),
        ("http://x/{id}/{id}", "http://x/a%2Fb%20%3C/a%2Fb%20%3C"),
        ("https://koha.example.org/", None),
        ("javascript:alert({id})", None),
        ("", None),
    ],
)
def test_a_patrons_page_is_an_address_with_the_id_in_it(template, page):
    fields = ConnectionFields("koha_main", extra={"patron_page": template})

    assert patron_page(fields, "a/b <") == page
