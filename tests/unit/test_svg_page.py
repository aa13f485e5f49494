"""The page: whole, valid, self-contained, with every table downloadable and every source one click away."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from didymium.errors import DidymiumError, UnknownName
from didymium.report.figures import draw_sankey, draw_share_bars
from didymium.report.page import (
    FigureBlock,
    Page,
    Section,
    SourceEntry,
    Stat,
    TableData,
    Words,
    render_page,
    table_csv,
)
from svg_cases import NASTY, bars, flows

WORDS = Words("内容", "跳过", "图 {}", "单位", "数据表", "下载", "下载图", "来源", "复现", "等级", "无数据", "：")
TABLE = TableData(
    ("Name", "Value", "Year"),
    ((NASTY, 271_347.25, 2024), ('line\nbreak, "q"', None, 2025), ("=1+1", 0.0, None)),
    ("", "t REO/y", ""),
)
SOURCES = (
    SourceEntry("usgs", "Mineral <Commodity> Summaries", "USGS", "2025-01", "https://example.org/mcs.pdf", "A"),
    SourceEntry("press", "A report", "Agency", "2024", "javascript:alert(1)", "C", "unverified"),
)
VOID = {"meta", "link", "br", "hr", "img", "input", "col", "wbr"}


def page() -> Page:
    flow, share = draw_sankey(flows(1)), draw_share_bars(bars())
    figures = (
        FigureBlock(
            "flows",
            flow.wide,
            flow.narrow,
            "Flows",
            "t REO/y",
            TABLE,
            ("usgs", "press"),
            "see [[press]]",
            "didymium race",
        ),
        FigureBlock("shares", share.wide, share.narrow, "Shares", "%", TABLE),
        FigureBlock("only-table", "", "", "Only a table", "", TABLE),
    )
    sections = (Section("first", "First & <last>", (f"Text {NASTY} [[usgs]].",), figures), Section("second", "Second"))
    return Page("Title", "Headline", "Lede", sections, SOURCES, WORDS, "zh", (Stat("91", "%", "refined"),), ("foot",))


class Tree(HTMLParser):
    """Reads a page strictly: every tag closed in order, every attribute once."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def markup() -> str:
    return render_page(page())


@pytest.fixture(scope="module")
def tree(markup: str) -> Tree:
    return Tree(markup)


