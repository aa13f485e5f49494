"""The inside view of the race as records for programs and as a table for people."""

from __future__ import annotations

import math

from didymium.chain.outlook import BINDS_OFTEN
from didymium.ensemble.inside import Inside, inside_view
from didymium.ensemble.store import Store
from didymium.report.numbers import bare_percent, joined
from didymium.report.page import TableData
from didymium.report.race_table import pct
from didymium.words import Say
from didymium.world import World

__all__ = ["inside_caption", "inside_table", "with_inside"]


def with_inside(records: list[dict[str, object]], store: Store) -> list[dict[str, object]]:
    """The records of the race with what the members of ``store`` say; None for a bloc they say nothing of."""
    found = inside_view(store)
    return [r | _record(found.get((str(r["bloc"]), str(r["basket"])), NOTHING), store) for r in records]


NOTHING = Inside((None,) * 5, math.nan, 0, (math.nan,) * 5, {})
BANDS = ("band90_low", "band50_low", "median", "band50_high", "band90_high")


def _record(inside: Inside, store: Store) -> dict[str, object]:
    years = {f"inside_first_year_{n}": y for n, y in zip(BANDS, inside.first_year, strict=True)}
    depends = {f"inside_dependence_{n}_pct": pct(d) for n, d in zip(BANDS, inside.dependence, strict=True)}
    head: dict[str, object] = {"inside_scenario": store.manifest.task, "inside_runs": store.manifest.runs}
    return {
        **head,
        "inside_last_year": inside.last or None,
        **depends,
        "inside_reached_pct": pct(inside.reached),
        **years,
        "inside_weakest": _weakest(inside),
    }


def _weakest(inside: Inside) -> list[str]:
    return [stage for stage, share in inside.weakest.items() if share >= BINDS_OFTEN]


def inside_caption(store: Store, say: Say) -> str:
    """What the table is of."""
    return say("inside.caption", name=store.manifest.task, runs=store.manifest.runs)


def inside_table(world: World, store: Store, say: Say) -> TableData:
    """A row per bloc and basket."""
    found = inside_view(store)
    rows = tuple(
        (
            world.place_name(bloc, say.lang),
            say(f"group.{basket}"),
            _band(say, *(bare_percent(say, i.dependence[k]) for k in (2, 0, 4))),
            bare_percent(say, i.reached),
            _band(say, *(_year(say, i.first_year[k], i.last) for k in (2, 0, 4))),
            joined(say, [say(f"stage.{s}") for s in _weakest(i)]) or say("number.gap"),
        )
        for (bloc, basket), i in found.items()
    )
    last = max((i.last for i in found.values()), default=0)
    columns = (
        say("race.columns.bloc"),
        say("inside.column.basket"),
        say("inside.column.dependence", year=last),
        say("inside.column.chance", year=last),
        say("race.columns.first_year"),
        say("inside.column.weakest"),
    )
    return TableData(columns, rows, ("", "", say("inside.unit.dependence"), "%", say("inside.unit.first_year"), ""))


def _band(say: Say, median: str, low: str, high: str) -> str:
    return median if median == low == high else say("inside.band", median=median, low=low, high=high)


def _year(say: Say, year: int | None, last: int) -> str:
    return str(year) if year is not None else say("number.beyond", year=last)
