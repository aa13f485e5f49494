"""The tree of cuts: which split comes first, for a feed and a slate, at least cost; every cascade rigorous.

The search is a dynamic programme over runs of neighbouring products: what a run costs is the cheapest of its cuts plus
the cost of the two runs it leaves, the heavy one fed from stripped liquor or straight from the loaded organic. Yttrium
may be taken out first by a second extractant that holds it least. Cuts are priced by closed formulae in the search; the
tree chosen is then designed cascade by cascade with the streams that really flow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from didymium.errors import SolveError
from didymium.separation.design import CutDesign, cheapest_reflux, design_cut, seed_duty
from didymium.separation.economics import estimate
from didymium.separation.sizing import Duty, FeedVolume, comparison_cost, size_cascade
from didymium.separation.slate import Allowance, Slate
from didymium.separation.task import CutTask
from didymium.separation.theory import Feed

__all__ = [
    "Circuit",
    "Extraction",
    "Leaf",
    "Plan",
    "Tree",
    "TreeTask",
    "circuits",
    "design_tree",
    "leaves",
    "plan_tree",
]

VOLUME_STEP = 1.25
"""Ratio of neighbouring feed volumes that the search tells apart; the tree chosen is designed with the exact ones."""

TRACE = 1e-12
"""Moles per mole of plant feed below which a stream is taken not to hold an element."""


@dataclass(frozen=True)
class Extraction:
    """An extractant at constant separation factors: its name and the extractability of each element."""

    name: str
    beta: Mapping[str, float]


@dataclass(frozen=True)
class TreeTask:
    """Everything the search needs: the slate, moles per mole of plant feed, allowances by boundary, extractants.

    ``allowances[k]`` is between products k and k + 1 of the slate; ``side`` the extractant of the yttrium circuit.
    """

    slate: Slate
    moles: Mapping[str, float]
    allowances: tuple[Allowance, ...]
    main: Extraction
    feed_kmol_per_h: float
    side: Extraction | None = None
    most_stages: int = 400
    oxide_g_per_mol: Mapping[str, float] = field(default_factory=dict)
    """By element; without it the mean figure of the sizing table serves."""

    def liquor_m3_per_h(self, stream: Mapping[str, float]) -> float:
        """Volume of a liquor as strong as the plant's feed that holds ``stream`` (moles per mole of plant feed)."""
        mean = estimate("oxide_per_mol").known()
        grams = math.fsum(x * self.oxide_g_per_mol.get(e, mean) for e, x in stream.items())
        return grams * self.feed_kmol_per_h / estimate("feed_concentration").known()

    def fed(self, stream: Mapping[str, float], arriving_m3_per_h: float, feed_in: Feed) -> FeedVolume:
        """What arrives with ``stream``; a liquor stronger than the plant's feed is thinned to it, as it is made up."""
        if feed_in == "organic":
            return FeedVolume(arriving_m3_per_h)
        return FeedVolume(arriving_m3_per_h, max(self.liquor_m3_per_h(stream) - arriving_m3_per_h, 0.0))

    def between(self, a: int, b: int) -> Allowance:
        """The allowance between products ``a`` and ``b``, neighbours once what lies between has been taken out."""
        span = self.allowances[a:b]
        return Allowance(min(x.heavy_in_light for x in span), min(x.light_in_heavy for x in span))

    @property
    def yttrium(self) -> int | None:
        """The product that is yttrium alone, where there is one to take out on the side."""
        if self.side is None:
            return None
        return next((k for k, p in enumerate(self.slate.products) if p.elements == ("Y",)), None)


@dataclass(frozen=True)
class Plan:
    """A run of products and how it is parted: at the cut after ``light``, or yttrium first, at this cost a year."""

    groups: tuple[int, ...]
    cost: float
    light: Plan | None = None
    heavy: Plan | None = None
    feed_in: Feed = "aqueous"
    side: bool = False


@dataclass(frozen=True)
class Leaf:
    """A product as it leaves: its place in the slate, moles of each element per mole of plant feed, and its outlet."""

    product: int
    stream: Mapping[str, float]
    outlet: str


@dataclass(frozen=True)
class Circuit:
    """One rigorous cascade of the plant and what its two outlets go to."""

    design: CutDesign
    extractant: str
    groups: tuple[int, ...]
    stream: Mapping[str, float]
    light: Circuit | Leaf
    heavy: Circuit | Leaf

    @property
    def cost(self) -> float:
        """USD a year by which trees are compared, of this cascade alone."""
        return comparison_cost(self.design.duty)


@dataclass(frozen=True)
class Tree:
    """A plant's cascades, every one converged, with the cost the search expected and the next best first cuts."""

    root: Circuit | Leaf
    task: TreeTask
    plan: Plan
    rivals: tuple[Plan, ...] = ()

    @property
    def cost(self) -> float:
        """USD a year by which trees are compared."""
        return math.fsum(c.cost for c in circuits(self.root))


