"""Behaviour that all share, and rows: plain lists of fifteen floats, one for each element."""

from __future__ import annotations

import math
from operator import add

from didymium.market.structure import Knobs

Row = list[float]


def zeros() -> Row:
    return [0.0] * 15


def plus(a: Row, b: Row) -> Row:
    return list(map(add, a, b))


def totals(rows: list[Row]) -> Row:
    """Sums of ``rows`` element by element."""
    if len(rows) > 2:
        return list(map(sum, zip(*rows, strict=True)))
    return plus(*rows) if len(rows) == 2 else rows[0] if rows else zeros()


def share_of_step(dt: float, time_y: float) -> float:
    return 1.0 - math.exp(-dt / time_y) if time_y > 0.0 else 1.0


class Rules:
    """Behaviour that all share, and what a first-order adjustment does within a step."""

    def __init__(self, knobs: Knobs, dt: float) -> None:
        self.knobs, self.dt = knobs, dt
        self.learn = share_of_step(dt, knobs.expect_y)
        self.turn = share_of_step(dt, knobs.supplier_inertia_y)
        self.trust = share_of_step(dt, knobs.reliability_y)
        self.file = share_of_step(dt, knobs.filing_y)
