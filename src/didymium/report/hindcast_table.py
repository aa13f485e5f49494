"""Score sheets as tables and records: series, figures that were never fitted, parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from didymium.market.hindcast import Line, Point, Sheet
from didymium.report.numbers import amount, percent
from didymium.report.page import Cell
from didymium.words import Say
from didymium.world import WORLD, World

__all__ = [
    "band_words",
    "check_rows",
    "csv_records",
    "fold_words",
    "halves",
    "lost",
    "parameter_rows",
    "score_rows",
    "series_words",
    "sheet_record",
]


def series_words(world: World, series: str, say: Say) -> str:
    """What a series is, in words."""
    kind, *rest = series.split(".")
    where = rest[-1] if rest else ""
    if kind in ("price", "paid"):
        return say(f"hindcast.series.{kind}_{where}", element=rest[0])
    if kind in ("fob", "home"):
        return say(f"hindcast.series.{kind}_{where}", element=rest[0])
    if kind == "month":
        return say(f"hindcast.series.month_{where}")
    place = say("hindcast.world") if where == WORLD else world.place_name(where, say.lang)
    return say(f"hindcast.series.{kind}", place=place)


def fold_words(sheet: Sheet, say: Say) -> str:
    """A case and its window."""
    return say(
        "hindcast.fold",
        case=say(f"hindcast.case.{sheet.case}"),
        fitted=sheet.fold.fitted_to,
        scored=sheet.fold.scored_to,
    )


def _percent(say: Say, fraction: float | None) -> str:
    return say("number.gap") if fraction is None else percent(say, fraction, digits=1)


def score_rows(world: World, sheet: Sheet, say: Say) -> list[list[Cell]]:
    """One row per series that is scored: errors, signs, rivals, and how often the bands held."""
    rows: list[list[Cell]] = []
    for line in sheet.lines:
        s = line.score
        if s is None:
            continue
        (in50, n), (in90, _) = line.inside("band50"), line.inside("band90")
        rows.append(
            [
                series_words(world, line.series, say),
                len(s.periods),
                _percent(say, s.mape),
                say("hindcast.signed", value=f"{100 * s.bias:+.1f}".replace("-", "\u2212")),
                say("hindcast.of", a=s.signs_right, b=s.signs),
                *(_percent(say, r) for r in (s.rival_last, s.rival_year, s.rival_before)),
                say("hindcast.of", a=in50, b=n),
                say("hindcast.of", a=in90, b=n),
            ]
        )
    return rows


def check_rows(world: World, sheet: Sheet, say: Say) -> list[list[Cell]]:
    """One row per figure that was seen but never fitted, in or after the window."""
    return [
        [
            series_words(world, line.series, say),
            p.period,
            say.data(line.unit),
            amount(say, p.observed),
            amount(say, p.predicted),
            band_words(p, say),
        ]
        for line in sheet.lines
        for p in line.points
        if p.used == "checked"
    ]


def band_words(p: Point, say: Say) -> str:
    """The 90 % band of a point."""
    return say("hindcast.range", a=amount(say, p.band90[0]), b=amount(say, p.band90[1]))


def parameter_rows(sheet: Sheet, say: Say) -> list[list[Cell]]:
    """What was fitted: bounds, best value, and the interval that holds 90 %."""
    rows: list[list[Cell]] = []
    for p in sheet.fitted.parameters:
        low, high = sheet.spread(p.name)
        rows.append(
            [
                p.name.split(".")[-1],
                say.data(p.unit),
                say("hindcast.range", a=amount(say, p.low), b=amount(say, p.high)),
                amount(say, sheet.fitted.values[p.name]),
                say("hindcast.range", a=amount(say, low), b=amount(say, high)),
            ]
        )
    return rows


def lost(sheet: Sheet) -> tuple[list[str], list[str]]:
    """Series on which a naive rival was nearer, and series with a figure outside its 90 % band."""
    beaten = [line.series for line in sheet.lines if line.score is not None and not line.score.beats_rivals]
    outside = [line.series for line in sheet.lines if any(_outside(p) for p in line.points)]
    return beaten, outside


def _outside(p: Point) -> bool:
    seen = p.observed
    return seen is not None and p.used in ("checked", "scored") and not p.band90[0] <= seen <= p.band90[1]


def _point_record(p: Point) -> dict[str, object]:
    return {
        "period": p.period,
        "used": p.used,
        "observed": p.observed,
        "predicted": p.predicted,
        "low50": p.band50[0],
        "high50": p.band50[1],
        "low90": p.band90[0],
        "high90": p.band90[1],
    }


def _line_record(line: Line) -> dict[str, object]:
    found = None if line.score is None else asdict(line.score) | {"beats_rivals": line.score.beats_rivals}
    return {
        "series": line.series,
        "unit": line.unit,
        "score": found,
        "points": [_point_record(p) for p in line.points],
    }


def sheet_record(sheet: Sheet) -> dict[str, object]:
    """Everything of a sheet, for JSON."""
    beaten, outside = lost(sheet)
    return {
        "case": sheet.case,
        "fold": asdict(sheet.fold),
        "seed": sheet.seed,
        "runs": sheet.fitted.runs,
        "cost": sheet.fitted.cost,
        "draws": len(sheet.draws),
        "effective_draws": sheet.effective,
        "parameters": [
            {
                "name": p.name,
                "unit": p.unit,
                "low": p.low,
                "high": p.high,
                "value": sheet.fitted.values[p.name],
                "spread90": list(sheet.spread(p.name)),
            }
            for p in sheet.fitted.parameters
        ],
        "residuals": [float(r) for r in sheet.residuals],
        "series": [_line_record(line) for line in sheet.lines],
        "loses_to_a_rival": beaten,
        "outside_its_band": outside,
    }


def csv_records(sheets: Iterable[Sheet]) -> list[dict[str, object]]:
    """One flat record per prediction."""
    return [
        {"case": s.case, "fold": s.fold.name, "series": line.series, "unit": line.unit, **_point_record(p)}
        for s in sheets
        for line in s.lines
        for p in line.points
    ]


COLUMNS = {
    "error": ("series", "n", "mape", "last", "year", "before"),
    "hit": ("series", "bias", "signs", "in50", "in90"),
    "score": ("series", "n", "mape", "bias", "signs", "last", "year", "before", "in50", "in90"),
    "check": ("series", "period", "unit", "seen", "model", "band90"),
    "parameter": ("parameter", "unit", "bounds", "best", "band90"),
}


def columns(table: str, say: Say) -> list[str]:
    """Headings of a table."""
    return [say(f"hindcast.column.{name}") for name in COLUMNS[table]]


def halves(rows: list[list[Cell]]) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """The rows of the scores as two tables that a terminal has room for: errors beside rivals, then what was hit."""
    errors, hits = ([COLUMNS["score"].index(name) for name in COLUMNS[half]] for half in ("error", "hit"))
    return [[row[i] for i in errors] for row in rows], [[row[i] for i in hits] for row in rows]


def loss_lines(world: World, sheet: Sheet, say: Say) -> list[str]:
    """Where the sheet loses, and how far its draws may be trusted."""
    beaten, outside = lost(sheet)

    def named(series: list[str]) -> str:
        return say("number.semicolon").join(series_words(world, s, say) for s in series) or say("number.gap")

    return [
        say("hindcast.beaten", names=named(beaten)),
        say("hindcast.outside", names=named(outside)),
        say("hindcast.draws", n=len(sheet.draws), effective=f"{sheet.effective:.0f}", runs=sheet.fitted.runs),
    ]