def circuits(node: Circuit | Leaf) -> Iterator[Circuit]:
    """Every cascade below ``node``, parents first."""
    if isinstance(node, Circuit):
        yield node
        yield from circuits(node.light)
        yield from circuits(node.heavy)


def leaves(node: Circuit | Leaf) -> Iterator[Leaf]:
    """Every product below ``node``, the least extracted first."""
    if isinstance(node, Leaf):
        yield node
    else:
        yield from leaves(node.light)
        yield from leaves(node.heavy)


Parts = tuple[tuple[int, ...], tuple[int, ...], bool]
"""The light run, the heavy run, and whether the second extractant parts them."""


@dataclass
class _Search:
    """The dynamic programme, with what it has already priced."""

    task: TreeTask
    plans: dict[tuple[tuple[int, ...], Feed, int], tuple[Plan, ...]] = field(default_factory=dict)
    duties: dict[tuple[Parts, Feed], tuple[Duty, tuple[float, float]] | SolveError] = field(default_factory=dict)

    def best(self, groups: tuple[int, ...], feed_in: Feed, arriving_m3_per_h: float) -> Plan:
        return self.ranked(groups, feed_in, arriving_m3_per_h)[0]

    def ranked(self, groups: tuple[int, ...], feed_in: Feed, arriving_m3_per_h: float) -> tuple[Plan, ...]:
        """Every first cut of a run, cheapest first; raises SolveError where none is possible."""
        if len(groups) == 1:
            return (Plan(groups, 0.0, feed_in=feed_in),)
        stream = {e: self.task.moles[e] for g in groups for e in self.task.slate.products[g].elements}
        volume = self.task.fed(stream, arriving_m3_per_h, feed_in)
        step = round(math.log(volume.total_m3_per_h / self.task.liquor_m3_per_h(stream), VOLUME_STEP))
        key = (groups, feed_in, step)
        if key not in self.plans:
            self.plans[key] = tuple(sorted(self.cuts(groups, feed_in, volume), key=lambda p: p.cost))
        return self.plans[key]

    def cuts(self, groups: tuple[int, ...], feed_in: Feed, volume: FeedVolume) -> list[Plan]:
        found, why = [], []
        y = self.task.yttrium
        for k in range(1, len(groups)):
            parts = (groups[:k], groups[k:], False)
            try:
                found.append(self.cheaper_feed(groups, feed_in, volume, parts))
            except SolveError as error:
                why.append(error)
        if y is not None and y in groups and len(groups) > 1:
            try:
                rest = tuple(g for g in groups if g != y)
                found.append(self.cheaper_feed(groups, feed_in, volume, ((y,), rest, True)))
            except SolveError as error:
                why.append(error)
        if not found:
            raise why[0]
        return found

    def duty(self, parts: Parts, feed_in: Feed) -> tuple[Duty, tuple[float, float]]:
        """What the cut does at its cheapest reflux, fed at the strength of the plant's feed, and its exact stages."""
        key = (parts, feed_in)
        if key not in self.duties:
            try:
                task = ideal_task(self.task, parts[0], parts[1], feed_in, parts[2])
                kmol = sum(_moles(self.task, g) for g in (*parts[0], *parts[1])) * self.task.feed_kmol_per_h
                self.duties[key] = seed_duty(task, cheapest_reflux(task, kmol), kmol)
            except SolveError as error:
                self.duties[key] = error
        found = self.duties[key]
        if isinstance(found, SolveError):
            raise found
        return found

    def cheaper_feed(self, groups: tuple[int, ...], feed_in: Feed, volume: FeedVolume, parts: Parts) -> Plan:
        """One cut, its heavy run fed from stripped liquor or from the loaded organic, whichever costs less in all."""
        light, heavy, side = parts
        at_ease, stages = self.duty(parts, feed_in)
        duty = replace(at_ease, feed_volume=volume)
        size = size_cascade(duty)
        below = self.best(light, "aqueous", size.raffinate_m3_per_h)
        best: Plan | None = None
        # A second extractant cannot take over the organic of the first.
        options: tuple[Feed, ...] = ("aqueous",) if len(heavy) == 1 or side else ("aqueous", "organic")
        for fed in options:
            carried = size.organic_m3_per_h if fed == "organic" else size.strip_liquor_m3_per_h
            above = self.best(heavy, fed, carried)
            if fed == "organic" and above.side:
                continue
            own = comparison_cost(replace(duty, stripped=fed != "organic"), stages)
            cost = own + below.cost + above.cost
            if best is None or cost < best.cost:
                best = Plan(groups, cost, below, above, feed_in, side)
        assert best is not None
        return best


def _moles(task: TreeTask, group: int) -> float:
    return math.fsum(task.moles[e] for e in task.slate.products[group].elements)


