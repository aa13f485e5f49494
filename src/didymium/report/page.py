"""A self-contained HTML page: text, figures with their tables, and sources, in one file that needs no network."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import resources
from urllib.parse import quote

from didymium.errors import DidymiumError, UnknownName
from didymium.report.svg import Element, Node, NumberStyle, Raw, el, format_number, render, standalone

__all__ = [
    "Cell",
    "FigureBlock",
    "Page",
    "Section",
    "SourceEntry",
    "Stat",
    "TableData",
    "Words",
    "render_page",
    "table_csv",
]

Cell = str | float | int | None

# The page needs no script, no font and no image from anywhere; the browser is told to refuse them all.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_REFERENCE = re.compile(r"\[\[([^\[\]]+)\]\]")

MANY_SOURCES = 12
"""A longer list of sources under a figure is folded."""

SHORT_CELL, LONG_CELL = 12, 30
"""Text up to the first length, such as a unit, is not broken over lines; beyond the second it gets a wide column."""

_FIGURE_LIKE = re.compile(r"[-+\u2212<>]?\d[\d,.]*(×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?([ \u00a0]?%)?")
_DATE = re.compile(r"(\d{4}-\d{2}(?:-\d{2})?)")


@dataclass(frozen=True)
class Words:
    """The words a page needs beside its content; ``figure`` is a template such as 'Figure {}'."""

    contents: str
    skip: str
    figure: str
    unit: str
    data_table: str
    download_csv: str
    download_svg: str
    sources: str
    reproduce: str
    grade: str
    no_data: str
    colon: str = ": "


@dataclass(frozen=True)
class TableData:
    """A table: one unit per column ('' for none); a None cell is a stated gap, never zero.

    A phone shows a ``stacked`` one row by row, each headed by its first cell, and so whole.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    units: tuple[str, ...] = ()
    stacked: bool = False


@dataclass(frozen=True)
class FigureBlock:
    """A figure with what belongs to it; without SVG the table itself is shown.

    ``source_keys`` name entries of the page's sources; ``reproduce`` is the command that makes the numbers.
    """

    key: str
    svg_wide: str
    svg_narrow: str
    caption: str
    unit: str
    table: TableData
    source_keys: tuple[str, ...] = ()
    note: str = ""
    reproduce: str = ""


@dataclass(frozen=True)
class Section:
    """A section; ``[[key]]`` in a paragraph or a note becomes a link to that source."""

    id: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    figures: tuple[FigureBlock, ...] = ()


@dataclass(frozen=True)
class SourceEntry:
    """One source as listed at the end of the page; an address is linked only if it is http(s)."""

    key: str
    title: str
    publisher: str
    date: str
    address: str = ""
    grade: str = ""
    note: str = ""


@dataclass(frozen=True)
class Stat:
    """One number for the head of the page, already formatted, with its unit and what it is."""

    value: str
    unit: str
    label: str


@dataclass(frozen=True)
class Page:
    """A page in one language; ``lang`` is a BCP 47 tag."""

    title: str
    headline: str
    lede: str
    sections: tuple[Section, ...]
    sources: tuple[SourceEntry, ...]
    words: Words
    lang: str = "en"
    stats: tuple[Stat, ...] = ()
    footer: tuple[str, ...] = ()
    style: NumberStyle = field(default_factory=NumberStyle)


def render_page(page: Page) -> str:
    """The whole HTML5 document.

    Raises UnknownName for a source key that the page does not list, DidymiumError for ids that clash or cannot
    be ids and for table rows of the wrong length.
    """
    _check(page)
    number = {source.key: n for n, source in enumerate(page.sources, start=1)}
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        el("meta", name="color-scheme", content="light dark"),
        el("link", rel="icon", href="data:,"),
        el("title", page.title),
        el("style", Raw(_stylesheet())),
    )
    main = el("main", *_sections(page, number), _source_list(page), id="content")
    body = el(
        "body",
        el("a", page.words.skip, class_="skip", href="#content"),
        _header(page),
        _navigation(page),
        main,
        el("footer", *(el("p", line) for line in page.footer)),
    )
    return "<!DOCTYPE html>\n" + render(el("html", head, body, lang=page.lang)) + "\n"


@cache
def _stylesheet() -> str:
    return resources.files("didymium.report").joinpath("page.css").read_text(encoding="utf-8")


# --- checks -------------------------------------------------------------------------------------------


