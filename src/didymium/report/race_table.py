"""The race as records for programs and as tables for people."""

from __future__ import annotations

import math

from didymium.chain.outlook import HORIZON_Y, Outlook
from didymium.report.numbers import amount, bare_percent, joined, percent, year_or
from didymium.report.page import Cell, TableData
from didymium.report.standing import GROUPS, SHOWN_STAGES, TARGET_YEAR, GroupStanding, Race, Standing
from didymium.words import Say
from didymium.world import World

__all__ = ["headline", "lede", "race_columns", "race_records", "race_rows", "race_table_data"]


def race_records(race: Race) -> list[dict[str, object]]:
    """One flat record per bloc and basket; keys carry units, a gap is None."""
    return [_record(s, group, race) for s in race.standings for group in GROUPS]


def _record(s: Standing, group: str, race: Race) -> dict[str, object]:
    g = s.groups[group]
    o = g.outlook
    record: dict[str, object] = {"bloc": s.bloc, "basket": group, "year": race.flows.year}
    record |= {f"share_{stage}_pct": _pct(g.shares[stage]) for stage in SHOWN_STAGES}
    record |= {
        "use_t_reo_per_y": round(g.use_t, 2),
        "dependence_pct": _pct(g.dependence),
        "largest_supplier": g.supplier or None,
        "exposure_pct": _pct(g.exposure),
        "n_minus_1_cover_pct": _pct(g.cover),
        "projects_live": len(s.live),
        f"projects_expected_by_{TARGET_YEAR}": round(s.expected, 2),
        "first_year_half_own_need": o.first_year,
        "first_year_band50_low": o.band50[0],
        "first_year_band50_high": o.band50[1],
        "first_year_band90_low": o.band90[0],
        "first_year_band90_high": o.band90[1],
        f"reached_by_{HORIZON_Y}_pct": _pct(o.reached),
    }
    return record


def _pct(fraction: float) -> float | None:
    return round(100 * fraction, 3) if math.isfinite(fraction) else None


def race_columns(say: Say) -> tuple[tuple[str, str], ...]:
    """Headings and units of the table for people."""
    head, unit = "race.columns.", "race.units."
    return (
        (say(head + "bloc"), ""),
        *((say(f"short_stage.{stage}"), say(unit + "share")) for stage in SHOWN_STAGES),
        (say(head + "dependence"), say(unit + "percent")),
        (say(head + "supplier"), ""),
        (say(head + "cover"), say(unit + "percent")),
        (say(head + "live"), say(unit + "live", year=TARGET_YEAR)),
        (say(head + "first_year"), say(unit + "first_year")),
    )


def race_rows(world: World, race: Race, group: str, say: Say) -> list[tuple[str, ...]]:
    """Rows of the table for people: every cell is text."""
    return [_row(world, race, s, s.groups[group], say) for s in race.standings]


def _row(world: World, race: Race, s: Standing, g: GroupStanding, say: Say) -> tuple[str, ...]:
    o = g.outlook

    return (
        world.place_name(s.bloc, say.lang),
        *(bare_percent(say, g.shares[stage]) for stage in SHOWN_STAGES),
        bare_percent(say, g.dependence),
        world.place_name(g.supplier, say.lang) if g.supplier else say("number.gap"),
        bare_percent(say, g.cover),
        say("race.live_of", expected=f"{s.expected:.1f}", live=len(s.live)) if s.live else say("number.gap"),
        say("number.gap") if g.use_t < 0.5 else _first_year(o, race.flows.year, say),
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
    return say("race.lede", year=race.flows.year, observations=amount(say, float(len(race.flows.residuals)))).strip()
