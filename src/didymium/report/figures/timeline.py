"""Pipeline timeline: what each project promised, and when the clock thinks it will produce."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from didymium.errors import DidymiumError
from didymium.report.figures.frame import (
    NARROW_PX,
    WIDE_PX,
    FigurePair,
    LegendItem,
    blank,
    canvas,
    draw_legend,
    hatch,
    hatch_fill,
    mark,
    text,
    tip,
)
from didymium.report.figures.palette import ACCENT, GRID, INK, MUTED, SOFT, bloc_hue
from didymium.report.svg import (
    Element,
    LinearScale,
    NumberStyle,
    el,
    fit_text,
    format_percent,
    linear_ticks,
    text_width,
)

__all__ = ["Interval", "ProjectRow", "TimelineData", "TimelineWords", "draw_timeline"]


@dataclass(frozen=True)
class Interval:
    """Quantiles of the year of first production; None is 'not within the horizon', which opens the bar."""

    q05: float | None
    q25: float | None
    q50: float | None
    q75: float | None
    q95: float | None


@dataclass(frozen=True)
class ProjectRow:
    """One project: dates as decimal years, None where unknown; ``probability`` (0-1) of producing by the target.

    ``realised`` is the year production began; its row then shows that in place of a probability.
    """

    label: str
    sublabel: str
    bloc: str
    announced: float | None
    promised_start: float | None
    current_promise: float | None
    realised: float | None = None
    interval: Interval | None = None
    probability: float | None = None
    hover: str = ""


@dataclass(frozen=True)
class TimelineWords:
    """Words on a timeline; ``probability`` heads the column at the right, e.g. 'by 2030'."""

    announced: str
    promised: str
    current: str
    realised: str
    band50: str
    band90: str
    median: str
    now: str
    target: str
    probability: str
    unknown: str
    empty: str


@dataclass(frozen=True)
class TimelineData:
    """Projects over ``years`` (first, last); ``now`` and ``target`` are decimal years."""

    key: str
    title: str
    description: str
    rows: tuple[ProjectRow, ...]
    years: tuple[float, float]
    now: float
    target: float
    words: TimelineWords
    style: NumberStyle = field(default_factory=NumberStyle)


@dataclass(frozen=True)
class _Frame:
    """Where one variant puts its tracks; ``track`` is the offset of the promise line within a row."""

    key: str
    width: float
    left: float
    right: float
    row_px: float
    track: float
    phone: bool
    domain: tuple[float, float]

    @property
    def scale(self) -> LinearScale:
        return LinearScale(self.domain, (self.left, self.right))

    def inside(self, year: float) -> float:
        """The place of a year, held within the frame."""
        return min(max(self.scale(year), self.left), self.right)


def draw_timeline(data: TimelineData) -> FigurePair:
    """The timeline for desk and phone. Raises DidymiumError if years run backwards or a probability is not 0-1."""
    if not data.years[1] > data.years[0]:
        raise DidymiumError(f"years {data.years} run backwards", expected="first year before last")
    for row in data.rows:
        if row.probability is not None and not 0 <= row.probability <= 1:
            raise DidymiumError(f"probability {row.probability} of {row.label!r}", expected="0 to 1, or None")
    row_px = 36.0 if len(data.rows) <= 25 else 30.0
    wide = _Frame(f"{data.key}-wide", WIDE_PX, 260, WIDE_PX - 118, row_px, row_px / 2 - 5.5, False, data.years)
    narrow = _Frame(f"{data.key}-narrow", NARROW_PX, 6, NARROW_PX - 8, 50, 25, True, data.years)
    return FigurePair(_draw(data, wide), _draw(data, narrow))


def _draw(data: TimelineData, frame: _Frame) -> str:
    if not data.rows:
        return blank(frame.key, data.title, data.description, data.words.empty, frame.width)
    legend, legend_px = draw_legend(_legend_items(data, frame), 0, 0, frame.width)
    top = legend_px + 44
    bottom = top + len(data.rows) * frame.row_px
    body: list[Element] = [el("defs", hatch(frame.key)), *legend, *_axis(data, frame, top, bottom)]
    for i, row in enumerate(data.rows):
        y = top + i * frame.row_px
        if i:
            body.append(el("path", d=f"M0 {y:.1f}H{frame.width:.0f}", stroke=GRID, stroke_width=0.7))
        body += _labels(frame, row, y)
        body += _promises(data, frame, row, y + frame.track)
        body += _clock(data, frame, row, y + frame.track + 12)
        body += _chance(data, frame, row, y)
    return canvas(frame.key, data.title, data.description, (frame.width, math.ceil(bottom + 22)), body)


def _legend_items(data: TimelineData, frame: _Frame) -> list[LegendItem]:
    w = data.words
    items = [
        LegendItem(w.announced, "ring", INK),
        LegendItem(w.promised, "open_diamond", INK),
        LegendItem(w.current, "diamond", INK),
        LegendItem(w.realised, "disc", INK),
        LegendItem(w.band50, "band", ACCENT),
        LegendItem(w.band90, "pale_band", ACCENT),
        LegendItem(w.median, "tick", INK),
    ]
    if any(r.realised is None and r.interval is None for r in data.rows):
        items.append(LegendItem(w.unknown, "hatch", hatch_fill(frame.key)))
    return items


def _axis(data: TimelineData, frame: _Frame, top: float, bottom: float) -> list[Element]:
    """Year grid with labels above and below, the line of today and of the target, the head of the column."""
    room = (frame.right - frame.left) / 44
    years = [t for t in linear_ticks(*data.years, count=max(2, int(room))) if t == int(t)]
    places = [(year, frame.scale(year)) for year in years]
    out = [el("path", d=f"M{x:.2f} {top - 4:.1f}V{bottom:.1f}", stroke=GRID, stroke_width=1) for _, x in places]
    out += _flags(data, frame, top, bottom)
    for year, x in places:
        if frame.phone and not frame.left + 12 <= x <= frame.width - 14:
            continue
        for y in (top - 9, bottom + 15):
            out.append(text(x, y, f"{year:.0f}", size=11, anchor="middle", colour=MUTED, halo=True))
    head, head_y = _head(data, frame), top - (27 if frame.phone else 9)
    out.append(text(frame.width, head_y, head, size=12, anchor="end", bold=True))
    return out


def _head(data: TimelineData, frame: _Frame) -> str:
    """The heading of the column of probabilities, cut to its room."""
    return fit_text(data.words.probability, 100 if frame.phone else frame.width - frame.right - 12, 12, bold=True)


def _flags(data: TimelineData, frame: _Frame, top: float, bottom: float) -> list[Element]:
    """The lines of today and of the target, named above the axis; the two names never meet."""
    out: list[Element] = []
    free_from, edge = (0.0 if frame.phone else frame.left), frame.width
    if frame.phone:
        edge -= text_width(_head(data, frame), 12, bold=True) + 10
    flags = sorted([(data.now, data.words.now, "4 3"), (data.target, data.words.target, "none")])
    for i, (year, label, dash) in enumerate(flags):
        if not data.years[0] <= year <= data.years[1]:
            continue
        x = frame.scale(year)
        line = el("path", d=f"M{x:.2f} {top - 22:.1f}V{bottom:.1f}", stroke=ACCENT, stroke_width=1.4)
        out.append(replace(line, attributes=(*line.attributes, ("stroke-dasharray", dash))))
        room = _flag_room(frame, flags, i, edge) - free_from
        shown = fit_text(label, room, 11)
        width = text_width(shown, 11)
        start = max(min(x - width / 2, free_from + room - width), free_from)
        if shown:
            out.append(text(start, top - 27, shown, size=11, colour=ACCENT, bold=False))
            free_from = start + width + 8
    return out


def _flag_room(frame: _Frame, flags: list[tuple[float, str, str]], i: int, edge: float) -> float:
    """How far right the name of flag ``i`` may reach: the first leaves half of the way to the second."""
    if i == 1 or flags[1][0] > frame.domain[1]:
        return edge
    half = text_width(flags[1][1], 11) / 2
    second = min(frame.scale(flags[1][0]), edge - half)
    return min(edge, max(second - half - 8, (frame.inside(flags[0][0]) + second) / 2 - 4))


def _labels(frame: _Frame, row: ProjectRow, y: float) -> list[Element]:
    hue = bloc_hue(row.bloc)
    if frame.phone:
        room = frame.width - 76
        name = fit_text(row.label, room - 15, 12, bold=True)
        left = 15 + text_width(name, 12, bold=True) + 7
        sub = fit_text(row.sublabel, room - left, 10.5) if room - left > 30 else ""
        return [
            el("rect", x=0, y=y + 6, width=9, height=9, rx=2, fill=hue),
            text(15, y + 15, name, size=12, bold=True, halo=True, hover=row.label),
            *([text(left, y + 15, sub, size=10.5, colour=MUTED, halo=True)] if sub else []),
        ]
    room, middle = frame.left - 34, y + frame.row_px / 2
    tight = frame.row_px < 34
    size, sub_size = (12.0, 10.5) if tight else (12.5, 11.0)
    return [
        el("rect", x=0, y=middle - 11, width=5, height=22, rx=2, fill=hue),
        text(13, middle - (2 if tight else 3), fit_text(row.label, room, size, bold=True), size=size, bold=True),
        text(13, middle + (10.5 if tight else 12), fit_text(row.sublabel, room, sub_size), size=sub_size, colour=MUTED),
    ]


def _promises(data: TimelineData, frame: _Frame, row: ProjectRow, y: float) -> list[Element]:
    """Announcement, first and current promise on one line; a bold line where the promise slipped."""
    out: list[Element] = []
    w = data.words
    known = [v for v in (row.announced, row.promised_start, row.current_promise, row.realised) if v is not None]
    if len(known) > 1:
        x0, x1 = frame.inside(min(known)), frame.inside(max(known))
        out.append(el("path", d=f"M{x0:.2f} {y:.2f}H{x1:.2f}", stroke=MUTED, stroke_width=1))
    ends = [v for v in (row.promised_start, row.current_promise) if v is not None]
    if len(ends) == 2 and ends[0] != ends[1]:
        x0, x1 = frame.inside(ends[0]), frame.inside(ends[1])
        out.append(el("path", d=f"M{x0:.2f} {y:.2f}H{x1:.2f}", stroke=INK, stroke_width=2.4))
    for year, shape, word in (
        (row.announced, "ring", w.announced),
        (row.promised_start, "open_diamond", w.promised),
        (row.current_promise, "diamond", w.current),
        (row.realised, "disc", w.realised),
    ):
        if year is None:
            continue
        hover = f"{row.label}\n{word}: {_date(year)}"
        if data.years[0] <= year <= data.years[1]:
            out.append(mark(shape, frame.scale(year), y, INK, r=4.8, hover=hover))  # type: ignore[arg-type]
        else:
            out.append(_off_edge(frame, year, y, hover, INK))
    return out


def _year(year: float) -> str:
    """The calendar year that a decimal year falls in."""
    return str(math.floor(year))


def _date(year: float) -> str:
    """Year and month (ISO 8601) of a decimal year; the year alone if it is whole."""
    month = math.floor((year % 1) * 12) + 1
    return f"{math.floor(year)}-{month:02d}" if year % 1 else _year(year)


def _off_edge(frame: _Frame, year: float, y: float, hover: str, colour: str) -> Element:
    """A triangle at the edge for a date outside the axis."""
    late = year > frame.domain[1]
    base, length = (frame.right - 7, 7) if late else (frame.left + 7, -7)
    return tip(base, y, length, 4.5, colour, hover=hover)


def _clock(data: TimelineData, frame: _Frame, row: ProjectRow, y: float) -> list[Element]:
    """The clock's 90 % and 50 % bars with the median; open at the right where the horizon cuts them."""
    if row.interval is None:
        if row.realised is not None:
            return []
        start = frame.inside(data.now)
        box = {"x": start, "y": y - 3, "width": max(frame.right - start, 0), "height": 6}
        return [el("rect", el("title", f"{row.label}: {data.words.unknown}"), fill=hatch_fill(frame.key), **box)]
    i = row.interval
    out = _band(data, frame, row, y, (i.q05, i.q95), data.words.band90, 6, 0.3)
    out += _band(data, frame, row, y, (i.q25, i.q75), data.words.band50, 9, 0.7)
    if i.q50 is not None and i.q50 <= data.years[1]:
        hover = f"{row.label}\n{data.words.median}: {_year(i.q50)}"
        out.append(mark("tick", frame.inside(i.q50), y, INK, r=6, hover=hover))
    return out


