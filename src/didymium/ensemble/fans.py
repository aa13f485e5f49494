"""Fans and first passages: what the members say about each cell, read a few series at a time.

Quantiles are order statistics: the least value that at least that share of the members does not exceed (type 1 of
Hyndman & Fan 1996, Am. Stat. 50:361). They need no arithmetic between members, so an infinite value (a year that never
comes) is as good as any. A gap is left out of its cell, and the number of members that stay is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from didymium.ensemble.columns import TIME, pick
from didymium.ensemble.dataset import Members, chosen_columns, chosen_outputs, listed, read_columns, shaped
from didymium.ensemble.store import Store
from didymium.ensemble.task import Array
from didymium.errors import DidymiumError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["FAN", "fans", "first_passage", "quantiles_of"]

FAN = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Median, and the bounds of the middle 50 % and 90 %."""

MEMORY_BYTES = 64 * 2**20
"""Values held at a time; sorting takes about as much again."""

Where = Mapping[str, str]


def fans(
    store: Store,
    outputs: Sequence[str] | None = None,
    where: Where | None = None,
    quantiles: Sequence[float] = FAN,
) -> xr.Dataset:
    """Quantiles of each output over members: dimension ``quantile`` first, then the output's own.

    ``NAME_members`` counts the members without a gap in each cell. Memory does not grow with the number of outputs or
    series. Raises DidymiumError for a share outside 0 to 1, UnknownName, StoreError.
    """
    import xarray as xr

    for q in quantiles:
        if not 0 <= q <= 1:
            raise DidymiumError(f"quantile {q}", expected="a share from 0 to 1", cure="write 5 % as 0.05")
    data: dict[str, object] = {}
    dims: set[str] = set()
    picked, among = pick(store.manifest.coords, where), listed(store)
    for name, output in chosen_outputs(store, outputs).items():
        found = _by_columns(store, name, where, among, lambda v: quantiles_of(v, quantiles))
        full = shaped(found, output, picked)
        attrs = {"units": output.unit, "long_name": output.long_name}
        data[name] = (("quantile", *output.dims), full[:-1], attrs)
        data[f"{name}_members"] = (output.dims, full[-1], {"units": "count", "long_name": "members without a gap"})
        dims |= set(output.dims)
    coords = {"quantile": list(quantiles), **{d: list(picked[d]) for d in picked if d in dims}}
    return xr.Dataset(data, coords, {"task": store.manifest.task})


def quantiles_of(values: Array, quantiles: Sequence[float]) -> Array:
    """Quantiles over the first axis of (members, ...), and below them the count of members without a gap."""
    count = len(values) - np.isnan(values).sum(axis=0)
    out = np.full((len(quantiles) + 1, *values.shape[1:]), np.nan)
    out[-1] = count
    if len(values):
        # The small term keeps 0.55 x 100 = 55.000000000000007 at the 55th.
        ranks = [np.clip(np.ceil(q * count - 1e-9).astype(int) - 1, 0, len(values) - 1) for q in quantiles]
        # Gaps go last; several ranks of one column are found by a sort that stops at them.
        ordered = np.partition(values, np.unique(ranks), axis=0)
        for i, rank in enumerate(ranks):
            out[i] = np.take_along_axis(ordered, rank[None], axis=0)[0]
    return out


def first_passage(
    store: Store, output: str, level: float, where: Where | None = None, *, below: bool = False
) -> xr.Dataset:
    """Share of members in which ``output`` has reached ``level`` by each date, from above if ``below``.

    ``probability`` has the output's dimensions; its value at a date answers "by then". A member with a gap before it
    reaches the level is left out from the gap on; ``members`` counts the others. A condition on time is refused, since
    the passage may lie before it. Raises DidymiumError for an output without time.
    """
    import xarray as xr

    definition = chosen_outputs(store, [output])[output]
    if TIME not in definition.dims or TIME in (where or {}):
        raise DidymiumError(
            f"first passage of {output!r}",
            expected="an output along time, and no condition on time",
            cure="choose the date in the result",
        )
    found = _by_columns(store, output, where, listed(store), lambda v: _passage(v, level, below))
    picked = pick(store.manifest.coords, where)
    probability, members = shaped(found, definition, picked)
    reached = f"{definition.long_name} {'at or below' if below else 'at or above'} {level:g} {definition.unit}"
    data = {
        "probability": (definition.dims, probability, {"units": "1", "long_name": reached}),
        "members": (definition.dims, members, {"units": "count", "long_name": "members without a gap before"}),
    }
    return xr.Dataset(data, {d: list(picked[d]) for d in definition.dims}, {"task": store.manifest.task})


def _passage(values: Array, level: float, below: bool) -> Array:
    hit = values <= level if below else values >= level
    reached = np.logical_or.accumulate(hit, axis=-1)
    known = reached | ~np.logical_or.accumulate(np.isnan(values), axis=-1)
    members = known.sum(axis=0).astype(float)
    with np.errstate(invalid="ignore"):
        return np.stack([reached.sum(axis=0) / members, members])


def _by_columns(
    store: Store, output: str, where: Where | None, among: Members, verb: Callable[[Array], Array]
) -> Array:
    """``verb`` of (members, columns, length) for a few columns at a time, put together along columns."""
    columns = chosen_columns(store, output, where)
    batch = max(1, MEMORY_BYTES // max(1, 8 * len(among) * (columns[0].length or 1)))
    parts = [verb(read_columns(store, columns[i : i + batch], where, among)) for i in range(0, len(columns), batch)]
    return np.concatenate(parts, axis=1)
