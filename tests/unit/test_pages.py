"""The pages as HTML: well-formed, self-contained, with a table and resolving sources for every figure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from didymium.errors import UnknownName
from didymium.report import brief_page as brief_pages
from didymium.report import race_page as race_pages
from didymium.report.brief import brief
from didymium.report.page import Page
from didymium.report.race_figures import pipeline_table
from didymium.report.standing import Race
from didymium.words import languages, say_in
from didymium.world import World, load_world

VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}
BLOCS = [row.text("bloc") for row in load_world().rows("blocs")]
LOADS = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("image", "href"), ("use", "href")}


class Markup(HTMLParser):
    """Checks nesting; collects attributes by tag and all text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if len(given) != len(attrs):
            self.faults.append(f"attribute twice in {tag}")
        self.tags.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def page_of(world: World, raced: Race) -> Callable[[str, str], tuple[Page, str]]:
    """A function that gives the page object and the HTML of ``race`` or of a place."""
    kept: dict[tuple[str, str], tuple[Page, str]] = {}

    def make(what: str, lang: str) -> tuple[Page, str]:
        if (what, lang) not in kept:
            module = race_pages if what == "race" else brief_pages
            seen: list[Page] = []
            render = module.render_page
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(module, "render_page", lambda page: seen.append(page) or render(page))
                say = say_in(lang)
                if what == "race":
                    html = race_pages.race_page(world, raced, say)
                else:
                    html = brief_pages.brief_page(world, brief(world, what), say)
            kept[what, lang] = (seen[0], html)
        return kept[what, lang]

    return make