def _band(
    data: TimelineData,
    frame: _Frame,
    row: ProjectRow,
    y: float,
    ends: tuple[float | None, float | None],
    word: str,
    height: float,
    opacity: float,
) -> list[Element]:
    low, high = ends
    if low is None or low > data.years[1]:
        if height > 6:  # the arrow is drawn once, by the wider band
            return []
        hover = f"{row.label}\n{word}: >{_year(data.years[1])}"
        return [_off_edge(frame, data.years[1] + 1, y, hover, ACCENT)]
    open_ended = high is None or high > data.years[1]
    x0, x1 = frame.inside(low), frame.right if high is None else frame.inside(high)
    hover = f"{row.label}\n{word}: {_year(low)}–{'' if high is None else _year(high)}"
    box = {"x": x0, "y": y - height / 2, "width": max(x1 - x0, 1.5), "height": height}
    out = [el("rect", el("title", hover), rx=1.5, fill=ACCENT, opacity=opacity, **box)]
    if open_ended and height <= 6:
        out.append(tip(frame.right - 1, y, 7, 5, ACCENT, opacity=0.55))
    return out


def _chance(data: TimelineData, frame: _Frame, row: ProjectRow, y: float) -> list[Element]:
    """The probability by the target as number and small bar, or the year it began, or 'unknown'."""
    right = frame.width
    bar_px = 34.0 if frame.phone else 44.0
    baseline = y + 15 if frame.phone else y + frame.row_px / 2 + 4
    if row.realised is not None:
        x = right - text_width(_year(row.realised), 12, bold=True) - 10
        return [
            mark("disc", x, baseline - 4, INK, r=4.5, hover=data.words.realised),
            text(right, baseline, _year(row.realised), size=12, anchor="end", bold=True),
        ]
    if row.probability is None:
        label = fit_text(data.words.unknown, 70, 11)
        return [text(right, baseline, label, size=11, anchor="end", colour=MUTED)]
    label = format_percent(100 * row.probability, data.style)
    x = right - bar_px - 40
    hover = f"{row.label}\n{data.words.probability}: {label}"
    out = [text(right, baseline, label, size=12, anchor="end", bold=True, hover=hover)]
    if not frame.phone:
        box = {"y": baseline - 9, "height": 10.0, "rx": 2.0}
        out.insert(0, el("rect", x=x, width=bar_px, fill=SOFT, **box))
        out.insert(1, el("rect", x=x, width=bar_px * row.probability, fill=ACCENT, **box))
    return out
