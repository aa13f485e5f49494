"""The makers of each stage, from mines to goods."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from operator import mul, sub, truediv

from didymium.market.structure import HEAVY, LIGHT, MAGNET
from market_objects.makers import BulkMaker, Maker
from market_objects.rules import Row, plus, zeros


@dataclass(eq=False, kw_only=True)
class Mine(BulkMaker):
    """Makes ore of its own mix; answers prices at once within its pits, and slowly with new ones."""

    price_floor: list[Row] | None = None
    basket: float = 0.0

    def room(self, t: int) -> float:
        bloc, now, base = self.bloc, 0.0, 0.0
        floors = zeros() if self.price_floor is None else self.price_floor[t]
        for w, o, level, floor in zip(bloc.worth, self.base.output, bloc.market.level, floors, strict=True):
            base += w * o
            now += w * o * max(level, floor)
        self.basket = math.log(now / base) if base > 0.0 and now > 0.0 else 0.0
        return math.exp(self.rules.knobs.mine_short * self.basket)

    def order(self, t: int) -> None:
        self.learn(t)
        self.plan_bulk()

    def make(self, t: int) -> None:
        if self.base.capacity > 0.0:
            years = self.tonnes / self.base.capacity * self.rules.dt
            self.output = [o * years for o in self.base.output]
            self.made = plus(self.made, self.output)

    def respond(self, t: int) -> None:
        knobs, dt = self.rules.knobs, self.rules.dt
        aim = (knobs.mine_long - knobs.mine_short) * self.basket
        self.grown += (1.0 - math.exp(-dt / knobs.mine_response_y)) * (aim - self.grown)


@dataclass(eq=False, kw_only=True)
class Cracker(BulkMaker):
    """Turns ore into mixed compounds."""

    intake: float = 0.0

    def order(self, t: int) -> None:
        self.learn(t)
        self.plan_bulk()
        if self.base.capacity > 0.0:
            self.intake = self.tonnes * self.base.intake / self.base.capacity
        self.choose(t)
        self.place_bulk(self.intake)

    def make(self, t: int) -> None:
        self.process(self.intake, 1.0)


@dataclass(eq=False, kw_only=True)
class Separator(Maker):
    """Separates joint products; runs as hard as its basket is asked for, by worth. Scrap comes back here."""

    unseparated: float
    recycled: Row
    intake: float = 0.0

    def order(self, t: int) -> None:
        self.learn(t)
        self.plan_goods()
        capacity = self.base.capacity
        run = self.runs()
        self.wished = run * capacity
        run = min(run, self.limit / capacity) if capacity > 0.0 else 0.0
        self.intake = run * self.base.intake
        self.choose(t)
        self.place_bulk(self.intake)

    def runs(self) -> float:
        asked, basket = 0.0, 0.0
        rows = zip(self.bloc.worth, self.bloc.market.level, self.plan, self.recycled, self.base.output, strict=True)
        for w, level, p, r, o in rows:
            worth = w * level
            if p > r:
                asked += worth * (p - r)
            basket += worth * o
        return asked / basket if basket > 0.0 else 0.0

    def make(self, t: int) -> None:
        self.process(self.intake, 1.0 - self.unseparated)

    def recover(self, back: Row) -> None:
        rules = self.rules
        self.made, self.output = plus(self.made, back), plus(self.output, back)
        self.recycled = [r + rules.learn * (b / rules.dt - r) for r, b in zip(self.recycled, back, strict=True)]


@dataclass(eq=False, kw_only=True)
class Smelter(Maker):
    """Makes metal; the bloc's other uses of oxide share with it what there is alike."""

    for_metal: Row = field(default_factory=zeros)
    other_taken: Row = field(default_factory=zeros)

    def order(self, t: int) -> None:
        self.learn(t)
        self.plan_goods()
        self.within_limit()
        self.for_metal = self.rules.of_all(list(map(truediv, self.plan, self.base.yields)))
        self.choose(t)
        self.place(t, plus(self.for_metal, self.bloc.other))

    def make(self, t: int) -> None:
        dt = self.rules.dt
        taken, self.other_taken, left = zeros(), zeros(), zeros()
        for e, (metal, other, feed) in enumerate(zip(self.for_metal, self.bloc.other, self.feed, strict=True)):
            need = (metal + other) * dt
            have = min(feed / need, 1.0) if need > 0.0 else 0.0
            taken[e], self.other_taken[e] = metal * dt * have, other * dt * have
            left[e] = max(feed - taken[e] - self.other_taken[e], 0.0)
        self.feed = left
        self.output = list(map(mul, self.rules.of_goods(taken), self.base.yields))
        self.made = plus(self.made, self.output)
        self.lost = list(map(sub, plus(taken, self.other_taken), self.rules.of_all(self.output)))


@dataclass(eq=False, kw_only=True)
class Assembler(Maker):
    """Makes magnets or goods, in which Nd and Pr stand in for each other, as do Dy and Tb."""

    intake: Row = field(default_factory=list)

    def order(self, t: int) -> None:
        self.learn(t)
        self.plan_goods()
        self.within_limit()
        self.intake = list(map(truediv, self.plan, self.base.yields))
        self.choose(t)
        self.place(t, self.intake)

    def make(self, t: int) -> None:
        taken = self.taken()
        self.finish(taken, list(map(mul, taken, self.base.yields)))
        if self.stage == MAGNET:
            self.bloc.scrap = plus(self.bloc.scrap, self.lost)
            self.lost = [0.0] * len(taken)

    def taken(self) -> Row:
        """What is planned, as far as the groups allow: what needs heavy elements stops without them."""
        dt, group = self.rules.dt, self.bloc.group
        have, asked = [0.0] * 3, [0.0] * 3
        for g, f, i in zip(group, self.feed, self.intake, strict=True):
            have[g] += f
            asked[g] += i * dt
        light, heavy = (min(have[g] / asked[g], 1.0) if asked[g] > 0.0 else 1.0 for g in (LIGHT, HEAVY))
        heavy, part = min(light, heavy), self.rules.knobs.heavy_share
        light = (1.0 - part) * light + part * heavy
        of_feed = [0.0] * 3
        for g, share in ((LIGHT, light), (HEAVY, heavy)):
            of_feed[g] = min(share * asked[g] / have[g], 1.0) if have[g] > 0.0 else 0.0
        return [f * of_feed[g] if g else min(i * dt, f) for g, f, i in zip(group, self.feed, self.intake, strict=True)]
