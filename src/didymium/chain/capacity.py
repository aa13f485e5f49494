"""Capacity as a limit on output, only where every operating plant of a bloc and stage has a published capacity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.chain.layout import Layout
from didymium.chain.observe import Context, Terms, in_unit
from didymium.world import ELEMENTS
from didymium.world.reader import Row

__all__ = ["Limit", "capacity_limits"]

_FORM = {"separate": "oxide", "metal": "metal", "magnet": "magnet"}
_BASKET = {"reo_total": "*", "ndpr": "Nd Pr", "magnet_reo": "Nd Pr Dy Tb", "metal": "*", "magnet": "*"}
HEADROOM = 1.1
"""Plants run above nameplate at times; a limit binds at 110 %: an assumption."""


@dataclass(frozen=True)
class Limit:
    """An upper bound on a linear form of the unknowns."""

    stage: str
    bloc: str
    terms: Terms
    limit: float
    sources: tuple[str, ...]


def capacity_limits(context: Context) -> tuple[tuple[Limit, ...], tuple[tuple[str, str], ...]]:
    """Limits, and the (stage, bloc) pairs where some operating plant has no published capacity."""
    limits, unknown = [], []
    for stage, form in _FORM.items():
        by_bloc: dict[str, list[Row]] = {}
        for row in context.world.rows("plants", stage=stage, status="operating", scope="plant"):
            if (row.optional("start_year") or context.year) <= context.year:
                by_bloc.setdefault(context.world.bloc_of(row.text("country")), []).append(row)
        for bloc, rows in sorted(by_bloc.items()):
            if any(r.optional("capacity") is None or r.text("basis") not in _BASKET for r in rows) or bloc == "CHN":
                unknown.append((stage, bloc))
                continue
            bases = {r.text("basis") for r in rows}
            if len(bases) > 1:
                unknown.append((stage, bloc))
                continue
            limits.append(_limit(context, context.layout, stage, form, bloc, rows))
    return tuple(limits), tuple(unknown)


def _limit(c: Context, layout: Layout, stage: str, form: str, bloc: str, rows: list[Row]) -> Limit:
    i = c.world.blocs.index(bloc)
    unit = rows[0].text("unit")
    weights = in_unit(c, c.basket(_BASKET[rows[0].text("basis")]), unit)
    capacity = sum(r.number("capacity") for r in rows)
    terms = Terms().add(layout.outgoing(form, i), weights if len(weights) == len(ELEMENTS) else np.ones(len(ELEMENTS)))
    return Limit(stage, bloc, terms, HEADROOM * capacity, tuple(sorted({r.text("source") for r in rows})))
