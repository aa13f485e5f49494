"""The two markets, inside China and outside, and the exchange between them."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING

from market_objects.rules import Row, Rules, plus, share_of_step, zeros

if TYPE_CHECKING:
    from market_objects.blocs import Bloc
    from market_objects.links import Link
    from market_objects.makers import Maker
    from market_objects.plants import Assembler
    from market_objects.users import User

LEAST_SHUT = LEAST_COVER = 0.01


class Market:
    """Prices of one side, as logarithms over those of the base year, and who trades there."""

    def __init__(self, rules: Rules) -> None:
        self.rules, knobs = rules, rules.knobs
        self.demand_short, self.slow = knobs.demand_short.tolist(), (knobs.demand_long - knobs.demand_short).tolist()
        self.price, self.thrift, self.paid, self.rest, self.stock = (zeros() for _ in range(5))
        self.level = [1.0] * 15
        self.demand = self.cheap = rules.by_form(self.level)
        self.blocs: list[Bloc] = []
        self.sellers: list[Maker] = []
        self.buyers: list[User] = []
        self.assemblers: list[Assembler] = []

    def pay(self, paid: Row) -> None:
        by_form, elasticity, self.paid = self.rules.by_form, self.rules.knobs.supplier_price, paid
        rows = zip(self.demand_short, paid, self.thrift, strict=True)
        self.demand = by_form([math.exp(d * p + x) for d, p, x in rows])
        self.cheap = by_form([level**-elasticity for level in self.level])

    def cover(self) -> Row:
        """Years of use in stock, oxide to magnets, on the way too; at rest without use."""
        whole = self.rules.over_forms
        use = whole([bloc.other for bloc in self.blocs] + [a.intake for a in self.assemblers])
        self.stock = whole(
            [maker.made for maker in self.sellers]
            + [user.feed for user in self.buyers]
            + [user.transit for user in self.buyers]
        )
        return [s / u if u > 0.0 else r for s, u, r in zip(self.stock, use, self.rest, strict=True)]

    def adapt(self, thrift: float) -> None:
        self.thrift = [x + thrift * (s * p - x) for x, s, p in zip(self.thrift, self.slow, self.paid, strict=True)]


class Exchange:
    """Both markets, and what draws their prices apart and together."""

    def __init__(self, rules: Rules, inside: Market, outside: Market) -> None:
        self.rules, self.inside, self.outside = rules, inside, outside
        self.border: list[Link] = []
        self.caution = zeros()
        knobs, dt = rules.knobs, rules.dt
        self.move, self.fade = share_of_step(dt, knobs.price_adjust_y), share_of_step(dt, knobs.caution_decay_y)
        self.thrift = share_of_step(dt, knobs.thrift_y)

    def pay(self, t: int) -> None:
        """Inside the price is paid, outside mostly the price at the origin."""
        spot = self.rules.knobs.spot_share
        inside, outside = self.inside.price, self.outside.price
        paid = [
            math.log(spot * math.exp(ask) + (1.0 - spot) * math.exp(home))
            for home, ask in zip(inside, outside, strict=True)
        ]
        self.inside.pay(inside)
        self.outside.pay(paid)

    def openness(self) -> Row:
        """Share of what the outside ordered from the inside that was let out."""
        if all(link.passing is None and link.quota is None for link in self.border):
            return [1.0] * 15
        dt, whole, asked, out = self.rules.dt, self.rules.over_forms, [], []
        for link in self.border:
            asked += [link.least, [o * dt for o in link.order]]
            out += [link.least if link.passing is None else list(map(mul, link.least, link.passing)), link.may]
        return [o / a if a > 0.0 else 1.0 for a, o in zip(whole(asked), whole(out), strict=True)]

    def clear(self, t: int) -> None:
        """Prices move to where stocks are held, and together as far as goods may pass, more where less is in stock."""
        knobs, passed = self.rules.knobs, self.openness()
        self.caution = [max(c * (1.0 - self.fade), 1.0 - p) for c, p in zip(self.caution, passed, strict=True)]
        inside = self.moved(self.inside, self.inside.rest, zeros())
        held = [r * (1.0 + knobs.caution * c) for r, c in zip(self.outside.rest, self.caution, strict=True)]
        outside = self.moved(self.outside, held, [knobs.price_shortage * (1.0 - p) for p in passed])
        gaps = [self.closed(*of) for of in zip(passed, inside, outside, strict=True)]
        whole = plus(self.inside.stock, self.outside.stock)
        far = [s / w if w > 0.0 else 1.0 for s, w in zip(self.inside.stock, whole, strict=True)]
        self.inside.price = [p - (1.0 - f) * g for p, f, g in zip(inside, far, gaps, strict=True)]
        self.outside.price = [p + f * g for p, f, g in zip(outside, far, gaps, strict=True)]
        self.inside.adapt(self.thrift)
        self.outside.adapt(self.thrift)

    def closed(self, passed: float, home: float, ask: float) -> float:
        """What arbitrage closes of the gap between both prices; goods that are cheaper outside may always go in."""
        way = passed if ask > home else 1.0
        open_, dt = way / (1.0 - way + LEAST_SHUT), self.rules.dt
        return (1.0 - math.exp(-self.rules.knobs.arbitrage_per_y * open_ * dt)) * (home - ask)

    def moved(self, market: Market, held: Row, scarce: Row) -> Row:
        strength, moved = self.rules.knobs.price_cover, []
        for price, years, h, target in zip(market.price, market.cover(), held, scarce, strict=True):
            if h > 0.0:
                target -= strength * math.log(max(years / h, LEAST_COVER))
            moved.append(price + self.move * (target - price))
        return moved

    @property
    def levels(self) -> tuple[Row, Row]:
        return self.inside.level, self.outside.level

    @property
    def paid(self) -> Row:
        return self.outside.paid

    def close(self, t: int) -> None:
        for market in (self.inside, self.outside):
            market.level = list(map(math.exp, market.price))
        caution = self.rules.by_form(self.caution)
        for bloc in self.outside.blocs:
            bloc.caution = caution
