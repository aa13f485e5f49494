"""Blocs with their wants, goods in use, scrap and public stocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import mul
from typing import TYPE_CHECKING

from didymium.market.structure import OXIDE, PRODUCT
from market_objects.rules import Row, Rules, plus, zeros

if TYPE_CHECKING:
    from market_objects.exchange import Market
    from market_objects.plants import Separator
    from market_objects.users import Consumer, User


@dataclass(eq=False, kw_only=True)
class Bloc:
    """What a bloc wants, what it has in use, and the ways of its scrap."""

    rules: Rules
    market: Market
    watch: float
    """How far its users answer restrictions by holding more."""
    worth: Row
    group: list[int]
    final_use: Row
    other_use: Row
    use_index: Row
    other_index: Row
    in_use: Row
    past_leaving: list[Row]
    past_collected: list[Row]
    leave: Row
    collected: Row
    recovered: Row
    steps_per_y: int
    separator: Separator | None = None
    consumer: Consumer | None = None
    ways: list[tuple[Bloc, Row]] = field(default_factory=list)
    inflow: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.caution = self.rules.by_form(zeros())
        self.use = self.other = self.retiring = self.collecting = self.back = self.lost = []
        self.scrap = [0.0] * len(self.in_use)

    def begin(self, t: int) -> None:
        """Sets what retires and is collected in the year that begins, from the inflows of the years before it."""
        if t % self.steps_per_y:
            return
        year = t // self.steps_per_y
        self.retiring, self.collecting = self.past_leaving[year], self.past_collected[year]
        for inflow, leave, collected in zip(reversed(self.inflow), self.leave, self.collected, strict=False):
            self.retiring = [r + x * leave for r, x in zip(self.retiring, inflow, strict=True)]
            self.collecting = [c + x * collected for c, x in zip(self.collecting, inflow, strict=True)]
        self.inflow.append([0.0] * len(self.in_use))

    def want(self, t: int) -> None:
        """What final users and other uses want at the prices paid, t/y."""
        use, other, demand = self.use_index[t], self.other_index[t], self.market.demand
        self.use = [x * use * d for x, d in zip(self.final_use, demand[PRODUCT], strict=True)]
        self.other = [x * other * d for x, d in zip(self.other_use, demand[OXIDE], strict=True)]

    def retire(self, t: int) -> None:
        """Puts goods into use and takes out what retires; ``scrap`` holds the swarf of the step."""
        dt, used = self.rules.dt, self.consumer.used
        self.inflow[-1] = plus(self.inflow[-1], used)
        self.in_use = [x + u - r * dt for x, u, r in zip(self.in_use, used, self.retiring, strict=True)]
        self.scrap = [s + c * dt for s, c in zip(self.scrap, self.collecting, strict=True)]
        self.lost = [(r - c) * dt for r, c in zip(self.retiring, self.collecting, strict=True)]
        self.back = [0.0] * len(self.scrap)

    def send_scrap(self, t: int) -> None:
        """Scrap and swarf go their ways; what has no way is lost."""
        for to, share in self.ways:
            to.back = plus(to.back, map(mul, self.scrap, share))
        self.lost = plus(self.lost, self.scrap)
        self.scrap = [0.0] * len(self.scrap)

    def recover(self, t: int) -> None:
        """Oxide from the scrap that has come."""
        if self.separator is not None:
            back = list(map(mul, self.back, self.recovered))
            self.separator.recover(self.rules.of_all(back))
            self.lost = [x - b for x, b in zip(self.lost, back, strict=True)]


class Store:
    """A public stock of one form: buys and releases at its pace, out of and into what users hold."""

    def __init__(self, user: User, rate: Row, what: Row) -> None:
        self.user, self.rate, self.what = user, rate, what

    def buys(self, t: int) -> Row:
        rate = max(self.rate[t], 0.0)
        return [rate * w for w in self.what]

    def trade(self, t: int) -> None:
        user, rate = self.user, self.rate[t] * self.user.rules.dt
        moved = [
            min(rate * w, f) if rate * w > 0.0 else max(rate * w, -r)
            for w, f, r in zip(self.what, user.feed, user.reserve, strict=True)
        ]
        user.feed = [f - m for f, m in zip(user.feed, moved, strict=True)]
        user.reserve = plus(user.reserve, moved)
