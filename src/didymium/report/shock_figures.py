"""Figures of a firm's shock: output and stocks week by week, and when the first stop comes."""

from __future__ import annotations

import numpy as np

from didymium.chain.structure import Array
from didymium.ensemble.firm_shock import Shock
from didymium.report.figures.palette import ACCENT, BLOC_HUES, MUTED
from didymium.report.numbers import style_of
from didymium.report.page import Cell, TableData
from didymium.report.plant_charts import Axis, Band, Line, LinesData, draw_lines
from didymium.report.plant_figures import Drawn
from didymium.report.shock_rows import QUANTILES
from didymium.report.shock_tables import part_names
from didymium.words import Say

__all__ = ["output_figure", "stock_figure", "stop_figure"]

HUES = [BLOC_HUES[b] for b in ("USA", "AUS", "RUS", "KAZ", "CHN", "MMR", "IND", "GBR")]

DRAWN = ("stock_4", "stock_8", "stock_12", "second_before", "all")
"""Remedies whose stops are drawn; what begins on the day hardly differs from nothing."""


def _weeks(shock: Shock) -> tuple[float, ...]:
    """Ends of the weeks, counted from the control."""
    return tuple(w + 1 - shock.offset_weeks for w in range(shock.weeks))


def _spread(values: Array) -> list[tuple[float, ...]]:
    """Quantiles over the runs (W, K), one tuple of weeks for each."""
    return [tuple(float(v) for v in row) for row in np.quantile(values, QUANTILES, axis=1)]


def output_figure(shock: Shock, say: Say) -> Drawn:
    """Output over the plan: median, 50 and 90 per cent of the runs."""
    per_week = shock.numbers.per_week
    made = 100 * (shock.course.made * per_week).sum(axis=2) / per_week.sum(axis=1)
    weeks, q = _weeks(shock), _spread(made)
    data = LinesData(
        "shock-output",
        say("shock.output.caption"),
        say("shock.output.description"),
        Axis(say("shock.output.x")),
        Axis(say("shock.output.y"), domain=(0.0, 105.0)),
        (Line(say("shock.output.median"), ACCENT, weeks, q[2]),),
        say("shock.empty"),
        style=style_of(say),
        bands=(
            Band(say("shock.output.band90"), ACCENT, weeks, q[0], q[4], 0.14),
            Band(say("shock.output.band50"), ACCENT, weeks, q[1], q[3], 0.28),
        ),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple((round(w, 2), *(round(v[k], 2) for v in q)) for k, w in enumerate(weeks))
    names = (say("shock.column.week"), *(say("number.percent", value=f"{100 * s:g}") for s in QUANTILES))
    return Drawn(draw_lines(data), TableData(names, rows, ("", *("%",) * len(QUANTILES))))


def stock_figure(shock: Shock, say: Say) -> Drawn:
    """Median of what there is of every part at the plant, with makers and on the way, weeks of use."""
    weeks = _weeks(shock)
    names = part_names(shock, say)
    medians = np.median(shock.course.reach, axis=1)
    lines = tuple(
        Line(name, HUES[p % len(HUES)], weeks, tuple(float(v) for v in medians[:, p])) for p, name in enumerate(names)
    )
    data = LinesData(
        "shock-stocks",
        say("shock.stocks.caption"),
        say("shock.stocks.description"),
        Axis(say("shock.stocks.x")),
        Axis(say("shock.stocks.y"), domain=(0.0, max(1.05 * float(medians.max()), 0.1))),
        lines,
        say("shock.empty"),
        style=style_of(say),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (round(w, 2), *(round(float(v), 3) for v in medians[k])) for k, w in enumerate(weeks)
    )
    unit = say("shock.unit.weeks")
    return Drawn(draw_lines(data), TableData((say("shock.column.week"), *names), rows, ("", *(unit,) * len(names))))


def stop_figure(shock: Shock, say: Say) -> Drawn:
    """Share of runs that have stopped by each week: nothing done, and with remedies."""
    weeks = (0.0, *_weeks(shock))
    firsts = [("nothing", shock.outcome.first_stop)]
    firsts += [(r.remedy.key, r.outcome.first_stop) for r in shock.remedies if r.outcome and r.remedy.key in DRAWN]
    curves = {key: tuple(100 * float((first <= w).mean()) for w in weeks) for key, first in firsts}
    lines = tuple(
        Line(
            say(f"shock.remedy.{key}"),
            MUTED if key == "nothing" else HUES[k - 1],
            weeks,
            curve,
        )
        for k, (key, curve) in enumerate(curves.items())
    )
    data = LinesData(
        "shock-stop",
        say("shock.stop.caption"),
        say("shock.stop.description"),
        Axis(say("shock.stop.x")),
        Axis(say("shock.stop.y"), domain=(0.0, 105.0)),
        lines,
        say("shock.empty"),
        style=style_of(say),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (round(w, 2), *(round(c[k], 2) for c in curves.values())) for k, w in enumerate(weeks)
    )
    names = (say("shock.column.week"), *(say(f"shock.remedy.{key}") for key in curves))
    return Drawn(draw_lines(data), TableData(names, rows, ("", *("%",) * len(curves))))
