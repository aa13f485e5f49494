"""Behaviour that all share, and rows: plain lists of floats, one for each element that a form may hold.

Up to oxide that is all fifteen; metal, magnets and goods hold only some.
"""

from __future__ import annotations

import math
from operator import add

from didymium.market.structure import METAL, PRODUCT, Knobs

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
    """Behaviour that all share, what a first-order adjustment does within a step, and which elements goods hold."""

    def __init__(self, knobs: Knobs, dt: float, goods: list[int]) -> None:
        self.knobs, self.dt, self.goods = knobs, dt, goods
        self.learn = share_of_step(dt, knobs.expect_y)
        self.turn = share_of_step(dt, knobs.supplier_inertia_y)
        self.trust = share_of_step(dt, knobs.reliability_y)
        self.file = share_of_step(dt, knobs.filing_y)

    def elements(self, form: int) -> list[int]:
        return self.goods if form >= METAL else list(range(15))

    def of_goods(self, row: Row) -> Row:
        return [row[e] for e in self.goods]

    def by_form(self, row: Row) -> list[Row]:
        """A row of all elements, as each form needs it."""
        return [row] * METAL + [self.of_goods(row)] * (PRODUCT + 1 - METAL)

    def of_all(self, row: Row) -> Row:
        """A row of goods with zeros where they hold nothing."""
        wide = zeros()
        for e, x in zip(self.goods, row, strict=True):
            wide[e] = x
        return wide

    def over_forms(self, rows: list[Row]) -> Row:
        """Sums of rows of all elements and of goods."""
        few = [row for row in rows if len(row) < 15]
        whole = totals([row for row in rows if len(row) == 15])
        return plus(whole, self.of_all(totals(few))) if few else whole
