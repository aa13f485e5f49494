"""How long the ways between blocs take: a part that is the same on every lane, and one that goes with its length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from didymium.chain.structure import Array
from didymium.market.behaviour import DAYS_PER_Y, Behaviour
from didymium.world import World

__all__ = ["REFERENCE", "Lanes", "read_lanes", "transit_y"]

REFERENCE = ("CHN", "EUU")
"""The lane whose time is ``transit_abroad``."""


@dataclass(frozen=True)
class Lanes:
    """Lengths (N, N) over that of the lane of reference, zero at home, and the sources they stand on."""

    over_reference: Array
    sources: frozenset[str]


def read_lanes(world: World, blocs: tuple[str, ...]) -> Lanes:
    """The table ``lanes``; a pair that it does not hold is taken to be as far apart as the lane of reference."""
    rows = {frozenset((r.text("one"), r.text("other"))): r for r in world.rows("lanes")}
    reference = rows[frozenset(REFERENCE)].number("km")
    found = 1.0 - np.eye(len(blocs))
    for i, one in enumerate(blocs):
        for j, other in enumerate(blocs[:i]):
            if (row := rows.get(frozenset((one, other)))) is not None:
                found[i, j] = found[j, i] = row.number("km") / reference
    return Lanes(found, frozenset(r.text("source") for r in rows.values()))


def transit_y(way: Array, behaviour: Behaviour) -> Array:
    """Years on ``way``, any shape, in lengths of the lane of reference; nothing at home."""
    days, same = behaviour.values["transit_abroad"], behaviour.values["transit_handling"]
    return np.where(way > 0, days / DAYS_PER_Y * (same + (1 - same) * way), 0.0)
