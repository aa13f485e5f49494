"""Capacity as a limit on output, only where every operating plant of a bloc and stage has a published capacity."""

from __future__ import annotations

from dataclasses import dataclass

from didymium.chain.observe import Context, Terms, in_unit, output
from didymium.chain.structure import integrated_makers, running_plants
from didymium.units import convert
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
    """Limits, and the (stage, bloc) pairs that are active but whose capacity is not known as a whole.

    That is so when an operating plant has no capacity, when plants are counted on unlike bases, when an aggregate
    beside the plants says that their list is not complete, and when metal plants are inferred rather than listed.
    """
    limits, unknown = [], []
    for stage, form in _FORM.items():
        by_bloc: dict[str, list[Row]] = {}
        for row in running_plants(context.world, stage, context.year):
            by_bloc.setdefault(context.world.bloc_of(row.text("country")), []).append(row)
        inferred = integrated_makers(context.world, context.year) if stage == "metal" else set()
        for bloc in sorted(inferred | set(by_bloc)):
            if bloc not in inferred and _whole(by_bloc[bloc]):
                limits.append(_limit(context, stage, form, bloc, by_bloc[bloc]))
            else:
                unknown.append((stage, bloc))
    return tuple(limits), tuple(unknown)


def _whole(rows: list[Row]) -> bool:
    """Whether ``rows`` are single plants, all with a capacity on one basis that the balance can count."""
    bases = {r.text("basis") for r in rows}
    listed = all(r.text("scope") == "plant" and r.optional("capacity") is not None for r in rows)
    return listed and len(bases) == 1 and bases <= set(_BASKET)


def _limit(c: Context, stage: str, form: str, bloc: str, rows: list[Row]) -> Limit:
    unit = rows[0].text("unit")
    weights = in_unit(c, c.basket(_BASKET[rows[0].text("basis")]), unit)
    capacity = sum(convert(r.number("capacity"), r.text("unit"), unit) for r in rows)
    terms = output(c, form, c.bloc(bloc), weights)
    return Limit(stage, bloc, terms, HEADROOM * capacity, tuple(sorted({r.text("source") for r in rows})))
