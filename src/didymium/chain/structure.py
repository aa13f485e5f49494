"""The chain as data: stages and forms in order, yields, and which bloc can do what in the base year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from didymium.errors import TableError
from didymium.world import ELEMENTS, WORLD, Row, World

__all__ = [
    "FORMS",
    "STAGES",
    "Array",
    "Links",
    "Recipes",
    "active_blocs",
    "integrated_makers",
    "ran_in",
    "read_links",
    "read_recipes",
    "running_plants",
]

Array = NDArray[np.float64]

FORMS = ("concentrate", "mixed", "oxide", "metal", "magnet", "product")
"""Forms that are shipped between blocs, in the order of the chain."""

STAGES = ("mine", "crack", "separate", "metal", "magnet", "assemble")
"""Stages that make the forms, in the same order."""

_PLANT_STAGES = {
    "crack": ("crack", "separate"),
    "separate": ("separate",),
    "metal": ("metal", "alloy"),
    "magnet": ("magnet",),
    "recycle": ("separate",),
}
"""Stages of the plants table that can do each stage of the chain."""


@dataclass(frozen=True)
class Recipes:
    """Yields by stage: arrays (blocs, 15), t REO-equivalent out per t in."""

    yields: Mapping[str, Array]
    sources: frozenset[str]


@dataclass(frozen=True)
class Links:
    """Shares (from, to, 15) of each form that the first guess gives to every link; a link without a share is absent."""

    shares: Mapping[str, Array]
    sources: frozenset[str]
    unused: tuple[str, ...] = ()
    """Routes that were left out because one end has no plant for its part: file and line."""


def read_recipes(world: World) -> Recipes:
    """Yields from the recipes table; a row for one bloc or element goes before a row for all (``*``), the bloc first.

    Raises TableError for a yield of nothing and for a stage without a yield for every bloc and element.
    """
    blocs = world.blocs
    yields: dict[str, Array] = {}
    sources: set[str] = set()
    for stage in (*STAGES[1:], "recycle"):
        table = np.full((len(blocs), len(ELEMENTS)), np.nan)
        for row in sorted(world.rows("recipes", stage=stage), key=_special_last):
            who = range(len(blocs)) if row.text("bloc") == "*" else [blocs.index(world.bloc_of(row.text("bloc")))]
            table[np.ix_(who, _elements(world, row.text("elements")))] = _yield(row)
            sources.add(row.text("source"))
        if np.isnan(table).any():
            raise TableError(
                f"no yield of stage {stage!r} for every bloc and element",
                where="recipes.csv",
                expected="a row with bloc * and elements *",
            )
        yields[stage] = table
    return Recipes(yields, frozenset(sources))


def _special_last(row: Row) -> tuple[bool, bool]:
    return row.text("bloc") != "*", row.text("elements") != "*"


def _yield(row: Row) -> float:
    value = row.number("yield_fraction")
    if value <= 0:
        raise TableError(
            f"a yield of {value:g} lets nothing through",
            where=f"recipes.csv:{row.line}, yield_fraction",
            expected="above 0 and at most 1",
        )
    return value


def active_blocs(world: World, stage: str, year: int) -> frozenset[str]:
    """Blocs with a plant for ``stage`` that operates in ``year``; to mine counts who mines or draws on stocks."""
    if stage == "mine":
        rows = [r for r in world.rows("production", year=year, latest=True) if r.number("value_t_reo") > 0]
        rows += world.rows("observations", year=year, quantity="stock_drawn", form="concentrate")
        return frozenset(world.bloc_of(r.text("place")) for r in rows if r.text("place") != WORLD)
    if stage in ("assemble", "use"):
        return frozenset(world.blocs)
    named = {world.bloc_of(r.text("country")) for r in running_plants(world, stage, year)}
    return frozenset(named | (integrated_makers(world, year) if stage == "metal" else set()))


def running_plants(world: World, stage: str, year: int) -> list[Row]:
    """Plants that can do ``stage`` and operate in ``year``."""
    return [r for r in world.rows("plants") if r.text("stage") in _PLANT_STAGES[stage] and ran_in(r, year)]


def ran_in(plant: Row, year: int) -> bool:
    """Whether ``plant`` operates in ``year``: without a start year it is taken to, closed without an end year not."""
    closed = plant.text("status") == "closed"
    end = plant.optional("end_year")
    if plant.text("status") != "operating" and not (closed and end is not None):
        return False
    return (plant.optional("start_year") or year) <= year <= (year if end is None else end)


def integrated_makers(world: World, year: int) -> set[str]:
    """Blocs where one maker both separates and sinters: it is taken to reduce its oxide there too."""
    makers: dict[str, set[tuple[str, str]]] = {"separate": set(), "magnet": set()}
    for row in (*running_plants(world, "separate", year), *running_plants(world, "magnet", year)):
        if row.text("stage") in makers and row.text("operator"):
            maker = row.text("operator").split()[0].rstrip(",")
            makers[row.text("stage")].add((world.bloc_of(row.text("country")), maker))
    return {bloc for bloc, _ in makers["separate"] & makers["magnet"]}


def read_links(world: World, year: int) -> Links:
    """Links of every form in ``year``: published routes, and home for the remainder.

    A link exists when a route names it and both ends can do their part; goods with magnets in them go anywhere.
    Raises TableError for routes above 100 %, and for ore or mixed compounds of a bloc that nobody takes.
    """
    blocs = world.blocs
    n = len(blocs)
    shares: dict[str, Array] = {}
    sources: set[str] = set()
    unused: list[str] = []
    can = {stage: active_blocs(world, stage, year) for stage in (*STAGES, "recycle")}
    everyone = frozenset(blocs)
    takers = {
        "concentrate": can["crack"],
        "mixed": can["separate"],
        "oxide": everyone,
        "metal": can["magnet"],
        "magnet": everyone,
        "scrap": can["recycle"],
    }
    makers = dict(zip(FORMS[:-1], (can[s] for s in STAGES[:-1]), strict=True)) | {"scrap": can["magnet"]}
    for form in (*FORMS[:-1], "scrap"):
        share = np.zeros((n, n, len(ELEMENTS)))
        for row in sorted(world.rows("routes", year=year, form=form), key=lambda r: r.text("basket") != "*"):
            exporter, importer = row.text("exporter"), row.text("importer")
            if exporter in makers[form] and importer in takers[form]:
                what = _elements(world, row.text("basket"))
                share[blocs.index(exporter), blocs.index(importer), what] = row.number("share_pct") / 100
                sources.add(row.text("source"))
            else:
                unused.append(f"routes.csv:{row.line}")
        _keep_remainder_home(share, blocs, takers[form], form)
        share[[b not in makers[form] for b in blocs]] = 0.0
        _open_ends(share, blocs, makers[form], form, year)
        shares[form] = share
    return Links(shares, frozenset(sources), tuple(unused))


def _open_ends(share: Array, blocs: tuple[str, ...], makers: frozenset[str], form: str, year: int) -> None:
    """What nobody takes: scrap stays where it falls and is lost; ore and mixed compounds would dam the chain up."""
    for i, bloc in enumerate(blocs):
        stuck = (share[i].sum(axis=0) <= 0) & (bloc in makers)
        if form == "scrap":
            share[i, i, stuck] = 1.0
        elif stuck.any() and form in ("concentrate", "mixed"):
            raise TableError(
                f"{bloc} makes {form} in {year}, but no route takes {_names(stuck)} to a bloc that can use it",
                where="routes.csv",
                expected=f"a route to a bloc with a plant to {'crack' if form == 'concentrate' else 'separate'} it",
                cure="add the route, or the plant in plants.csv",
            )


def _names(chosen: NDArray[np.bool_]) -> str:
    return "it" if chosen.all() else " ".join(e for e, yes in zip(ELEMENTS, chosen, strict=True) if yes)


def _elements(world: World, basket: str) -> list[int]:
    names = ELEMENTS if basket == "*" else tuple(world.element(e) for e in basket.split())
    return [ELEMENTS.index(e) for e in names]


def _keep_remainder_home(share: Array, blocs: tuple[str, ...], takers: frozenset[str], form: str) -> None:
    """The share that no route names stays at home, or follows the named routes where home cannot take it."""
    for i, bloc in enumerate(blocs):
        named = share[i].sum(axis=0)
        if (named > 1 + 1e-9).any():
            raise TableError(
                f"routes of {form} from {bloc} add up to {named.max():.1%}",
                where="routes.csv",
                expected="at most 100 % for every element",
            )
        if bloc in takers:
            share[i, i] += 1 - named
        else:
            share[i] /= np.where(named > 0, named, 1.0)
