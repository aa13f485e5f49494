"""The page in a real browser: silent, asks the network nothing, fits a phone, and its labels do not collide."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from didymium.report.figures import (
    DotRow,
    DotsData,
    DotsWords,
    FigurePair,
    FlowLink,
    FlowNode,
    Interval,
    ProjectRow,
    RivalMark,
    SankeyData,
    Share,
    ShareBarsData,
    ShareRow,
    TimelineData,
    TimelineWords,
    draw_dots,
    draw_sankey,
    draw_share_bars,
    draw_timeline,
)
from didymium.report.page import FigureBlock, Page, Section, SourceEntry, TableData, Words, render_page

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BLOCS = ["CHN", "USA", "EUU", "JPN", "AUS", "MYS", "MMR", "IND", "RUS", "KAZ"]
NAMES = {
    "en": [
        "China",
        "United States",
        "European Union",
        "Japan",
        "Australia",
        "Malaysia",
        "Myanmar",
        "India",
        "Russia",
        "Kazakhstan",
    ],
    "zh": ["中国", "美国", "欧盟", "日本", "澳大利亚", "马来西亚", "缅甸", "印度", "俄罗斯", "哈萨克斯坦"],
}
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
    rng, names = random.Random(4), dict(zip(BLOCS, NAMES[lang], strict=True))
    nodes = tuple(FlowNode(f"{b}{i}", i, names[b], b) for b in BLOCS for i in range(5))
    size = {b: 70_000.0 if b == "CHN" else 200.0 + 4_000 * rng.random() for b in BLOCS}
    links = [
        FlowLink(f"{b}{i}", f"{c}{i + 1}", size[b] * f)
        for b in BLOCS
        for i in range(4)
        for c, f in ((b, 0.7), ("CHN", 0.2))
    ]
    links += [FlowLink(f"{b}0", "", size[b] * 0.1, "loss") for b in BLOCS] + [FlowLink("CHN4", "CHN2", 3e3, "recycle")]
    flow = SankeyData(
        "flows", "t", "d", ("采矿 A", "B", "C", "D", "E"), nodes, tuple(links), "t REO/y", "…", "L", "R", "-"
    )
    shares = tuple(Share(b, names[b], 91.0 if b == "CHN" else 1.0) for b in BLOCS)
    rivals = tuple(RivalMark(v, f"IEA {v} %", "IEA") for v in (85, 87, 90, 91))
    rows = tuple(ShareRow(f"{names[b]} {i}", "390,000 t", shares, rivals) for i, b in enumerate(BLOCS[:5]))
    projects = tuple(
        ProjectRow(
            f"{names[b]} project {i}",
            "magnet",
            b,
            2012 + i / 4,
            2016 + i / 4,
            2020.0 + i / 4,
            None,
            Interval(2027, 2028, 2030, 2034, None if i % 2 else 2039),
            0.4,
        )
        for i, b in enumerate(BLOCS * 4)
    )
    reserve = tuple(RivalMark(v, f"{names['RUS']} {v:g}", "s") for v in (3.8e6, 28.5e6, 11.4e6))
    dots = (
        DotRow(names["RUS"], "", "RUS", 3.8e6, rivals=reserve),
        DotRow(names["IND"], state="absent", state_label="-"),
        DotRow(names["KAZ"], state="beyond", state_label="> 2050"),
    )
    words = TimelineWords(*(names[b] for b in BLOCS), "-", "-")
    return {
        "flows": draw_sankey(flow),
        "shares": draw_share_bars(ShareBarsData("shares", "t", "d", rows, "%", "?", "R", "-", other_label="…")),
        "pipeline": draw_timeline(TimelineData("pipeline", "t", "d", projects, (2010, 2040), 2025.9, 2030, words)),
        "reserves": draw_dots(DotsData("reserves", "t", "d", dots, "t REO", DotsWords(*"abcdef"), "log")),
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: the page was not opened in a browser")
    with api.sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


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
        assert sheet.evaluate(seen, shown) == [True] * 4
        assert sheet.evaluate(seen, hidden) == [False] * 4
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