def test_the_page_is_one_html5_document_in_its_language(markup: str, tree: Tree) -> None:
    assert markup.startswith('<!DOCTYPE html>\n<html lang="zh">')
    assert [len(tree.all(t)) for t in ("html", "head", "body", "main", "h1", "nav", "title")][:6] == [1] * 6
    ids = [a["id"] for _, a in tree.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_nothing_is_fetched_and_nothing_runs(markup: str, tree: Tree) -> None:
    assert not tree.all("script") and not tree.all("iframe") and not tree.all("img") and not tree.all("base")
    for tag, attributes in tree.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "http" not in attributes.get("src", "")
        if tag == "link":
            assert attributes["href"].startswith("data:")
        if tag == "use" or "xlink:href" in attributes:
            pytest.fail("a reference out of the drawing")
    style = markup[markup.index("<style>") : markup.index("</style>")]
    assert "http" not in style and "@import" not in style and "url(" not in style
    assert set(re.findall(r"url\(([^)]*)\)", markup)) <= {"#shares-wide-hatch", "#shares-narrow-hatch"}


def test_every_link_on_the_page_leads_somewhere(tree: Tree) -> None:
    ids = {a["id"] for _, a in tree.tags if "id" in a}
    inside = [a["href"][1:] for a in tree.all("a") if a["href"].startswith("#")]
    assert {"first", "second", "sources", "content", "source-1", "source-2"} <= set(inside) <= ids
    outward = [a["href"] for a in tree.all("a") if not a["href"].startswith(("#", "data:"))]
    assert outward == ["https://example.org/mcs.pdf"]


def test_each_table_comes_back_whole_from_its_download(tree: Tree) -> None:
    links = [a for a in tree.all("a") if a["href"].startswith("data:text/csv")]
    assert [a["download"] for a in links] == ["flows.csv", "shares.csv", "only-table.csv"]
    body = unquote(links[0]["href"].partition(",")[2])
    assert body[0] == "\ufeff"
    rows = list(csv.reader(io.StringIO(body[1:], newline="")))
    assert rows[0] == ["Name", "Value [t REO/y]", "Year"]
    assert rows[1] == [NASTY, "271347.25", "2024"]
    assert rows[2] == ['line\nbreak, "q"', "", "2025"]
    assert rows[3] == ["=1+1", "0.0", ""]


def test_csv_without_units_has_plain_headings() -> None:
    assert table_csv(TableData(("a", "b"), ((1, "x"),))).splitlines() == ["a,b", "1,x"]


def test_cells_show_three_digits_years_as_written_and_gaps_in_words(tree: Tree) -> None:
    assert "271,000" in tree.text and "2024" in tree.text
    assert tree.text.count("无数据") == 6
    assert NASTY in tree.text


def test_each_figure_has_caption_unit_table_sources_and_command(markup: str, tree: Tree) -> None:
    assert len(tree.all("figure")) == len(tree.all("figcaption")) == 3
    assert len(tree.all("details")) == 2
    assert {"图 1", "图 2", "图 3", "单位：t REO/y", "数据表", "didymium race"} <= set(tree.text)
    assert markup.count('class="table-scroll"') == 3
    svgs = [a for a in tree.all("a") if a["href"].startswith("data:image/svg+xml")]
    assert [a["download"] for a in svgs] == ["flows.svg", "shares.svg"]


def test_many_sources_fold_away_behind_their_number() -> None:
    many = tuple(SourceEntry(f"s{i}", "t", "p", "2025") for i in range(20))
    whole = page()
    first = whole.sections[0]
    figure = replace(first.figures[2], source_keys=tuple(s.key for s in many))
    tree = Tree(render_page(replace(whole, sources=(*SOURCES, *many), sections=(replace(first, figures=(figure,)),))))
    assert "来源：20" in tree.text
    assert [a.get("class") for a in tree.all("details")] == ["cited"]
    assert {f"#source-{n}" for n in range(3, 23)} <= {a["href"] for a in tree.all("a")}


def test_dates_are_not_broken_at_their_hyphens() -> None:
    first = Section("a", "Fitted to 2025-06", ("Scored to 2025-10.",))
    whole = replace(page(), headline="Ban of 2025-04-04, scenario ban-2025", lede="From 2024-01", sections=(first,))
    text = render_page(whole)
    assert '<h1>Ban of <span class="date">2025-04-04</span>, scenario ban-2025</h1>' in text
    assert '<h2>Fitted to <span class="date">2025-06</span></h2>' in text
    for date in ("2024-01", "2025-10"):
        assert f'<span class="date">{date}</span>' in text


def test_cells_of_stacked_rows_name_their_column_and_unit() -> None:
    first = page().sections[0]
    figure = replace(first.figures[2], table=replace(TABLE, stacked=True))
    tree = Tree(render_page(replace(page(), sections=(replace(first, figures=(figure,)),))))
    assert [a["data-label"] for a in tree.all("td")] == ["Name", "Value · t REO/y", "Year"] * 3
    assert [a.get("class") for a in tree.all("table")] == ["stacked"]
    assert not any("data-label" in a for a in Tree(render_page(page())).all("td"))


def test_very_small_numbers_stand_to_the_right_like_all_others() -> None:
    table = TableData(("a",), (("4.15×10⁻⁵",), ("\u22129.29×10⁻⁵",), ("0.1",)))
    first = page().sections[0]
    tree = Tree(
        render_page(replace(page(), sections=(replace(first, figures=(replace(first.figures[2], table=table),)),)))
    )
    assert [a.get("class") for a in tree.all("td")] == ["number"] * 3


def test_no_words_but_the_callers(tree: Tree) -> None:
    """With Chinese words and no other content, no Latin letter is left on the page but keys and data."""
    bare = replace(
        page(), title="题", headline="题", lede="题", sections=(Section("a", "节"),), sources=(), stats=(), footer=()
    )
    body = render_page(bare).partition("<body>")[2]
    shown = "".join(Tree("<body>" + body.replace("</html>", "")).text)
    assert not re.search("[A-Za-z]", shown), shown


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"source_keys": ("nobody",)}, UnknownName),
        ({"note": "see [[nobody]]"}, UnknownName),
        ({"key": "two words"}, DidymiumError),
        ({"key": "shares"}, DidymiumError),
        ({"table": TableData(("a", "b"), ((1,),))}, DidymiumError),
        ({"table": TableData(("a",), ((1,),), ("t", "kg"))}, DidymiumError),
    ],
)
def test_a_broken_page_is_refused(change: dict[str, object], error: type[DidymiumError]) -> None:
    whole = page()
    first = whole.sections[0]
    figures = (replace(first.figures[0], **change), *first.figures[1:])  # type: ignore[arg-type]
    with pytest.raises(error):
        render_page(replace(whole, sections=(replace(first, figures=figures),)))
