"""The pages of race, brief, shock and simulate in a real browser, on a desk and on a phone, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from looks import CUT_OFF, DESK, LABELS, PHONE, WIDER_THAN_THE_WINDOW
from typer.testing import CliRunner

from didymium.cli import app
from didymium.ensemble.firm_shock import shock
from didymium.market.firm_read import load_firm
from didymium.report.brief import brief
from didymium.report.brief_page import brief_page
from didymium.report.race_page import race_page
from didymium.report.shock_page import shock_page
from didymium.report.standing import race
from didymium.words import say_in
from didymium.world import load_world
from didymium.world.scenario import load_scenario

PAGES = ["race-en", "race-zh", "brief-en", "shock-en", "shock-zh", "simulate-en", "simulate-zh", "alone-en", "alone-zh"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as files."""
    target = tmp_path_factory.mktemp("pages")
    world = load_world()
    raced = race(world, 0)
    en, zh = say_in("en"), say_in("zh")
    (target / "race-en.html").write_text(race_page(world, raced, en), encoding="utf-8")
    (target / "race-zh.html").write_text(race_page(world, raced, zh), encoding="utf-8")
    (target / "brief-en.html").write_text(brief_page(world, brief(world, "RUS"), en), encoding="utf-8")
    shocked = shock(world, load_scenario("licences-2025-04", world), load_firm("car-maker", world), runs=300, members=6)
    for lang, say in (("en", en), ("zh", zh)):
        text = shock_page(world, shocked, say, "didymium shock licences-2025-04 --firm car-maker")
        (target / f"shock-{lang}.html").write_text(text, encoding="utf-8")
        words = ["licences-2025-04", "--runs", "130", "--workers", "1", "--discover", "price_ask>2000", "--lang", lang]
        page = ["--page", str(target / f"simulate-{lang}.html"), "--against", "kachin-halt", "--json"]
        CliRunner().invoke(app, ["simulate", *words, *page], catch_exceptions=False)
        words = ["cooperate", "--runs", "20", "--workers", "1", "--against", "go-alone", "--lang", lang, "--json"]
        page = ["--page", str(target / f"alone-{lang}.html")]
        CliRunner().invoke(app, ["simulate", *words, *page], catch_exceptions=False)
    return target


@pytest.fixture(scope="module")
def opened(open_page: Any, folder: Path) -> Any:
    """A function that opens a page by name and tells what it said and asked for."""

    def by_name(name: str, width: int) -> tuple[Any, list[str], list[str]]:
        found = open_page(folder / f"{name}.html", width)
        return found.page, found.said, found.asked

    return by_name


every = pytest.mark.parametrize(("name", "width"), [(name, width) for name in PAGES for width in (DESK, PHONE)])


@every
def test_a_page_is_silent_and_asks_for_itself_alone(opened: Any, folder: Path, name: str, width: int) -> None:
    _, said, asked = opened(name, width)
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [(folder / f"{name}.html").as_uri()]


@every
def test_nothing_is_wider_than_the_window(opened: Any, name: str, width: int) -> None:
    page, _, _ = opened(name, width)
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []


@every
def test_labels_stay_inside_their_drawing_and_off_each_other(opened: Any, name: str, width: int) -> None:
    page, _, _ = opened(name, width)
    assert page.locator(".drawing:visible svg text").count() >= 40
    assert page.evaluate(LABELS) == []


@every
def test_one_drawing_of_each_pair_is_shown(opened: Any, name: str, width: int) -> None:
    page, _, _ = opened(name, width)
    shown, hidden = (".wide", ".narrow") if width == DESK else (".narrow", ".wide")
    assert page.locator(f"{shown}:visible").count() == page.locator(shown).count() > 0
    assert page.locator(f"{hidden}:visible").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_tables_open_and_close(opened: Any, name: str) -> None:
    page, _, _ = opened(name, PHONE)
    table = page.locator("figure > details").first
    assert not table.locator("table").is_visible()
    table.locator("summary").click()
    assert table.locator("table").is_visible()
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []
    table.locator("summary").focus()
    page.keyboard.press("Enter")
    assert not table.locator("table").is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_page_leads_somewhere(opened: Any, name: str) -> None:
    page, _, _ = opened(name, DESK)
    lost = """() => [...document.querySelectorAll('a[href^="#"]')].map(a => a.hash.slice(1))
      .filter(id => !document.getElementById(id))"""
    assert page.evaluate(lost) == []
    page.locator("nav a").last.click()
    assert page.evaluate("document.querySelector(':target').id") == "sources"
    page.wait_for_function("Math.abs(document.querySelector(':target').getBoundingClientRect().top) < innerHeight")
    page.evaluate("location.hash = ''")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_bloc_that_is_asked_about_has_its_figures(opened: Any, lang: str) -> None:
    page, _, _ = opened(f"alone-{lang}", PHONE)
    figures = page.locator("#standing figure")
    assert figures.count() == 3
    assert all("RUS" in f.get_attribute("id") and f.locator("svg:visible").count() == 1 for f in figures.all())