def check_markup(page: Page, html: str, lang: str) -> Markup:
    tree = Markup(html)
    assert tree.faults == [] and tree.open == []
    assert tree.all("html") == [{"lang": lang}]
    ids = [attrs["id"] for _, attrs in tree.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    anchors = [a["href"][1:] for a in tree.all("a") if a.get("href", "").startswith("#")]
    assert set(anchors) <= set(ids)
    assert len(tree.all("figure")) == sum(len(s.figures) for s in page.sections) <= len(tree.all("table"))
    return tree


def check_offline(tree: Markup, html: str) -> None:
    loaded = [attrs[name] for tag, attrs in tree.tags for t, name in LOADS if tag == t and name in attrs]
    assert all(address.startswith(("data:", "#")) for address in loaded)
    assert tree.all("script") == []
    assert not re.search(r"@import|url\((?!['\"]?(data:|#))", html)


def check_sources(page: Page) -> None:
    listed = [s.key for s in page.sources]
    cited = {key for section in page.sections for figure in section.figures for key in figure.source_keys}
    assert cited == set(listed) and listed == sorted(listed)


CASES = [(what, lang) for lang in languages() for what in ("race", "RUS")] + [(bloc, "en") for bloc in BLOCS]


@pytest.mark.parametrize(("what", "lang"), dict.fromkeys(CASES))
def test_pages_are_well_formed_offline_and_sourced(
    page_of: Callable[[str, str], tuple[Page, str]], what: str, lang: str
) -> None:
    page, html = page_of(what, lang)
    tree = check_markup(page, html, lang)
    check_offline(tree, html)
    check_sources(page)
    text = " ".join(tree.text)
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b|\{\w+\}", re.sub(r"<style.*?</style>", "", text, flags=re.S))


@pytest.mark.parametrize("what", ["race", "RUS"])
@pytest.mark.parametrize("lang", languages())
def test_every_figure_has_a_caption_a_table_sources_and_a_command(
    page_of: Callable[[str, str], tuple[Page, str]], what: str, lang: str
) -> None:
    page, _ = page_of(what, lang)
    figures = [f for s in page.sections for f in s.figures]
    assert len(figures) >= (10 if what == "race" else 6)
    for f in figures:
        assert f.caption and f.table.columns and f.table.rows, f.key
        assert f.source_keys, f.key
        assert f.reproduce.startswith("didymium "), f.key
        assert bool(f.svg_wide) == bool(f.svg_narrow)
        assert len(f.caption) < 110


def test_commands_name_the_place_the_element_and_the_seed(world: World, raced: Race) -> None:
    html = race_pages.race_page(world, raced, say_in("en"), element="Dy", seed=7)
    assert "didymium race --element Dy --seed 7" in html and "seed 7" in html
    assert "Dy: flows between blocs" in html


def test_all_18_blocs_are_tested(world: World) -> None:
    assert set(BLOCS) == world.blocs_set and len(BLOCS) == 18


@pytest.mark.parametrize("lang", languages())
def test_the_residual_block_holds_the_ten_worst(
    page_of: Callable[[str, str], tuple[Page, str]], raced: Race, lang: str
) -> None:
    page, _ = page_of("race", lang)
    figures = {f.key: f for s in page.sections for f in s.figures}
    table = figures["residuals"].table
    z = table.columns.index("z")
    assert [row[z] for row in table.rows] == [round(r.z, 2) for r in raced.worst]
    assert len(table.rows) == 10
    keys = {s for r in raced.worst for s in r.sources}
    assert set(figures["residuals"].source_keys) == keys


def test_published_shares_stand_beside_the_balance(page_of: Callable[[str, str], tuple[Page, str]]) -> None:
    page, html = page_of("race", "en")
    assert "IEA 60 %" in html and "published share of China" in html
    light, heavy = (f for s in page.sections for f in s.figures if f.key.startswith("shares-"))
    assert "IEA" in light.svg_wide and "IEA" not in heavy.svg_wide
    assert light.note and not heavy.note


def test_rivals_about_reserves_are_on_the_page(page_of: Callable[[str, str], tuple[Page, str]]) -> None:
    page, html = page_of("RUS", "en")
    figures = {f.key: f for s in page.sections for f in s.figures}
    values = {row[2] for row in figures["reserves"].table.rows}
    assert {3_800_000.0, 28_500_000.0} <= values
    assert "28,500,000" in html and "3,800,000" in html
    assert "Ministry of Natural Resources" in figures["reserves"].svg_wide


def test_a_deposit_is_never_drawn_as_the_place(page_of: Callable[[str, str], tuple[Page, str]]) -> None:
    page, _ = page_of("EUU", "en")
    figures = {f.key: f for s in page.sections for f in s.figures}
    assert "reserves" not in figures
    assert {row[0] for row in figures["deposits"].table.rows} == {"Per Geijer"}


def test_sections_of_a_place_without_projects_and_reserves(page_of: Callable[[str, str], tuple[Page, str]]) -> None:
    page, html = page_of("JPN", "en")
    assert [s.id for s in page.sections] == ["position", "claims", "quality"]
    assert "No shipped claim is about it." in html
    assert page.stats[-1].value == "0" and "; 0 expected" in page.stats[-1].label


def test_the_first_sentence_is_not_said_twice(page_of: Callable[[str, str], tuple[Page, str]]) -> None:
    page, _ = page_of("RUS", "en")
    assert page.lede not in page.sections[0].paragraphs
    assert page.sections[0].heading == "Position"


def test_a_year_beyond_the_horizon_is_not_called_missing(page_of: Callable[[str, str], tuple[Page, str]]) -> None:
    page, _ = page_of("race", "en")
    figures = {f.key: f for s in page.sections for f in s.figures}
    rows = {row[0]: row for row in figures["ahead-ndpr"].table.rows}
    assert rows["Japan"][6] == ">2045" and rows["China"][6] == "already"
    assert rows["Japan"][8] == "mining"
    assert None not in [cell for row in rows.values() for cell in row]


def test_the_note_tells_how_demand_grows(page_of: Callable[[str, str], tuple[Page, str]], raced: Race) -> None:
    page, _ = page_of("race", "en")
    note = next(f.note for s in page.sections for f in s.figures if f.key == "ahead-ndpr").replace("\u00a0", " ")
    (y1, r1, _), (y2, r2, _) = raced.standings[0].groups["ndpr"].outlook.growth.steps
    assert f"{100 * r1:.1f} % a year to {y1}" in note and f"{100 * r2:.1f} % a year to {y2}" in note


def test_the_pipeline_table_tells_beyond_from_not_stated(world: World, raced: Race) -> None:
    table = pipeline_table(world, raced.live, say_in("en"))
    cells = [cell for row in table.rows for cell in row]
    assert None not in cells and "beyond the clocks" in cells and "–" in cells
    chances = {row[table.columns.index("P by end of 2030")] for row in table.rows}
    assert "<0.1\u00a0%" in chances and "0\u00a0%" not in chances


def test_a_source_that_is_not_listed_is_refused(world: World, raced: Race) -> None:
    poor = dataclasses.replace(raced, sources=frozenset())
    with pytest.raises(UnknownName, match="source"):
        race_pages.race_page(world, poor, say_in("en"))


@pytest.mark.parametrize("lang", languages())
def test_the_page_of_another_language_has_the_same_figures(
    page_of: Callable[[str, str], tuple[Page, str]], lang: str
) -> None:
    def numbers(page: Page) -> list[object]:
        tables = [f.table for s in page.sections for f in s.figures]
        return [cell for t in tables for row in t.rows for cell in row if isinstance(cell, float)]

    assert numbers(page_of("race", lang)[0]) == numbers(page_of("race", "en")[0])
    assert [s.id for s in page_of("race", lang)[0].sections] == [s.id for s in page_of("race", "en")[0].sections]
