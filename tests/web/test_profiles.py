"""The pages of profiles: a list, one with where each value came from, and who may see values."""

from __future__ import annotations

import re

import pytest

from registry_operators.domain.keys import record_pseudonym
from registry_operators.steps.data_sync.definitions import publish
from registry_operators.web.views import profiles
from tests.db.sync_bench import a_document
from tests.factories import KEYS
from tests.web.sync_pages import FIELDS, plain


@pytest.fixture
def filled(ledger, sync_runs, koha, db):
    """Profiles by one data sync, of which another has changed one; the number of that one."""
    publish(ledger, a_document(), FIELDS, actor="kari")
    publish(ledger, a_document(name="others", filter="[{field: patron_id, equals: '1'}]"), FIELDS,
            actor="kari")  # fmt: skip
    sync_runs.run("readers")
    koha.admin.patch(1, fields={"last_name": "Kanarifuglstad"})
    sync_runs.run("others")
    row = db.execute("select profile_id from profiles.source_link where record_id = '1'").fetchone()
    return row[0]


@pytest.fixture
def values(db):
    """The values of a profile that tell who somebody is."""

    def of(profile_id):
        (fields,) = db.execute(
            "select fields from profiles.profile where profile_id = %s", (profile_id,)
        ).fetchone()
        return [fields[name] for name in ("last_name", "email", "library_card_number")]

    return of


class TestList:
    def test_covers_every_value(self, filled, viewer, values):
        page = viewer.get("profiles")

        assert page.status_code == 200
        assert "K…(14)" in page.text
        assert not [value for value in values(filled) if value in page.text]

    def test_goes_page_by_page(self, filled, viewer, monkeypatch, db):
        monkeypatch.setattr(profiles, "_PAGE", 25)
        seen: list[str] = []
        url: str | None = "profiles"
        while url:
            page = viewer.get(url)
            seen += re.findall(r'href="/patron-sync/profiles/(\d+)"', page.text)
            following = re.search(r'href="/patron-sync/([^"]+)" rel="next"', page.text)
            url = following[1].replace("&amp;", "&") if following else None

        ids = [
            str(row[0]) for row in db.execute("select profile_id from profiles.profile order by 1")
        ]
        assert seen == ids
        assert len(ids) > 50

    def test_is_narrowed_by_type_and_by_who_changed_them(self, filled, viewer, db):
        db.execute("update profiles.profile set type = 'staff' where profile_id <> %s", (filled,))

        def listed(**query):
            text = viewer.get("profiles", params=query).text
            return re.findall(r'href="/patron-sync/profiles/(\d+)"', text)

        assert listed(sync="others") == [str(filled)]
        assert listed(type="patron") == [str(filled)]
        assert str(filled) not in listed(sync="readers")
        assert listed(sync="others", type="staff") == listed(sync="nobody") == []

    @pytest.mark.parametrize("query", [
        {"type": "'; drop table profiles.profile --"}, {"sync": "<script>"}, {"after": "-1"},
        {"after": "9" * 30}, {"type": "\0"}, {"after": "x"},
    ])  # fmt: skip
    def test_nothing_in_its_address_harms(self, filled, viewer, query, db):
        answer = viewer.get("profiles", params=query)

        assert answer.status_code in {200, 400}
        assert "<script>alert" not in answer.text
        assert db.execute("select count(*) > 0 from profiles.profile").fetchone() == (True,)


class TestOne:
    def test_tells_where_each_value_came_from(self, filled, viewer, db):
        page = viewer.get(f"profiles/{filled}")
        text = plain(page)

        runs = dict(db.execute("select name, run_id::text from data_sync.run").fetchall())
        rows = dict(
            re.findall(r"<code>(\w+)</code></th>.*?syncs/-/runs/([0-9a-f-]+)", page.text, re.DOTALL)
        )
        assert rows["last_name"] == runs["others"]
        assert rows["first_name"] == rows["library_card_number"] == runs["readers"]
        assert "Last name last_name System fields K…(14) others" in text
        assert record_pseudonym("koha_main", "1", KEYS) in text

    def test_covers_what_tells_who_somebody_is(self, filled, viewer, operator, admin, values, db):
        db.execute("""update profiles.profile set fields = fields ||
                      '{"country": "Norge", "city": "Bergen", "own_field": "Hemmelig"}'""")

        for browser in (viewer, operator, admin):
            page = browser.get(f"profiles/{filled}").text
            assert not [value for value in values(filled) if value in page]
            assert "Norge" in page  # plain
            assert "Be…(6)" in page  # personal
            assert "Hemmelig" not in page  # not configured
            assert "not configured" in page

    def test_shows_links_to_operators_only(self, filled, viewer, operator):
        pages = [browser.get(f"profiles/{filled}").text for browser in (viewer, operator)]

        assert ["members.pl?number=1" in page for page in pages] == [False, True]

    def test_of_a_type_that_is_not_configured_any_more_can_be_looked_at(self, filled, viewer, db):
        db.execute("update profiles.profile set type = 'ghost'")

        assert "Last name last_name System fields" in plain(viewer.get(f"profiles/{filled}"))
        assert viewer.get("profiles").status_code == 200

    def test_whose_values_no_run_wrote_says_so(self, viewer, db):
        (number,) = db.execute(
            """insert into profiles.profile (type, fields)
               values ('patron', '{"city": "Bergen"}') returning profile_id"""
        ).fetchone()

        assert "City city System fields Be…(6) – –" in plain(viewer.get(f"profiles/{number}"))

    @pytest.mark.parametrize("number", ["0", "-1", "999999", "9" * 40, "x", "1'--"])
    def test_an_unknown_one_is_not_found(self, filled, viewer, admin, number):
        assert viewer.get(f"profiles/{number}").status_code in {400, 404}
        assert admin.post(f"profiles/{number}/unmask").status_code in {400, 404}

    def test_a_script_in_a_name_is_text(self, filled, viewer, admin, db):
        db.execute("""update profiles.profile set fields = fields ||
                      '{"country": "<script>alert(1)</script>", "last_name": "<b>x</b>"}'""")

        for page in (viewer.get("profiles"), viewer.get(f"profiles/{filled}"),
                     admin.post(f"profiles/{filled}/unmask")):  # fmt: skip
            assert "<script>alert" not in page.text
            assert "<b>x" not in page.text


class TestUnmasking:
    def test_shows_one_profile_and_is_an_event(self, filled, admin, values, db):
        answer = admin.post(f"profiles/{filled}/unmask")

        assert answer.status_code == 200
        assert all(value in answer.text for value in values(filled))
        assert answer.headers["cache-control"] == "no-store"
        assert db.execute("select action, actor, detail ->> 'subject' from patron_sync.audit_event"
                          " where action = 'unmask_profile'").fetchall() == [
            ("unmask_profile", "admin", f"profile {filled}"),
        ]  # fmt: skip

    def test_is_offered_to_administrators_only(self, filled, admin, operator):
        pages = [browser.get(f"profiles/{filled}").text for browser in (admin, operator)]

        assert ["/unmask" in page for page in pages] == [True, False]
        assert operator.post(f"profiles/{filled}/unmask").status_code == 403

    def test_shows_nothing_where_the_event_cannot_be_written(self, filled, admin, values, db):
        db.execute("alter table patron_sync.audit_event rename to audit_event_gone")
        try:
            answer = admin.post(f"profiles/{filled}/unmask")
        finally:
            db.execute("alter table patron_sync.audit_event_gone rename to audit_event")

        assert answer.status_code >= 500
        assert not [value for value in values(filled) if value in answer.text]
