"""A calendar year of a run as the flows of a base year are: what the trace reads, so that dependence means the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from didymium.chain.flows import Flows
from didymium.chain.structure import FORMS, STAGES, Array, Recipes
from didymium.errors import DidymiumError
from didymium.market.simulate import Run
from didymium.market.structure import CONCENTRATE, MAGNET, METAL, MIXED, OXIDE, PRODUCT

__all__ = ["Home", "dependence", "home_of", "scrap_made", "year_flows", "yearly"]


def yearly(run: Run, series: Array) -> Array:
    """Sums (years, ...) over the calendar years of what is in t per step, (steps, ...); a part of a year is one too."""
    years, rest = divmod(len(series), run.paths.steps_per_y)
    if not rest:
        whole: Array = series.reshape(years, -1, *series.shape[1:]).sum(axis=1)
        return whole
    starts = np.arange(0, len(series), run.paths.steps_per_y)
    parts: Array = np.add.reduceat(series, starts, axis=0)
    return parts


def scrap_made(run: Run) -> Array:
    """Swarf of magnets and magnets collected from old goods, (years, N, 15), t."""
    chain = run.model.chain
    yields = chain.yields[MAGNET]
    lost = np.divide(1 - yields, yields, out=np.zeros_like(yields), where=yields > 0)
    scrap = yearly(run, run.record.output[:, MAGNET]) * lost
    inflow, steps = yearly(run, run.record.used), run.paths.steps_per_y
    part = np.full(len(scrap), 1.0)
    part[-1] = (len(run.record.used) - steps * (len(scrap) - 1)) / steps
    back: Array = chain.past_collected[: len(scrap)].copy()
    for age in range(1, min(len(scrap) - 1, chain.collected.shape[1]) + 1):
        back[age:] += inflow[:-age] * chain.collected[:, age - 1, None]
    return np.asarray(scrap + back * part[:, None, None])


def year_flows(run: Run, year: int) -> Flows:
    """The flows of ``year``; what was shipped in the year counts as its trade. Raises DidymiumError outside the run."""
    k, model, chain = year - run.model.year, run.model, run.model.chain
    if not 0 <= k < -(-len(run.record.used) // run.paths.steps_per_y):
        raise DidymiumError(f"the run does not hold the year {year}", expected=f"a year from {model.year} on")
    links, n = model.links, len(model.blocs)
    shipped, output = yearly(run, run.record.shipped)[k], yearly(run, run.record.output)[k]
    trade = np.zeros((len(FORMS), n, n, shipped.shape[1]))
    np.add.at(trade, (links.form, links.origin, links.to), shipped)
    scrap = np.zeros((n, n, shipped.shape[1]))
    np.add.at(scrap, (chain.scrap_from, chain.scrap_to), scrap_made(run)[k][chain.scrap_from] * chain.scrap_share)
    yields = chain.yields[METAL]
    nodes = {
        "mine": output[CONCENTRATE],
        "unseparated": trade[MIXED].sum(axis=0) * chain.unseparated[:, None],
        "recycled": scrap.sum(axis=0) * chain.recovered,
        "other_use": yearly(run, run.record.other)[k],
        "feed_metal": np.divide(output[METAL], yields, out=np.zeros_like(yields), where=yields > 0),
        "stock_concentrate": output[CONCENTRATE] - trade[CONCENTRATE].sum(axis=1),
        "stock_oxide": output[OXIDE] - trade[OXIDE].sum(axis=1),
    }
    return Flows(
        year=year,
        blocs=model.blocs,
        trade=dict(zip(FORMS, trade, strict=True)) | {"scrap": scrap},
        nodes=nodes,
        recipes=Recipes(dict(zip(STAGES, chain.yields, strict=True)), frozenset()),
        residuals=(),
        sigma={},
        capacity_unknown=(),
        unreported=frozenset(),
        solver={},
        sources=model.sources,
    )


@dataclass(frozen=True)
class Home:
    """What arrived at each bloc by calendar year and what of it had been made there; shares of nothing are zero."""

    made: Array
    """(6, N, years, elements) share made at home by form."""
    scrap: Array
    """(N, years, elements) the same of scrap."""
    recycled: Array
    """(N, years, elements) share of oxide that came from scrap."""
    arrived: Array
    """(6, N, years, elements) what arrived by form, t."""

    @property
    def use(self) -> Array:
        """(N, years, elements) goods with magnets, t."""
        used: Array = self.arrived[PRODUCT]
        return used


def home_of(run: Run, elements: Sequence[int]) -> Home:
    """The shares made at home of ``elements``, by position."""
    links, chain, at = run.model.links, run.model.chain, list(elements)
    shipped = np.ascontiguousarray(yearly(run, run.record.shipped)[:, :, at].transpose(1, 0, 2))
    n, (_, years, e) = len(run.model.blocs), shipped.shape
    arrived, home = np.zeros((6 * n, years, e)), np.zeros((6, n, years, e))
    reached = np.flatnonzero(np.diff(links.into))
    arrived[reached] = np.add.reduceat(shipped, links.into[reached], axis=0)
    arrived = arrived.reshape(home.shape)
    own = np.flatnonzero(links.origin == links.to)
    home[links.form[own], links.to[own]] = shipped[own]
    scrap = scrap_made(run)[:, :, at].transpose(1, 0, 2)[chain.scrap_from] * chain.scrap_share[:, at][:, None]
    came, kept = np.zeros((2, n, years, e))
    np.add.at(came, chain.scrap_to, scrap)
    own = np.flatnonzero(chain.scrap_from == chain.scrap_to)
    kept[chain.scrap_to[own]] = scrap[own]
    back = came * chain.recovered[:, at][:, None]
    primary = chain.yields[OXIDE][:, at][:, None] * arrived[MIXED] * (1 - chain.unseparated[:, None, None])
    return Home(_share(home, arrived), _share(kept, came), _share(back, primary + back), arrived)


def dependence(home: Home, weights: Array) -> Array:
    """Embodied dependence (years, N) by calendar year, the elements weighed by ``weights``; NaN where none is used.

    The chance that a path back to the mine leaves the bloc, as ``chain.trace`` has it. Within one bloc the absorbing
    chain has one loop, oxide from swarf back to the magnet maker, and its sum is a fraction.
    """
    ore, mixed, oxide, metal, magnet, product = home.made
    loop = home.recycled * home.scrap * metal * oxide
    stays = product * magnet * metal * oxide * _share((1 - home.recycled) * mixed * ore, 1 - loop)
    total = home.use @ weights
    found: Array = 1 - np.divide((home.use * stays) @ weights, total, out=np.full_like(total, np.nan), where=total > 0)
    return found.T


def _share(part: Array, whole: Array) -> Array:
    found: Array = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
    return found
