"""The site of the documents: what the build does to them, and what the check of it finds."""

from __future__ import annotations

import pytest
import typer
from pydantic import BaseModel

from docs.generators import commands, settings
from docs.generators.drawing import DrawingError, Picture
from registry_operators.paths import PROJECT_DIR
from tools import check_site, site_hooks

INDEX = '<h1 id="top">Start</h1><a href="other.html#here">on</a><a href="#top">up</a>'
OTHER = '<h2 id="here">Here</h2><a href="index.html">back</a><img src="p.svg">'


@pytest.fixture
def site(tmp_path):
    """Return a whole site of two pages and a picture."""
    for name, text in (("index.html", INDEX), ("other.html", OTHER), ("p.svg", "<svg/>")):
        (tmp_path / name).write_text(text)
    return tmp_path


def with_more(site, html):
    (site / "index.html").write_text(INDEX + html)
    return check_site.main(site)


class TestCheckSite:
    def test_a_whole_site_passes(self, site):
        assert check_site.main(site) == 0

    def test_a_site_without_pages_fails(self, tmp_path):
        assert check_site.main(tmp_path) == 1

    @pytest.mark.parametrize(
        "html",
        [
            '<a href="gone.html">x</a>',
            '<a href="other.html#gone">x</a>',
            '<a href="#gone">x</a>',
            '<img src="gone.png">',
            '<script src="https://cdn.example.org/x.js"></script>',
            '<script src="//cdn.example.org/x.js"></script>',
            '<link rel="stylesheet" href="https://fonts.example.org/x.css">',
            '<img src="https://elsewhere.example.org/p.png">',
            '<pre class="mermaid">flowchart</pre>',
        ],
    )
    def test_what_is_broken_or_comes_from_elsewhere_fails(self, site, html):
        assert with_more(site, html) == 1

    def test_a_style_that_loads_from_elsewhere_fails(self, site):
        (site / "x.css").write_text("@font-face { src: url(https://fonts.example.org/x.woff) }")

        assert check_site.main(site) == 1

    def test_links_to_other_sites_are_listed_and_not_asked(self, site, capsys):
        (site / "index.html").write_text(INDEX + '<a href="https://example.org/x">x</a>')

        assert check_site.main(site, "--external") == 0

        assert "https://example.org/x (1 times)" in capsys.readouterr().out


class TestLinks:
    @pytest.mark.parametrize(
        ("name", "written", "leads_to"),
        [
            ("upgrade.md", "../CHANGELOG.md", "changelog.md"),
            ("audit.md", "../include/sql/audit/export_events.sql",
             "files/include/sql/audit/export_events.sql"),
            ("contributing.md", "docs/licences.md", "licences.md"),
            ("contributing.md", "docs/decisions/", "decisions/README.md"),
            ("desk.md", "audit.md", "audit.md"),
            ("decisions/README.md", "../../README.md", "../index.md"),
            ("desk.md", "https://example.org/a.md", "https://example.org/a.md"),
            ("desk.md", "../no_such_file.yaml", "../no_such_file.yaml"),
        ],
    )  # fmt: skip
    def test_a_link_leads_to_a_page_or_an_attachment_of_the_site(self, name, written, leads_to):
        attached: set[str] = set()
        lines = [f"see [it]({written}#place)", "```", f"[code]({written})", "```"]

        seen = list(site_hooks._linked(lines, site_hooks._source(name), name, attached))

        assert seen[0] == f"see [it]({leads_to}#place)"
        assert seen[2] == lines[2]
        assert all((PROJECT_DIR / path).is_file() for path in attached)
        assert bool(attached) is leads_to.startswith("files/")


def indented(text):
    return "\n".join(site_hooks._indented(text))


class TestLists:
    def test_what_belongs_to_an_item_is_indented_by_four(self):
        text = "1. one\n   * inner\n     goes on\n2. two\n\n   a paragraph\n\nafter"

        assert indented(text) == (
            "1. one\n    * inner\n        goes on\n2. two\n\n    a paragraph\n\nafter"
        )

    def test_code_in_an_item_keeps_its_own_indent(self):
        text = "- item\n\n  ```\n  if x:\n\n      y\n  ```\n\nafter"

        assert indented(text) == "- item\n\n    ```\n    if x:\n\n        y\n    ```\n\nafter"

    def test_text_without_lists_stays(self):
        text = "# Title\n\n    code\n\ntext\n\n| a | b |\n| --- | --- |\n"

        assert indented(text) == text


def test_a_text_that_does_not_fit_its_box_ends_the_drawing():
    picture = Picture(300, 100, "A picture", "of a box")

    with pytest.raises(DrawingError, match="wider than 60"):
        picture.box("step", 10, 10, 60, "far too long for this box")


def test_a_setting_without_a_meaning_ends_the_page():
    class Silent(BaseModel):
        """A block."""

        port: int = 8080

    with pytest.raises(settings.UndocumentedError, match=r"Silent\.port"):
        list(settings._blocks(Silent))


def test_a_command_without_a_text_ends_the_page():
    app = typer.Typer()
    app.command("silent")(lambda: None)

    with pytest.raises(commands.UndocumentedError, match="x silent: add a docstring"):
        list(commands._commands(app, "x"))
