"""A form of the pages in a browser: pressed twice, sent once."""

from __future__ import annotations

from registry_operators.web.pages import STATIC_DIR

_FORM = "<form method='{}' action='/go'><button name='a' value='b'>Go</button></form>"
_HERE = "http://pages.example"


def sendings(chromium, method: str, *, has_script: bool = True) -> list[str]:
    """What a double click on the button of a form sends; the answer leaves the page as it is."""
    script = (STATIC_DIR / "once.js").read_text(encoding="utf-8") if has_script else ""
    sent: list[str] = []
    page = chromium.new_page()

    def answer(route):
        if route.request.url.startswith(f"{_HERE}/go"):
            sent.append(route.request.method)
            route.fulfill(status=204)
            return
        page_of_form = f"<!doctype html><script>{script}</script>{_FORM.format(method)}"
        route.fulfill(body=page_of_form, content_type="text/html")

    page.route("**/*", answer)
    page.goto(_HERE)
    for _ in range(2):
        page.eval_on_selector("button", "button => button.click()")
        page.wait_for_timeout(200)  # each click may be sent
    page.close()
    return sent


def test_a_double_click_sends_a_form_once(chromium) -> None:
    assert sendings(chromium, "post") == ["POST"]


def test_without_the_script_it_is_sent_twice(chromium) -> None:
    assert sendings(chromium, "post", has_script=False) == ["POST", "POST"]


def test_a_search_can_be_repeated(chromium) -> None:
    assert sendings(chromium, "get") == ["GET", "GET"]
