"""Three ways to run the same objects: plain loops, Mesa agents, SimPy processes. The phases of a step are shared."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cache
from typing import Any

from didymium.market.build import Model
from didymium.market.structure import Knobs, Paths
from market_objects.build import Economy, build
from market_objects.diary import Diary
from market_objects.links import Carrier, Link
from market_objects.rules import Row
from market_objects.users import User

PHASES = (
    ("blocs", "begin"),
    ("quotas", "begin"),
    ("exchange", "pay"),
    ("blocs", "want"),
    ("makers", "size"),
    ("offices", "work"),
    *((f"stage {stage}", "order") for stage in range(6, -1, -1)),
    ("carrier", "arrive"),
    ("makers", "permit"),
    ("quotas", "cut"),
    ("stores", "trade"),
    *((f"stage {stage}", act) for stage in range(6) for act in ("make", "ship")),
    ("blocs", "retire"),
    ("blocs", "send_scrap"),
    ("blocs", "recover"),
    ("exchange", "clear"),
    ("makers", "respond"),
    ("exchange", "close"),
    ("diary", "write"),
)
"""Who acts when in a step, and how: each method takes the number of the step."""


def groups(economy: Economy, diary: Diary) -> dict[str, list[Any]]:
    """Who belongs to the groups of ``PHASES``."""
    stages: dict[str, list[Any]] = {f"stage {s}": [] for s in range(7)}
    for user in economy.users.values():
        stages[f"stage {user.stage}"].append(user)
    several = {name: getattr(economy, name) for name in ("blocs", "makers", "quotas", "offices", "stores")}
    return {**stages, **several, "exchange": [economy.exchange], "carrier": [economy.carrier], "diary": [diary]}


def run_plain(model: Model, knobs: Knobs, paths: Paths) -> Diary:
    economy = build(model, knobs, paths, Carrier())
    diary = Diary(economy)
    who = groups(economy, diary)
    for t in range(len(paths.use_index)):
        for group, method in PHASES:
            for agent in who[group]:
                getattr(agent, method)(t)
    return diary


def run_mesa(model: Model, knobs: Knobs, paths: Paths) -> Diary:
    """Every object that acts is an agent; Mesa calls them by sets and collects their reports."""
    import mesa

    @cache
    def agent(kind: type) -> type:
        return type(f"{kind.__name__}Agent", (mesa.Agent, kind), {})

    class Chain(mesa.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            create = lambda kind, *args, **fields: agent(kind)(self, *args, **fields)  # noqa: E731
            self.economy = build(model, knobs, paths, create(Carrier), create)
            self.diary = Diary(self.economy)
            who = groups(self.economy, self.diary)
            self.sets = {name: mesa.agent.AgentSet(who[name], random=self.random) for name in who if name != "diary"}
            self.collector = mesa.DataCollector(
                model_reporters={"sums": self.diary.add_up}, agenttype_reporters=_columns(self.diary)
            )

        def step(self) -> None:
            t = self.steps - 1
            for group, method in PHASES[:-1]:
                self.sets[group].do(method, t)
            self.collector.collect(self)

    chain = Chain()
    for _ in range(len(paths.use_index)):
        chain.step()
    _enter_all(chain.diary, chain.collector)
    del chain.collector  # Mesa keeps all models that ever were
    return chain.diary


def _columns(diary: Diary) -> dict[type, dict[str, str]]:
    """What Mesa collects of each kind of agent."""
    columns: dict[type, dict[str, str]] = {}
    for name, agents in diary.seen.items():
        for kind in {type(agent) for agent in agents}:
            columns.setdefault(kind, {})[name] = name
    return columns


def _enter_all(diary: Diary, collector: Any) -> None:
    """Writes what Mesa has collected into the arrays of the record."""
    names = {kind: tuple(columns) for kind, columns in _columns(diary).items()}
    for t, (by_kind, sums) in enumerate(
        zip(collector._agenttype_records.values(), collector.model_vars["sums"], strict=True)
    ):
        found = {
            (number, name): value
            for kind, rows in by_kind.items()
            for _, number, *values in rows
            for name, value in zip(names[kind], values, strict=True)
        }
        seen = {name: [found[a.unique_id, name] for a in agents] for name, agents in diary.seen.items()}
        diary.enter(t, seen, sums)


STEP = len(PHASES)
"""Ticks of SimPy's clock in a step: phase p of step t is at tick p of it."""

ARRIVE = PHASES.index(("carrier", "arrive"))
SHIP = [PHASES.index((f"stage {stage}", "ship")) for stage in range(6)]


class Road(Carrier):
    """Every shipment is a process that travels and is then received."""

    def __init__(self, env: Any) -> None:
        super().__init__()
        self.env = env

    def bring(self, user: User, mass: Row, step: int) -> None:
        self.env.process(self.travel(user, step * STEP + ARRIVE, [mass]))

    def carry(self, link: Link, parts: list[tuple[int, Row]], t: int) -> None:
        (steps, _), *_ = parts
        wait = steps * STEP + ARRIVE - SHIP[link.supplier.stage]
        self.env.process(self.travel(link.user, wait, [part for _, part in parts]))

    def travel(self, user: User, wait: int, parts: list[Row]) -> Generator[Any, Any, None]:
        for mass in parts:
            yield self.env.timeout(wait)
            user.receive(mass)
            wait = STEP


def run_simpy(model: Model, knobs: Knobs, paths: Paths) -> Diary:
    """Every object that acts is a process, and so is every shipment on its way."""
    import simpy

    env = simpy.Environment()
    economy = build(model, knobs, paths, Road(env))
    diary = Diary(economy)
    acts: dict[Any, list[tuple[int, Callable[[int], None]]]] = {}
    who = groups(economy, diary)
    for tick, (group, method) in enumerate(PHASES):
        if group != "carrier":
            for agent in who[group]:
                acts.setdefault(agent, []).append((tick, getattr(agent, method)))
    for phases in acts.values():
        env.process(_live(env, phases))
    env.run(until=len(paths.use_index) * STEP)
    return diary


def _live(env: Any, phases: list[tuple[int, Callable[[int], None]]]) -> Generator[Any, Any, None]:
    """Acts at its ticks of every step."""
    ticks = [tick for tick, _ in phases]
    waits = [b - a for a, b in zip(ticks, [*ticks[1:], ticks[0] + STEP], strict=True)]
    acts = [(act, wait) for (_, act), wait in zip(phases, waits, strict=True)]
    t = 0
    yield env.timeout(ticks[0])
    while True:
        for act, wait in acts:
            act(t)
            yield env.timeout(wait)
        t += 1
