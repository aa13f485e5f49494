"""The race as records for programs and as tables for people."""

from __future__ import annotations

import math

from didymium.chain.additions import HOME_STAGES
from didymium.chain.outlook import HORIZON_Y, Outlook, binding_stages
from didymium.clocks import PipelineRow
from didymium.report.numbers import amount, bare_percent, joined, percent, year_or
from didymium.report.page import Cell, TableData
from didymium.report.standing import AHEAD_YEAR, GROUPS, SHOWN_STAGES, TARGET_YEAR, GroupStanding, Race, Standing
from didymium.words import Say
from didymium.world import World

__all__ = [
    "headline",
    "lede",
    "pct",
    "project_rows",
    "race_columns",
    "race_records",
    "race_rows",
    "race_table_data",
]


def race_records(race: Race) -> list[dict[str, object]]:
    """One flat record per bloc and basket; keys carry units, a gap is None."""
    return [_record(s, group, race) for s in race.standings for group in GROUPS]


def _record(s: Standing, group: str, race: Race) -> dict[str, object]:
    g = s.groups[group]
    o = g.outlook
    record: dict[str, object] = {"bloc": s.bloc, "basket": group, "year": race.flows.year}
    record |= {f"share_{stage}_pct": pct(g.shares[stage]) for stage in SHOWN_STAGES}
    record |= {f"output_{stage}_t_reo_per_y": _tonnes(g.output_t[stage]) for stage in HOME_STAGES}
    record |= {f"own_need_{stage}_pct": pct(g.own_need[stage]) for stage in HOME_STAGES}
    record |= {
        "use_t_reo_per_y": round(g.use_t, 2),
        "dependence_pct": pct(g.dependence),
        "largest_supplier": g.supplier or None,
        "exposure_pct": pct(g.exposure),
        "n_minus_1_cover_pct": pct(g.cover),
        "projects_live": len(s.live),
        f"projects_expected_by_{TARGET_YEAR}": round(s.expected, 2),
        "first_year_half_own_need": o.first_year,
        "first_year_band50_low": o.band50[0],
        "first_year_band50_high": o.band50[1],
        "first_year_band90_low": o.band90[0],
        "first_year_band90_high": o.band90[1],
        f"reached_by_{HORIZON_Y}_pct": pct(o.reached),
        f"binding_in_{HORIZON_Y}": list(binding_stages(o)),
        "projects_without_capacity": list(o.imputed),
    }
    bands = ("band90_low", "band50_low", "median", "band50_high", "band90_high")
    at = o.dependence[:, o.years.index(AHEAD_YEAR)]
    return record | {f"dependence_{AHEAD_YEAR}_{n}_pct": pct(float(v)) for n, v in zip(bands, at, strict=True)}


def project_rows(rows: tuple[PipelineRow, ...]) -> list[dict[str, object]]:
    """One flat record per live project; dates are decimal years, None beyond the follow-up of the clocks."""
    return [
        {
            "project": r.record.project,
            "country": r.record.country,
            "stages": list(r.record.stages),
            "announced_y": r.record.announced_y,
            "promise_y": r.promise_y,
            f"probability_by_end_{TARGET_YEAR}": round(r.probability_by, 4),
            "median_start_y": r.median_start_y,
            "source": r.record.source,
        }
        for r in rows
    ]


def _tonnes(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None


def pct(fraction: float) -> float | None:
    """A fraction in per cent to three decimals; None for NaN."""
    return round(100 * fraction, 3) if math.isfinite(fraction) else None


def race_columns(say: Say) -> tuple[tuple[str, str], ...]:
    """Headings and units of the table for people."""
    return (
        (say("race.columns.bloc"), ""),
        *((say(f"short_stage.{stage}"), "%") for stage in SHOWN_STAGES),
        (say("race.columns.dependence"), "%"),
        (say("race.columns.supplier"), ""),
        (say("race.columns.cover"), "%"),
        (say("race.columns.live"), say("race.units.live", year=TARGET_YEAR)),
        (say("race.columns.first_year"), say("race.units.first_year")),
    )


def race_rows(world: World, race: Race, group: str, say: Say) -> list[tuple[str, ...]]:
    """Rows of the table for people: every cell is text."""
    return [_row(world, race, s, s.groups[group], say) for s in race.standings]


def _row(world: World, race: Race, s: Standing, g: GroupStanding, say: Say) -> tuple[str, ...]:
    return (
        world.place_name(s.bloc, say.lang),
        *(bare_percent(say, g.shares[stage]) for stage in SHOWN_STAGES),
        bare_percent(say, g.dependence),
        world.place_name(g.supplier, say.lang) if g.supplier else say("number.gap"),
        bare_percent(say, g.cover),
        say("race.live_of", expected=f"{s.expected:.1f}", live=len(s.live)) if s.live else say("number.gap"),
        _first_year(g.outlook, race.flows.year, say) if g.in_use else say("number.gap"),
    )


def _first_year(o: Outlook, base_year: int, say: Say) -> str:
    """The median year, and the bands where they say something else."""
    years = [year_or(say, y, base_year, HORIZON_Y) for y in (o.first_year, *o.band50, *o.band90)]
    if len(set(years)) == 1:
        return years[0]
    median, a, b, c, d = years
    return say("race.first_year", median=median, a=a, b=b, c=c, d=d)


def race_table_data(world: World, race: Race, group: str, say: Say) -> TableData:
    """The table of one basket for the page."""
    columns = race_columns(say)
    rows: tuple[tuple[Cell, ...], ...] = tuple(race_rows(world, race, group, say))
    return TableData(tuple(c for c, _ in columns), rows, tuple(u for _, u in columns))


def headline(world: World, race: Race, say: Say) -> str:
    """The race in one sentence, computed."""
    leader = max(race.standings, key=lambda s: s.groups["ndpr"].shares["magnet"])
    able = [
        world.place_name(s.bloc, say.lang)
        for s in race.standings
        if s is not leader and s.groups["ndpr"].outlook.first_year is not None
    ]
    who = say("race.somebody", names=joined(say, able)) if able else say("race.nobody")
    return say(
        "race.headline",
        leader=world.place_name(leader.bloc, say.lang),
        magnet=percent(say, leader.groups["ndpr"].shares["magnet"]),
        who=who,
        horizon=HORIZON_Y + 1,
    )


def lede(race: Race, say: Say) -> str:
    """What the numbers are, in a paragraph."""
    return say(
        "race.lede",
        year=race.flows.year,
        observations=amount(say, float(sum(r.grade != "D" for r in race.flows.residuals))),
    ).strip()
