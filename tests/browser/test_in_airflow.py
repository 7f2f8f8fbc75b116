"""The pages inside Airflow's own UI: in its navigation, dark when it is, shut without a log-in."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.look import DESK, IN_AIRFLOW


class TestNavigation:
    def test_the_log_in_page_lets_a_user_in_who_then_finds_the_pages(self, person, stage):
        one = person(None, IN_AIRFLOW)
        one.page.goto(f"{stage.url}/auth/login?next=/")
        one.page.locator("input[name=username]").fill("viewer")
        one.page.locator("input[name=password]").fill(stage.passwords["viewer"])
        one.page.get_by_role("button", name="Sign in").click()

        one.page.get_by_role("link", name="Patron sync").click()

        one.headed("Overview")
        assert one.page.url.startswith(f"{stage.url}/plugin/patron-sync")

    def test_pages_are_gone_through_in_the_frame(self, person, stage, shoot):
        one = person("viewer", IN_AIRFLOW)
        one.open()
        shoot(one, "in-airflow")

        one.follow("Libraries")
        one.headed("Libraries")
        one.follow("Fjordby bibliotek")

        one.headed("Fjordby bibliotek")
        assert one.address == "libraries/2030000"

    def test_the_address_of_airflow_leads_back_to_a_page(self, person):
        one = person("viewer", IN_AIRFLOW)

        one.open("libraries/2030000")

        one.headed("Fjordby bibliotek")

    def test_a_square_of_the_calendar_opens_its_run(self, person):
        one = person("viewer", IN_AIRFLOW)
        one.open()

        one.here.locator("a.night.good").first.click()

        expect(one.here.locator("main h1")).not_to_have_text("Overview")
        assert one.address.startswith("runs/")


class TestTheme:
    def test_follows_what_was_chosen_in_airflow(self, person):
        one = person("viewer", IN_AIRFLOW)
        one.open()
        ground = "getComputedStyle(document.body).backgroundColor"
        light = one.here.locator("body").evaluate(f"() => {ground}")

        one.page.evaluate("localStorage.setItem('theme', 'dark')")
        one.page.reload()
        one.headed("Overview")

        dark = one.here.locator("body").evaluate(f"() => {ground}")
        assert light == "rgb(255, 255, 255)"
        assert dark == "rgb(17, 22, 28)"
        assert one.here.locator("html").get_attribute("data-theme") == "dark"

    def test_follows_the_system_where_nothing_was_chosen(self, person):
        one = person("viewer", DESK)
        one.page.emulate_media(color_scheme="dark")

        one.open()

        assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(17, 22, 28)"
        )


class TestLogIn:
    def test_a_stranger_is_asked_to_log_in(self, person, stage):
        one = person(None, DESK, may_complain=True)

        one.open("libraries")

        one.headed("Please log in")
        one.follow("Log in")
        one.page.locator("input[name=username]").wait_for()

    def test_a_viewer_is_told_what_is_not_for_viewers(self, person, stage):
        one = person("viewer", DESK, may_complain=True)

        one.open("desk")

        one.headed("You may not do this")


def test_another_site_cannot_show_the_pages_in_a_frame(person, stage, chromium):
    one = person("admin", DESK, may_complain=True)
    site = "http://elsewhere.example/"
    frame = f'<iframe src="{stage.url}/patron-sync/"></iframe>'
    one.page.route(site, lambda route: route.fulfill(body=frame, content_type="text/html"))

    one.page.goto(site)
    one.page.wait_for_load_state("networkidle")

    told = [frame.content() for frame in one.page.frames[1:]]
    assert len(told) == 1
    assert "Overview" not in told[0]
