"""The pages of race and brief in a real browser, on a desk and on a phone, in both languages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from didymium.report.brief import brief
from didymium.report.brief_page import brief_page
from didymium.report.race_page import race_page
from didymium.report.standing import race
from didymium.words import say_in
from didymium.world import load_world

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PAGES = ["race-en", "race-zh", "brief-en"]
DESK, PHONE = 1280, 390

# Every pair of labels of one drawing whose common area is more than 30 % of the smaller one, and labels that leave
# the drawing. Boxes are as drawn, halos and all; a box is taller than its letters, so a third of it may be empty.
LABELS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('.drawing svg')) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const labels = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()])
      .filter(([, r]) => r.width > 0);
    const key = svg.closest('figure').id;
    labels.forEach(([a, p], i) => {
      const out = Math.max(frame.left - p.left, p.right - frame.right, frame.top - p.top, p.bottom - frame.bottom);
      if (out > 1.5) found.push(`${key}: '${a}' leaves the drawing by ${out.toFixed(1)} px`);
      for (const [b, q] of labels.slice(i + 1)) {
        const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
        const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        const least = Math.min(p.width * p.height, q.width * q.height);
        if (wide > 0 && high > 0 && wide * high > 0.3 * least) found.push(`${key}: '${a}' on '${b}'`);
      }
    });
  }
  return found;
}"""

WIDER_THAN_THE_WINDOW = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.table-scroll, svg'))
    .map(e => e.tagName + '.' + e.className).slice(0, 10);
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three pages as files."""
    target = tmp_path_factory.mktemp("pages")
    world = load_world()
    raced = race(world, 0)
    en, zh = say_in("en"), say_in("zh")
    (target / "race-en.html").write_text(race_page(world, raced, en), encoding="utf-8")
    (target / "race-zh.html").write_text(race_page(world, raced, zh), encoding="utf-8")
    (target / "brief-en.html").write_text(brief_page(world, brief(world, "RUS"), en), encoding="utf-8")
    return target


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all pages; without one the tests are skipped."""
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: the pages are not looked at")
    api = pytest.importorskip("playwright.sync_api", reason="no playwright: the pages are not looked at")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def opened(browser: Any, folder: Path) -> Iterator[Any]:
    """A function that opens a page once per width and tells what it said and asked for."""
    kept: dict[tuple[str, int], tuple[Any, list[str], list[str]]] = {}

    def open_page(name: str, width: int) -> tuple[Any, list[str], list[str]]:
        if (name, width) not in kept:
            page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
            said: list[str] = []
            asked: list[str] = []
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            page.goto((folder / f"{name}.html").as_uri())
            kept[name, width] = (page, said, asked)
        return kept[name, width]

    yield open_page
    for page, _, _ in kept.values():
        page.close()


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
