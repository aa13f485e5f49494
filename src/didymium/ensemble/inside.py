"""The inside view: what an ensemble of the market says about standing alone, beside the outside view of the clocks.

Dependence is that of the trace, of each simulated calendar year: what the market ships, not what capacity could carry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from didymium.ensemble.columns import TIME, pick
from didymium.ensemble.dataset import Members, chosen_columns, listed, read_columns, shaped
from didymium.ensemble.fans import FAN, quantiles_of
from didymium.ensemble.series import Series, Stored
from didymium.ensemble.store import Store, open_store
from didymium.ensemble.task import Array
from didymium.errors import StoreError

__all__ = ["Inside", "chance_mined", "chance_standing", "inside_view", "market_store"]

NEEDED = ("dependence", "first_year", "weakest", "mined")


@dataclass(frozen=True)
class Inside:
    """One bloc on one basket in all members.

    ``first_year`` and ``dependence`` (in ``last``, the last year) are at the quantiles of ``FAN``; a first year is None
    where it does not come. ``reached`` is the share of members in which it does; ``weakest`` gives by stage the share
    of members in which none is done less at home in the last year. Members with a gap count in none of them.
    """

    first_year: tuple[int | None, ...]
    reached: float
    last: int
    dependence: tuple[float, ...]
    weakest: Mapping[str, float]


def market_store(folder: Path | str) -> Store:
    """A store of ``didymium simulate``; raises StoreError for any other."""
    store = open_store(folder)
    missing = [name for name in NEEDED if name not in store.manifest.outputs]
    if missing:
        raise StoreError(
            f"the store does not hold {', '.join(missing)}",
            where=str(folder),
            expected="members of didymium simulate",
            cure="make them: didymium simulate baseline-2024 --runs 1000 --out FOLDER",
        )
    return store


def inside_view(store: Store) -> Mapping[tuple[str, str], Inside]:
    """What every bloc's members say, by (bloc, basket); a bloc that uses too little of a basket is left out."""
    coords = store.manifest.coords
    last = int(coords[TIME][-1][:4])
    among = listed(store)
    every = {name: _last(store, name, among) for name in ("first_year", "dependence", "weakest")}
    found = {}
    for i, bloc in enumerate(coords["bloc"]):
        for j, basket in enumerate(coords["basket"]):
            first, depends = every["first_year"][:, i, j], every["dependence"][:, i, j]
            if not len(first) or np.isnan(first).all() or np.isnan(depends).all():
                continue
            found[bloc, basket] = Inside(
                tuple(int(y) if math.isfinite(y) else None for y in _fan(first)),
                _share(first, last),
                last,
                tuple(float(d) for d in _fan(depends)),
                {s: float(np.nanmean(every["weakest"][:, k, i, j])) for k, s in enumerate(coords["stage"])},
            )
    return found


def _last(store: Store, name: str, among: Members) -> Array:
    """An output of the members ``among``, (members, ...) without time: what it is at the last of the steps."""
    output, coords = store.manifest.outputs[name], store.manifest.coords
    at = {TIME: coords[TIME][-1]} if TIME in output.dims else None
    values = shaped(read_columns(store, chosen_columns(store, name, at), at, among), output, pick(coords, at))
    return values.squeeze(axis=1 + output.dims.index(TIME)) if at else values


def chance_standing(store: Store, bloc: str, basket: str, year: int) -> float | None:
    """Share of members in which ``bloc`` stands alone in some year up to ``year``.

    None beyond the end of the run, and where ``bloc`` uses too little in every member.
    """
    if year > int(store.manifest.coords[TIME][-1][:4]):
        return None
    first = Stored(store).members(Series("first_year", (("bloc", bloc), ("basket", basket))))[:, 0]
    share = _share(first, year)
    return None if math.isnan(share) else share


def _share(first: Array, year: int) -> float:
    """Share of the members without a gap whose first year has come by ``year``; a gap where all have one."""
    known = first[~np.isnan(first)]
    return float((known <= year).mean()) if len(known) else math.nan


def chance_mined(store: Store, bloc: str, tonnes: float, year: int) -> tuple[float, tuple[float, ...]] | None:
    """Share of members whose mines give ``tonnes``, t REO, or more in ``year``, and what they give at ``FAN``.

    A member with a gap in that year counts in neither. None beyond the end of the run, and where all members have one.
    """
    times = np.array([t[:4] == str(year) for t in store.manifest.coords[TIME]])
    if not times.any():
        return None
    mined = Stored(store).members(Series("mined", (("bloc", bloc),)))[:, times].mean(axis=1)
    known = mined[~np.isnan(mined)]
    if not len(known):
        return None
    return float((known >= tonnes).mean()), tuple(float(q) for q in _fan(known))


def _fan(values: Array) -> Array:
    return quantiles_of(values[:, None], FAN)[:-1, 0]