STACKED = {
    "shock": {"figure-shock-course", "figure-shock-parts", "figure-shock-remedies", "figure-shock-figures"},
    "simulate": {"figure-case"},
}


@pytest.mark.parametrize("name", [n for n in PAGES if n.split("-")[0] in STACKED])
def test_a_phone_shows_every_column_of_the_tables_that_stand_alone(opened: Any, name: str) -> None:
    page, _, _ = opened(name, PHONE)
    seen = page.evaluate("[...document.querySelectorAll('.stacked')].map(e => e.closest('figure').id)")
    assert STACKED[name.split("-")[0]] <= set(seen)
    assert page.evaluate(CUT_OFF) == []
    desk, _, _ = opened(name, DESK)
    assert desk.locator(".stacked thead").first.bounding_box()["height"] > 10


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_remedies_on_a_phone_tell_what_each_figure_is(opened: Any, lang: str) -> None:
    page, _, _ = opened(f"shock-{lang}", PHONE)
    say = say_in(lang)
    cells = page.locator("#figure-shock-remedies tbody tr").nth(1).locator("td")
    told = [c.evaluate("e => getComputedStyle(e, '::before').content") for c in cells.all()]
    assert told[0] == "none"
    for text, key in zip(
        told[1:], ("chance", "first", "lost_median", "lost_90", "saved", "stock", "note"), strict=True
    ):
        assert say(f"shock.column.{key}") in text


@pytest.mark.parametrize("name", ["shock-en", "shock-zh"])
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_date_in_a_heading_stands_on_one_line(opened: Any, name: str, width: int) -> None:
    page, _, _ = opened(name, width)
    lines = page.evaluate(
        "[...document.querySelectorAll('h1 .date')].map(e => [e.textContent, e.getClientRects().length])"
    )
    assert lines == [["2025-04", 1], ["2025-04-04", 1]]


CODES = r"didymium .*|licences-|kachin-halt|[\w.]+_[\w.]+|：share|uniform|recalled|behaviour|inventories"
NAMES = r"USD|CSV|SVG|PRIM|Sobol"


@pytest.mark.parametrize("name", [n for n in PAGES if n in ("shock-zh", "simulate-zh")])
def test_a_chinese_page_has_no_english_but_codes(opened: Any, name: str) -> None:
    page, _, _ = opened(name, DESK)
    told = page.evaluate("""() => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
      for (let n; n = walk.nextNode();) if (!n.parentElement.closest('code, .cited, #sources')) found.push(n.data);
      return found; }""")
    left = [re.sub(f"{CODES}|{NAMES}", "", text) for text in told]
    assert len(told) > 100
    assert [text for text in left if re.search("[A-Za-z]{3,}", text)] == []


def test_the_dark_page_is_dark_and_still_legible(opened: Any) -> None:
    page, _, _ = opened("brief-en", DESK)
    light = page.screenshot()
    page.emulate_media(color_scheme="dark")
    dark = page.screenshot()
    colours = page.evaluate("['color', 'backgroundColor'].map(p => getComputedStyle(document.body)[p])")
    page.emulate_media(color_scheme="light")
    assert light != dark
    ink, paper = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert ink > 600 and paper < 150


def test_the_language_is_on_the_page(opened: Any) -> None:
    for name, lang in (("race-en", "en"), ("race-zh", "zh")):
        page, _, _ = opened(name, DESK)
        assert page.evaluate("document.documentElement.lang") == lang
    assert opened("race-zh", DESK)[0].locator("h1").inner_text().startswith("中国")
