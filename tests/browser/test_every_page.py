"""Each page is usable by keyboard and by a screen reader, on a phone, and without complaints."""

from __future__ import annotations

import pytest

from tests.browser.every_page import PAGES, PARTS, Shown
from tests.browser.inspection import grave_findings, out_of_reach, too_wide
from tests.browser.look import DESK, PHONE, WALL
from tests.web.route_tables import ROWS

FILES = {row.path for row in ROWS if row.path.endswith(".csv")}


def test_no_page_is_left_out():
    gets = {row.path for row in ROWS if row.method == "GET"}

    assert gets - FILES - PARTS == {page.route for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=str)
class TestPage:
    def test_is_readable_and_walked_through_by_keyboard(self, person, stage, page: Shown, shoot):
        one = person(page.role, DESK)
        page.first(one)

        one.open(page.address(stage))
        one.page.wait_for_load_state("networkidle")
        if page.picture:
            shoot(one, page.picture)

        assert grave_findings(one) == []
        assert out_of_reach(one) == []
        one.page.set_viewport_size({"width": WALL.width, "height": WALL.height})
        assert too_wide(one) == []

    def test_is_readable_on_a_dark_phone(self, person, stage, page: Shown):
        one = person(page.role, PHONE)
        page.first(one)

        one.open(page.address(stage))
        one.page.wait_for_load_state("networkidle")

        assert grave_findings(one) == []
        assert too_wide(one) == []
        assert one.page.locator("html").get_attribute("lang") == "nb"
        assert one.page.locator("h1").count() == 1


def test_the_first_link_skips_the_navigation(person):
    one = person("viewer", DESK)
    one.open()

    one.page.keyboard.press("Tab")
    one.page.keyboard.press("Enter")

    assert one.page.evaluate("document.activeElement.id") == "content"