def _check(page: Page) -> None:
    figures = [f for s in page.sections for f in s.figures]
    known = {s.key for s in page.sources}
    ids = [s.id for s in page.sections] + [f"figure-{f.key}" for f in figures] + ["content", "sources"]
    for name in ids:
        if not re.fullmatch(r"[A-Za-z][\w-]*", name):
            raise DidymiumError(f"{name!r} cannot be an id", expected="a letter, then letters, digits, - or _")
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise DidymiumError(f"ids used twice on the page: {', '.join(twice)}", cure="give each its own key")
    if len(known) != len(page.sources):
        raise DidymiumError("a source is listed twice", cure="list each source key once")
    for f in figures:
        for key in f.source_keys:
            if key not in known:
                raise UnknownName("source", key, known, where=f"figure {f.key}")
        _check_table(f)
    for s in page.sections:
        texts = [*s.paragraphs, *(f.note for f in s.figures)]
        for key in (k for t in texts for k in _REFERENCE.findall(t)):
            if key not in known:
                raise UnknownName("source", key, known, where=f"section {s.id}")


def _check_table(f: FigureBlock) -> None:
    width = len(f.table.columns)
    wrong = [n for n, row in enumerate(f.table.rows, start=1) if len(row) != width]
    if wrong or len(f.table.units) not in (0, width):
        where = f"table of figure {f.key}" + (f", row {wrong[0]}" if wrong else ", units")
        raise DidymiumError("a row of another length than the columns", where=where, expected=f"{width} entries")


# --- parts --------------------------------------------------------------------------------------------


def _header(page: Page) -> Element:
    stats = [
        el(
            "div",
            el("dt", *_whole(s.label)),
            el("dd", s.value, el("span", f" {s.unit}", class_="unit") if s.unit else ""),
        )
        for s in page.stats
    ]
    parts: list[Node] = [el("p", *_whole(page.title), class_="kicker"), el("h1", *_whole(page.headline))]
    parts.append(el("p", *_whole(page.lede), class_="lede"))
    if stats:
        parts.append(el("dl", *stats, class_="stats"))
    return el("header", *parts)


def _navigation(page: Page) -> Element:
    links = [(s.id, s.heading) for s in page.sections]
    if page.sources:
        links.append(("sources", page.words.sources))
    items = [el("li", el("a", *_whole(heading), href=f"#{target}")) for target, heading in links]
    return el("nav", el("ol", *items), aria_label=page.words.contents)


def _sections(page: Page, number: dict[str, int]) -> list[Element]:
    out: list[Element] = []
    figure_number = 0
    for s in page.sections:
        parts: list[Node] = [el("h2", *_whole(s.heading))]
        parts += [el("p", *_prose(p, number), class_="prose") for p in s.paragraphs]
        for f in s.figures:
            figure_number += 1
            parts.append(_figure(page, f, figure_number, number))
        out.append(el("section", *parts, id=s.id))
    return out


def _prose(text: str, number: dict[str, int]) -> list[Node]:
    """Text with its ``[[key]]`` marks turned into numbered links."""
    pieces = _REFERENCE.split(text)
    return [n for i, p in enumerate(pieces) for n in ([_reference(p, number)] if i % 2 else _whole(p))]


def _whole(text: str) -> list[Node]:
    """Text whose dates are not broken at their hyphens."""
    return [el("span", p, class_="date") if i % 2 else p for i, p in enumerate(_DATE.split(text)) if p]


def _reference(key: str, number: dict[str, int]) -> Element:
    return el("a", f"[{number[key]}]", href=f"#{_source_id(number[key])}", class_="ref", title=key)


def _source_id(position: int) -> str:
    return f"source-{position}"


def _figure(page: Page, f: FigureBlock, count: int, number: dict[str, int]) -> Element:
    words = page.words
    label = words.figure.format(count)
    unit: list[Node] = [el("span", f"{words.unit}{words.colon}{f.unit}", class_="unit-line")] if f.unit else []
    caption = el("figcaption", el("span", label, class_="label"), " ", el("strong", *_whole(f.caption)), *unit)
    parts: list[Node] = [caption]
    if f.svg_wide:
        parts.append(el("div", Raw(f.svg_wide), class_="drawing wide" if f.svg_narrow else "drawing"))
    if f.svg_narrow:
        parts.append(el("div", Raw(f.svg_narrow), class_="drawing narrow"))
    if f.note:
        parts.append(el("p", *_prose(f.note, number), class_="note"))
    table = _table(page, f, f"{label} {f.caption}")
    parts.append(el("details", el("summary", words.data_table), table) if f.svg_wide else table)
    parts.append(_figure_footer(words, f, number))
    return el("figure", *parts, id=f"figure-{f.key}")


