"""The core of the market as objects: plain Python, Mesa agents, SimPy processes.

Same blocs, links and elements as the shipped chain, and of the equations the costly ones: orders with the supply line
counted, expectations, rationing, reliability, transit, capacity and yields. Left out are prices, joint separation,
licences, quotas, substitution, goods in use, scrap and the record: each does well under half of the kernel's work, and
its time is a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from didymium.market.build import Model

COVER_Y, ADJUST_Y, LEARN, TRUST, DT = 60 / 365, 60 / 365, 0.5, 0.4, 1 / 12
ELEMENTS = range(15)


class Way:
    """A link: shares of the user's orders, what is ordered, and what is on the way."""

    def __init__(self, share: list[float], away: bool) -> None:
        self.share, self.away = share, away
        self.order = [0.0] * 15
        self.reliability = [1.0] * 15
        self.sent: list[float] = [0.0] * 15


class Maker:
    """One stage of one bloc; users of goods are makers of nothing."""

    def __init__(self, use: list[float], output: list[float], yields: list[float]) -> None:
        self.use, self.capacity, self.yields = use, sum(output), yields
        self.feed = [u * COVER_Y for u in use]
        self.transit = [0.0] * 15
        self.stock = [o * COVER_Y for o in output]
        self.expected = list(output)
        self.suppliers: list[tuple[Maker, Way]] = []
        self.users: list[tuple[Maker, Way]] = []

    def order(self) -> None:
        if self.users:
            received = [0.0] * 15
            for _, way in self.users:
                for e in ELEMENTS:
                    received[e] += way.order[e]
            for e in ELEMENTS:
                self.expected[e] += LEARN * (received[e] - self.expected[e])
            plan = [max(x + (COVER_Y * x - s) / ADJUST_Y, 0.0) for x, s in zip(self.expected, self.stock, strict=True)]
            cut = min(1.2 * self.capacity / max(sum(plan), 1e-9), 1.0)
            self.use = [cut * p / y for p, y in zip(plan, self.yields, strict=True)]
        want = [
            max(u + (2 * COVER_Y * u - f - t) / ADJUST_Y, 0.0)
            for u, f, t in zip(self.use, self.feed, self.transit, strict=True)
        ]
        pull = [[s * r for s, r in zip(w.share, w.reliability, strict=True)] for _, w in self.suppliers]
        whole = [sum(column) for column in zip(*pull, strict=True)] if pull else []
        for (_, way), mine in zip(self.suppliers, pull, strict=True):
            for e in ELEMENTS:
                way.share[e] += 0.1 * (mine[e] / whole[e] - way.share[e]) if whole[e] > 0 else 0.0
                way.order[e] = way.share[e] * want[e]

    def ship(self) -> Iterator[tuple[Maker, Way, list[float]]]:
        asked = [0.0] * 15
        for _, way in self.users:
            for e in ELEMENTS:
                asked[e] += way.order[e] * DT
        part = [min(s / a, 1.0) if a > 0 else 1.0 for s, a in zip(self.stock, asked, strict=True)]
        for user, way in self.users:
            sent = [o * DT * p for o, p in zip(way.order, part, strict=True)]
            for e in ELEMENTS:
                self.stock[e] = max(self.stock[e] - sent[e], 0.0)
                user.transit[e] += sent[e]
                if way.order[e] > 0:
                    way.reliability[e] += TRUST * (sent[e] / (way.order[e] * DT) - way.reliability[e])
            yield user, way, sent

    def receive(self, sent: list[float]) -> None:
        for e in ELEMENTS:
            self.feed[e] += sent[e]
            self.transit[e] -= sent[e]

    def make(self) -> None:
        for e in ELEMENTS:
            taken = min(self.use[e] * DT, self.feed[e])
            self.feed[e] -= taken
            self.stock[e] += taken * self.yields[e]


def makers(model: Model) -> list[Maker]:
    """Stages 0 to 5 and the users of goods, from the last to the first, with their links."""
    chain, links = model.chain, model.links
    n, found = len(model.blocs), {}
    for stage in range(6, -1, -1):
        for i in range(n):
            use = chain.final_use[i] if stage == 6 else chain.intake[stage - 1, i] if stage else chain.output[0, i]
            output = chain.output[stage, i].tolist() if stage < 6 else [0.0] * 15
            found[stage, i] = Maker(use.tolist(), output, (chain.yields[min(stage, 5), i]).tolist())
    for k, (f, i, j) in enumerate(zip(links.form, links.origin, links.to, strict=True)):
        way = Way(links.offered[k].tolist(), i != j)
        found[int(f), int(i)].users.append((found[int(f) + 1, int(j)], way))
        found[int(f) + 1, int(j)].suppliers.append((found[int(f), int(i)], way))
    for maker in found.values():
        for e in ELEMENTS:
            whole = sum(w.share[e] for _, w in maker.suppliers)
            for _, way in maker.suppliers:
                way.share[e] = way.share[e] / whole if whole > 0 else 0.0
    return list(found.values())


def run_plain(model: Model, steps: int) -> list[Maker]:
    all_makers = makers(model)
    for _ in range(steps):
        for maker in all_makers:
            maker.order()
        for maker in all_makers:
            for user, way, sent in list(maker.ship()):
                arrived, way.sent = (way.sent, sent) if way.away else (sent, way.sent)
                user.receive(arrived)
        for maker in all_makers:
            maker.make()
    return all_makers


def run_mesa(mesa: Any, model: Model, steps: int) -> list[Maker]:
    class Firm(mesa.Agent):  # type: ignore[misc]
        def __init__(self, world: Any, maker: Maker) -> None:
            super().__init__(world)
            self.maker = maker

        def order(self) -> None:
            self.maker.order()

        def ship(self) -> None:
            for user, way, sent in list(self.maker.ship()):
                arrived, way.sent = (way.sent, sent) if way.away else (sent, way.sent)
                user.receive(arrived)

        def make(self) -> None:
            self.maker.make()

    world = mesa.Model()
    all_makers = makers(model)
    for maker in all_makers:
        Firm(world, maker)
    for _ in range(steps):
        for phase in ("order", "ship", "make"):
            world.agents.do(phase)
    return all_makers


def run_simpy(simpy: Any, model: Model, steps: int) -> list[Maker]:
    env = simpy.Environment()
    all_makers = makers(model)

    def travel(user: Maker, sent: list[float], away: bool) -> Iterator[Any]:
        yield env.timeout(1.3 if away else 0.0)
        user.receive(sent)

    def work(maker: Maker) -> Iterator[Any]:
        while True:
            maker.order()
            yield env.timeout(0.25)
            for user, way, sent in list(maker.ship()):
                env.process(travel(user, sent, way.away))
            yield env.timeout(0.5)
            maker.make()
            yield env.timeout(0.25)

    for maker in all_makers:
        env.process(work(maker))
    env.run(until=steps)
    return all_makers