def ideal_task(task: TreeTask, light: tuple[int, ...], heavy: tuple[int, ...], feed_in: Feed, side: bool) -> CutTask:
    """The cut between two runs of products that hold nothing but their own elements."""
    stream = {e: task.moles[e] for g in (*light, *heavy) for e in task.slate.products[g].elements}
    return cut_of(task, stream, light, heavy, feed_in, side)


def cut_of(
    task: TreeTask,
    stream: Mapping[str, float],
    light: tuple[int, ...],
    heavy: tuple[int, ...],
    feed_in: Feed,
    side: bool,
) -> CutTask:
    """The cut of ``stream`` between two runs of products, with the allowances of their boundary."""
    beta = (task.side or task.main).beta if side else task.main.beta
    products = task.slate.products
    if side:
        y = light[0]
        low = task.allowances[y - 1] if y else Allowance(math.inf, 0.0)
        high = task.allowances[y] if y < len(task.allowances) else Allowance(0.0, math.inf)
        allowed = Allowance(low.light_in_heavy + high.heavy_in_light, min(low.heavy_in_light, high.light_in_heavy))
    else:
        allowed = task.between(light[-1], heavy[0])
    total = math.fsum(stream.values())
    held = {e: x / total for e, x in stream.items() if x > TRACE * total}
    order = sorted(held, key=lambda e: beta[e])
    own_light = {e for g in light for e in products[g].elements}
    own_heavy = {e for g in heavy for e in products[g].elements}
    keys = (max(own_light & held.keys(), key=lambda e: beta[e]), min(own_heavy & held.keys(), key=lambda e: beta[e]))
    middle = math.sqrt(beta[keys[0]] * beta[keys[1]])
    to_light = {e for e in order if e in own_light or (e not in own_heavy and beta[e] < middle)}
    return CutTask(
        name=f"{keys[0]} | {keys[1]}",
        feed={e: held[e] for e in order},
        beta={e: beta[e] for e in order},
        light=tuple(e for e in order if e in to_light),
        heavy=tuple(e for e in order if e not in to_light),
        heavy_in_raffinate=allowed.heavy_in_light / total,
        light_in_organic=allowed.light_in_heavy / total,
        feed_in=feed_in,
        keys=keys,
    )


def plan_tree(task: TreeTask) -> tuple[Plan, ...]:
    """First cuts of the whole slate with the best tree below each, cheapest first, priced by closed formulae."""
    whole = tuple(range(len(task.slate.products)))
    return _Search(task).ranked(whole, "aqueous", task.liquor_m3_per_h(task.moles))


def design_tree(task: TreeTask, *, rivals: int = 1, close: float = 0.1, plans: tuple[Plan, ...] | None = None) -> Tree:
    """The tree of least cost with every cascade rigorous; ``plans`` skips the search where it has been done before.

    The best plan and up to ``rivals`` others within ``close`` of it are designed cascade by cascade; the cheapest is
    returned. Raises SolveError, naming the cut, where a cascade cannot be made or does not converge.
    """
    plans = plan_tree(task) if plans is None else plans
    best: Tree | None = None
    for plan in plans[: 1 + rivals]:
        if best is not None and plan.cost > plans[0].cost * (1 + close):
            break
        fed = task.liquor_m3_per_h(task.moles)
        tree = Tree(realise(task, plan, dict(task.moles), "organic", fed), task, plan, plans[1:4])
        if best is None or tree.cost < best.cost:
            best = tree
    assert best is not None
    return best


def realise(
    task: TreeTask, plan: Plan, stream: Mapping[str, float], outlet: str, arriving_m3_per_h: float
) -> Circuit | Leaf:
    """The cascades of ``plan`` fed with ``stream``, each designed with what really reaches it, volumes included."""
    if plan.light is None or plan.heavy is None:
        return Leaf(plan.groups[0], stream, outlet)
    cut = cut_of(task, stream, plan.light.groups, plan.heavy.groups, plan.feed_in, plan.side)
    total = math.fsum(stream.values())
    volume = task.fed(stream, arriving_m3_per_h, plan.feed_in)
    onward = len(plan.heavy.groups) > 1 and plan.heavy.feed_in == "organic"
    try:
        design = design_cut(
            cut,
            feed_kmol_per_h=total * task.feed_kmol_per_h,
            most_stages=task.most_stages,
            stripped=not onward,
            feed_volume=volume,
        )
    except SolveError as error:
        if cut.name in error.what:
            raise
        raise SolveError(error.what, where=f"cut {cut.name}", expected=error.expected, cure=error.cure) from error
    streams = {name: {e: total * x for e, x in design.outlet(name).items()} for name in ("raffinate", "organic")}
    extraction = task.side if plan.side and task.side else task.main
    size = design.size
    above = size.organic_m3_per_h if onward else size.strip_liquor_m3_per_h
    return Circuit(
        design,
        extraction.name,
        plan.groups,
        stream,
        realise(task, plan.light, streams["raffinate"], "raffinate", size.raffinate_m3_per_h),
        realise(task, plan.heavy, streams["organic"], "organic", above),
    )
