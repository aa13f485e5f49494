"""Those who take things in and order what they expect to use.

A user at stage s takes in form s - 1; a maker at stage s makes form s. Final users of goods stand at stage 6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import mul, sub
from typing import TYPE_CHECKING

from market_objects.links import Link
from market_objects.rules import Row, Rules, plus, totals

if TYPE_CHECKING:
    from market_objects.blocs import Bloc, Store


@dataclass(eq=False, kw_only=True)
class User:
    """Stocks of what is taken in, and the links to its suppliers."""

    rules: Rules
    bloc: Bloc
    stage: int
    feed: Row
    transit: Row
    reserve: Row
    """What public stocks hold of the form taken in."""
    suppliers: list[Link] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)

    def receive(self, mass: Row) -> None:
        """Takes in what arrives from abroad."""
        self.transit = [x if x > 0.0 else 0.0 for x in map(sub, self.transit, mass)]
        self.take_in(mass)

    def take_in(self, mass: Row) -> None:
        self.feed = plus(self.feed, mass)

    def choose(self, t: int) -> None:
        """Shares of orders drift towards what suppliers offer, at what price, how reliably."""
        if len(self.suppliers) < 2:
            return
        turn = self.rules.turn
        pulls = [link.pull(t) for link in self.suppliers]
        whole = totals(pulls)
        for link, pull in zip(self.suppliers, pulls, strict=True):
            link.share = [
                s + turn * (p / w - s) if w > 0.0 else s for s, p, w in zip(link.share, pull, whole, strict=True)
            ]

    def wait(self) -> Row:
        """Years that an order is on its way, on average."""
        wait = [0.0] * len(self.feed)
        for link in self.suppliers:
            years = link.transit_y
            if years > 0.0:
                wait = [w + s * years for w, s in zip(wait, link.share, strict=True)]
        return wait

    def place(self, t: int, need: Row) -> None:
        """Orders of goods: what will be used, and a part of what stocks and the supply line lack."""
        knobs = self.rules.knobs
        for store in self.stores:
            need = plus(need, store.buys(t))
        cover, adjust_y, watch = knobs.cover_users_y, knobs.order_adjust_y, self.bloc.watch
        caution, wait = self.bloc.caution[self.stage - 1], self.wait()
        want = [
            max(n + ((cover * (1.0 + watch * c) + w) * n - f - x) / adjust_y, 0.0)
            for n, c, w, f, x in zip(need, caution, wait, self.feed, self.transit, strict=True)
        ]
        for link in self.suppliers:
            link.order = list(map(mul, link.share, want))

    def place_bulk(self, use: float) -> None:
        """Orders of ore and mixed compounds: so many tonnes, of what the supplier has and sells this way."""
        knobs = self.rules.knobs
        wait = sum(link.share[0] * link.transit_y for link in self.suppliers)
        stock = sum(self.feed) + sum(self.transit)
        want = max(use + ((knobs.cover_bulk_y + wait) * use - stock) / knobs.order_adjust_y, 0.0)
        for link in self.suppliers:
            part = link.share[0] * want
            link.order = [part * m for m in link.mix()]


@dataclass(eq=False, kw_only=True)
class Consumer(User):
    """Final users of a bloc: they hold no stock, and use goods as they come."""

    used: Row = field(default_factory=list)

    def order(self, t: int) -> None:
        self.used = [0.0] * len(self.bloc.use)
        self.choose(t)
        for link in self.suppliers:
            link.order = list(map(mul, link.share, self.bloc.use))

    def take_in(self, mass: Row) -> None:
        self.used = plus(self.used, mass)