def _figure_footer(words: Words, f: FigureBlock, number: dict[str, int]) -> Element:
    """Downloads, sources and the command, on lines that wrap."""
    csv_uri = "data:text/csv;charset=utf-8," + quote("\ufeff" + table_csv(f.table))
    downloads: list[Node] = [el("a", words.download_csv, href=csv_uri, download=f"{f.key}.csv")]
    if f.svg_wide:
        coded = base64.b64encode(standalone(f.svg_wide).encode()).decode()
        uri = f"data:image/svg+xml;base64,{coded}"
        downloads += [" ", el("a", words.download_svg, href=uri, download=f"{f.key}.svg")]
    lines: list[Node] = [el("p", *downloads, class_="downloads")]
    if f.source_keys:
        lines.append(_cited(words, f, number))
    if f.reproduce:
        code = el("code", f.reproduce)
        lines.append(el("p", el("span", f"{words.reproduce}{words.colon}", class_="name"), code, class_="reproduce"))
    return el("div", *lines, class_="figure-foot")


def _cited(words: Words, f: FigureBlock, number: dict[str, int]) -> Element:
    """Links to the figure's sources, in the order of the list; many of them fold away behind their number."""
    links: list[Node] = []
    for key in sorted(f.source_keys, key=lambda k: number[k]):
        links += [el("a", f"[{number[key]}] {key}", href=f"#{_source_id(number[key])}"), " "]
    name = f"{words.sources}{words.colon}"
    if len(f.source_keys) <= MANY_SOURCES:
        return el("p", el("span", name, class_="name"), *links, class_="cited")
    return el("details", el("summary", f"{name}{len(f.source_keys)}"), el("p", *links), class_="cited")


def _table(page: Page, f: FigureBlock, name: str) -> Element:
    """The table in its own scrolling region, reachable by keyboard."""
    numeric = [_is_numeric(f.table, i) for i in range(len(f.table.columns))]
    units = f.table.units or ("",) * len(f.table.columns)
    head = [
        el("th", c, *([el("span", u, class_="unit")] if u else []), scope="col", class_="number" if n else None)
        for c, u, n in zip(f.table.columns, units, numeric, strict=True)
    ]
    labels = [f"{c} · {u}" if u else c for c, u in zip(f.table.columns, units, strict=True)]
    named = labels if f.table.stacked else [None] * len(labels)
    rows = [el("tr", *map(partial(_cell, page), row, numeric, named)) for row in f.table.rows]
    css = "stacked" if f.table.stacked else None
    table = el("table", el("caption", name), el("thead", el("tr", *head)), el("tbody", *rows), class_=css)
    return el("div", table, class_="table-scroll", tabindex="0", role="region", aria_label=name)


def _is_numeric(table: TableData, column: int) -> bool:
    """Whether all cells of a column are numbers, or read as such: <1, 94 %, a dash for a gap."""
    cells = [row[column] for row in table.rows if row[column] not in (None, "\u2013")]
    return bool(cells) and all(not isinstance(c, str) or _FIGURE_LIKE.fullmatch(c) for c in cells)


def _cell(page: Page, value: Cell, numeric: bool, label: str | None = None) -> Element:
    """A cell; a gap says so in words. Whole numbers up to four digits, such as years, are not grouped.

    Rows that are stacked show the ``label`` of the column beside it.
    """
    css = "number" if numeric else None
    if value is None:
        text, css = page.words.no_data, "gap"
    elif isinstance(value, str):
        text, css = value, css or _text_class(value)
    elif isinstance(value, int) and abs(value) < 10_000:
        text = str(value)
    else:
        text = format_number(value, page.style)
    return el("td", text, class_=css, data_label=label)


def _text_class(text: str) -> str | None:
    return "short" if len(text) <= SHORT_CELL else "long" if len(text) > LONG_CELL else None


def table_csv(table: TableData) -> str:
    """The table as CSV (RFC 4180): units in the header in brackets, numbers in full, gaps empty."""
    units = table.units or ("",) * len(table.columns)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([f"{c} [{u}]" if u else c for c, u in zip(table.columns, units, strict=True)])
    writer.writerows([["" if v is None else v for v in row] for row in table.rows])
    return out.getvalue()


def _source_list(page: Page) -> Element | str:
    if not page.sources:
        return ""
    items = [_source(page.words, s, n) for n, s in enumerate(page.sources, start=1)]
    return el("section", el("h2", page.words.sources), el("ol", *items, class_="sources"), id="sources")


def _source(words: Words, s: SourceEntry, position: int) -> Element:
    parts: list[Node] = [el("strong", s.title)]
    grade = f"{words.grade} {s.grade}" if s.grade else ""
    about = " · ".join(x for x in (s.publisher, s.date, grade) if x)
    parts.append(el("span", f"{about} · " if about else "", el("code", s.key), class_="about"))
    if s.note:
        parts.append(el("span", s.note, class_="about"))
    if re.match(r"https?://", s.address):
        parts.append(el("a", s.address, href=s.address, rel="noopener noreferrer", class_="address"))
    elif s.address:
        parts.append(el("span", s.address, class_="address"))
    return el("li", *parts, id=_source_id(position))
