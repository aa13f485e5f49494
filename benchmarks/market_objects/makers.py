"""What all makers do: learn from orders, plan within their capacity, ship what is in stock, grow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from operator import sub

from market_objects.links import Link
from market_objects.rules import Row, plus, totals, zeros
from market_objects.users import User


@dataclass(eq=False)
class Base:
    """A maker in the base year, and its path of capacity."""

    capacity: float
    output: Row
    intake: float
    yields: Row
    built: Row
    running: Row


@dataclass(eq=False, kw_only=True)
class Maker(User):
    """One stage of one bloc."""

    made: Row
    expected: Row
    base: Base
    users: list[Link] = field(default_factory=list)
    grown: float = 0.0
    """Logarithm of capacity added or closed in answer to orders or prices."""
    growth: float = 1.0
    limit: float = 0.0
    wished: float = 0.0
    plan: Row = field(default_factory=zeros)
    output: Row = field(default_factory=zeros)
    lost: Row = field(default_factory=zeros)

    @property
    def cheap(self) -> Row:
        return self.bloc.market.cheap[self.stage]

    @property
    def sent(self) -> list[Row]:
        return [link.sent for link in self.users]

    @property
    def licensed(self) -> Row:
        return [link.licence.licensed for link in self.users]

    def size(self, t: int) -> None:
        """Capacity over that of the base year, and the most that can be made, t/y."""
        self.growth = self.base.built[t] * math.exp(self.grown)
        self.limit = self.base.capacity * self.growth * self.room(t) * self.base.running[t]

    def room(self, t: int) -> float:
        return self.rules.knobs.headroom

    def learn(self, t: int) -> None:
        learn, received = self.rules.learn, self.over_users([link.counted(t) for link in self.users])
        self.expected = [x + learn * (r - x) for x, r in zip(self.expected, received, strict=True)]

    def over_users(self, rows: list[Row]) -> Row:
        return totals(rows) if rows else [0.0] * len(self.made)

    def plan_goods(self) -> None:
        """What to make of each element, t/y; ``wished`` is the total without a limit."""
        cover, adjust_y = self.rules.knobs.cover_made_y, self.rules.knobs.order_adjust_y
        self.plan = [
            p if (p := x + (cover * x - s) / adjust_y) > 0.0 else 0.0
            for x, s in zip(self.expected, self.made, strict=True)
        ]
        self.wished = sum(self.plan)

    def within_limit(self) -> None:
        if self.wished > self.limit:
            cut = self.limit / self.wished
            self.plan = [p * cut for p in self.plan]

    def permit(self, t: int) -> None:
        for link in self.users:
            link.permit(t)

    def ship(self, t: int) -> None:
        """Makers short of stock serve home first, then all alike."""
        kept, given = self.ration()
        stock = self.made
        for link in self.users:
            part = kept if link.home else given
            sent = [x if (x := m * p) < s else s for m, p, s in zip(link.may, part, stock, strict=True)]
            stock = list(map(sub, stock, sent))
            link.send(sent, t)
        self.made = stock

    def ration(self) -> tuple[Row, Row]:
        """Shares of what is allowed that can be sent home and abroad."""
        prefer = self.rules.knobs.home_preference
        homes = self.over_users([link.may for link in self.users if link.home])
        aways = self.over_users([link.may for link in self.users if not link.home])
        kept, given = [1.0] * len(homes), [1.0] * len(homes)
        for e, (home, away, have) in enumerate(zip(homes, aways, self.made, strict=True)):
            if home + away > have:
                keep = min(home, have * (prefer + (1.0 - prefer) * home / (home + away)))
                kept[e] = keep / home if home > 0.0 else 0.0
                given[e] = min((have - keep) / away, 1.0) if away > 0.0 else 0.0
        return kept, given

    def respond(self, t: int) -> None:
        """Plants are enlarged where more is wished for than they make in comfort."""
        knobs = self.rules.knobs
        full = knobs.target_use * self.limit
        if full > 0.0 and self.wished > full and self.base.running[t] >= 1.0:
            self.grown += self.rules.dt / knobs.expansion_y * min(math.log(self.wished / full), 1.0)

    def process(self, intake: float, kept: float) -> None:
        """Takes in so many t/y of a mix; what is made is of the mix of the feed."""
        stock = sum(self.feed)
        share = min(intake * self.rules.dt / stock, 1.0) if stock > 0.0 else 0.0
        taken = [f * share for f in self.feed]
        self.finish(taken, [x * kept * y for x, y in zip(taken, self.base.yields, strict=True)])

    def finish(self, taken: Row, output: Row) -> None:
        self.feed = list(map(sub, self.feed, taken))
        self.output = output
        self.made = plus(self.made, output)
        self.lost = list(map(sub, taken, output))


@dataclass(eq=False, kw_only=True)
class BulkMaker(Maker):
    """Ships tonnes of one good, in the mix of what it has in stock."""

    tonnes: float = 0.0
    """Planned, t/y."""

    def __post_init__(self) -> None:
        self.output = [o * self.rules.dt for o in self.base.output]

    def plan_bulk(self) -> None:
        knobs, hope, ready = self.rules.knobs, sum(self.expected), sum(self.made)
        self.wished = max(hope + (knobs.cover_made_y * hope - ready) / knobs.order_adjust_y, 0.0)
        self.tonnes = min(self.wished, self.limit)
