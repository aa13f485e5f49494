"""The page in a real browser: silent, asks the network nothing, fits a phone, and its labels do not collide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from didymium.report.figures import FigurePair, draw_dots, draw_sankey, draw_share_bars, draw_timeline
from didymium.report.page import FigureBlock, Page, Section, SourceEntry, TableData, Words, render_page
from didymium.report.plant_charts import draw_lines
from svg_cases import CHINESE, bars, course, dots, flows, pipeline

COLLISIONS = """() => {
  const met = [];
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const all = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    all.forEach(([a, p], i) => {
      if (p.right > frame.right + 14 || p.left < frame.left - 3) met.push('outside: ' + a);
      for (const [b, q] of all.slice(i + 1)) {
        const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
        const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (wide > 1.5 && high > 4) met.push(a + ' | ' + b);
      }
    });
  }
  return met;
}"""


def _figures(lang: str) -> dict[str, FigurePair]:
    suffix = CHINESE if lang == "zh" else ""
    return {
        "flows": draw_sankey(flows(1, suffix)),
        "shares": draw_share_bars(bars(suffix)),
        "pipeline": draw_timeline(pipeline(40, suffix)),
        "reserves": draw_dots(dots(suffix)),
        "course": draw_lines(course(suffix)),
    }


def _page(lang: str) -> str:
    long = "a_very_long_unbroken_word_" * 6
    table = TableData(tuple(f"column {i}" for i in range(12)), tuple((long[:40], *range(11)) for _ in range(30)))
    blocks = tuple(
        FigureBlock(
            key, pair.wide, pair.narrow, key, "t REO/y", table, ("source_key",), long, f"didymium race --{long}"
        )
        for key, pair in _figures(lang).items()
    )
    source = SourceEntry("source_key", long, "Publisher", "2025", f"https://example.org/{long}", "A")
    words = Words(
        "Contents", "Skip", "Figure {}", "Unit", "Table", "CSV", "SVG", "Sources", "Reproduce", "grade", "no data"
    )
    return render_page(
        Page("Title", "Headline", "Lede", (Section("one", "One", (long,), blocks),), (source,), words, lang)
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [380, 390, 760, 1280])
def test_the_page_is_silent_alone_and_never_scrolls_sideways(
    browser: Any, tmp_path: Path, lang: str, width: int
) -> None:
    path = tmp_path / "page.html"
    path.write_text(_page(lang), encoding="utf-8")
    sheet = browser.new_page(viewport={"width": width, "height": 800})
    said: list[str] = []
    asked: list[str] = []
    sheet.on("console", lambda m: said.append(m.text))
    sheet.on("pageerror", lambda e: said.append(str(e)))
    sheet.on("request", lambda r: asked.append(r.url))
    sheet.goto(path.as_uri())
    for summary in sheet.query_selector_all("summary"):
        summary.click()
    assert sheet.evaluate("document.documentElement.scrollWidth") <= width
    assert sheet.evaluate("[...document.querySelectorAll('.table-scroll')].every(t => t.scrollWidth >= t.clientWidth)")
    assert sheet.evaluate(COLLISIONS) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []
    sheet.close()


def test_a_phone_gets_the_narrow_drawings_and_a_desk_the_wide(browser: Any) -> None:
    for width, shown, hidden in ((390, ".narrow", ".wide"), (1280, ".wide", ".narrow")):
        sheet = browser.new_page(viewport={"width": width, "height": 800})
        sheet.set_content(_page("en"))
        seen = "s => [...document.querySelectorAll(s)].map(e => e.getBoundingClientRect().width > 0)"
        assert sheet.evaluate(seen, shown) == [True] * 5
        assert sheet.evaluate(seen, hidden) == [False] * 5
        sheet.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_cut_axis_shows_its_break_and_says_where_it_starts(browser: Any, width: int) -> None:
    sheet = browser.new_page(viewport={"width": width, "height": 800})
    sheet.set_content(_page("en"))
    marks = sheet.locator(".axis-break:visible")
    assert [m.evaluate("e => e.closest('figure').id") for m in marks.all()] == ["figure-course"]
    box = marks.first.bounding_box()
    assert box["width"] >= 6 and box["height"] >= 12
    told = sheet.locator("#figure-course svg:visible text").all_text_contents()
    assert len([t for t in told if t.startswith("> 9")]) == 1
    sheet.close()


def test_a_table_with_more_at_the_right_has_a_shade_there(browser: Any) -> None:
    sheet = browser.new_page(viewport={"width": 390, "height": 800})
    sheet.set_content(_page("en"))
    sheet.click("#figure-flows details summary")
    region = sheet.locator("#figure-flows .table-scroll")
    assert region.evaluate("e => e.scrollWidth > e.clientWidth")
    before = region.screenshot()
    region.evaluate("e => { e.style.setProperty('--shade', 'transparent'); }")
    assert region.screenshot() != before
    sheet.close()


def test_the_table_downloads_as_csv(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(_page("en"), encoding="utf-8")
    sheet = browser.new_page()
    sheet.goto(path.as_uri())
    with sheet.expect_download() as waiting:
        sheet.click("#figure-flows .downloads a")
    assert waiting.value.suggested_filename == "flows.csv"
    lines = Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 31 and lines[0].startswith("column 0,")
    sheet.close()


def test_dark_and_light_differ_and_both_are_readable(browser: Any) -> None:
    for scheme, dark in (("light", False), ("dark", True)):
        sheet = browser.new_page(color_scheme=scheme)
        sheet.set_content(_page("en"))
        ground, ink = sheet.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        grey = [sum(int(n) for n in c[c.index("(") + 1 : -1].split(",")[:3]) for c in (ground, ink)]
        assert (grey[0] < grey[1]) is dark
        assert abs(grey[0] - grey[1]) > 400
        sheet.close()
