"""Two consecutive cuts of a tree against one cascade with a middle draw between the same two outer products.

It is weighed where the middle is a remainder sold as it comes, so that the draw needs no purity of its own. The outer
outlets keep the purities that the two cuts give them; what the recovery allows to be lost at this boundary leaves with
the draw, which is therefore a poorer concentrate than the two cuts make.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from didymium.errors import DidymiumError
from didymium.separation.middle import MiddleDesign, MiddleTask, design_middle
from didymium.separation.remarks import Remark
from didymium.separation.sizing import Duty, comparison_cost
from didymium.separation.tree import TRACE, Circuit, Leaf, Tree, circuits

__all__ = ["ThreeOutlets", "middle_remarks", "three_outlets"]

REFLUXES = (1.0, 1.4, 2.0, 3.0)
"""Organic flow over the larger of the two cuts' that is tried."""

MOST_MIDDLE = 0.3
"""Share of the stream above which a middle is not weighed: a draw pays where the middle is scarce."""


@dataclass(frozen=True)
class ThreeOutlets:
    """One cascade with a middle draw in place of ``cuts``; costs are USD a year, to compare by only.

    ``design`` is None where no cascade of as many stages as the two cuts together does it.
    """

    cuts: tuple[str, str]
    middle: str
    design: MiddleDesign | None
    cost: float
    two_cuts_cost: float

    @property
    def cheaper(self) -> bool:
        """Whether it costs less than the two cuts."""
        return self.cost < self.two_cuts_cost


def three_outlets(tree: Tree, recovery: float) -> tuple[ThreeOutlets, ...]:
    """Every pair of consecutive cuts of ``tree`` that a middle draw could replace, with what either costs.

    ``recovery`` is the share of each asked product that must not be lost; half of the rest may be at one boundary.
    """
    return tuple(_weighed(tree, recovery, *found) for found in _pairs(tree))


def middle_remarks(found: Sequence[ThreeOutlets]) -> tuple[Remark, ...]:
    """One remark for every pair of cuts that a middle draw would make cheaper."""
    return tuple(
        Remark(
            "middle_draw",
            {
                "stages": str(f.design.total_stages),
                "middle": f.middle,
                "saved": f"{100 * (1 - f.cost / f.two_cuts_cost):.0f}",
                "first": f.cuts[0],
                "second": f.cuts[1],
                "share": f"{100 * f.design.middle_share:.0f}",
            },
        )
        for f in found
        if f.design is not None and f.cheaper
    )


Streams = tuple[Mapping[str, float], Mapping[str, float], Mapping[str, float]]


def _pairs(tree: Tree) -> Iterator[tuple[Circuit, Circuit, Leaf, Streams]]:
    """First and second cut, the remainder between them, and what leaves: light, middle, heavy."""
    for first in circuits(tree.root):
        if first.extractant != tree.task.main.name or first.design.task.feed_in != "aqueous":
            continue
        for second, light_first in ((first.heavy, True), (first.light, False)):
            if not isinstance(second, Circuit) or second.extractant != first.extractant:
                continue
            middle = second.light if light_first else second.heavy
            if not isinstance(middle, Leaf) or tree.task.slate.products[middle.product].purity is not None:
                continue
            light = first.light if light_first else second.light
            heavy = second.heavy if light_first else first.heavy
            if math.fsum(middle.stream.values()) <= MOST_MIDDLE * math.fsum(first.stream.values()):
                yield first, second, middle, (light.stream, middle.stream, heavy.stream)


def _weighed(
    tree: Tree, recovery: float, first: Circuit, second: Circuit, middle: Leaf, streams: Streams
) -> ThreeOutlets:
    task = _task(tree, recovery, first, middle, streams)
    feed = first.design.feed_kmol_per_h
    most = first.design.stages + second.design.stages
    found: list[tuple[float, MiddleDesign]] = []
    for reflux in REFLUXES:
        try:
            s = reflux * max(first.design.organic_flow, task.organic + 2 * task.draw)
            design = design_middle(task, s, most_stages=most)
        except DidymiumError:
            continue
        n, d, top = design.stages
        duty = Duty(feed, s, s - task.organic, n, d + top, task.organic, feed_volume=first.design.feed_volume)
        found.append((comparison_cost(duty), design))
    cost, best = min(found, key=lambda f: f[0]) if found else (math.inf, None)
    names = first.design.task.name, second.design.task.name
    product = tree.task.slate.products[middle.product].name
    return ThreeOutlets(names, product, best, cost, first.cost + second.cost)


def _task(tree: Tree, recovery: float, first: Circuit, middle: Leaf, streams: Streams) -> MiddleTask:
    """The three outlets; an element belongs to the one that takes most of it in the two cuts."""
    total, beta = math.fsum(first.stream.values()), tree.task.main.beta
    held = {e: x for e, x in first.stream.items() if x > TRACE * total}
    group = {e: max(range(3), key=lambda k: streams[k].get(e, 0.0)) for e in held}
    groups = [tuple(sorted((e for e in held if group[e] == k), key=lambda e: beta[e])) for k in range(3)]
    feed = {e: x / math.fsum(held.values()) for e, x in held.items()}
    flows, purities = [], []
    for k, neighbour in ((0, middle.product - 1), (2, middle.product + 1)):
        purity = math.fsum(streams[k].get(e, 0.0) for e in groups[k]) / math.fsum(streams[k].values())
        product = tree.task.slate.products[neighbour]
        at_one = 1 if neighbour in (0, len(tree.task.slate.products) - 1) else 2
        lost = (1 - recovery) / at_one * math.fsum(feed.get(e, 0.0) for e in product.elements)
        flows.append((math.fsum(feed[e] for e in groups[k]) - lost) / purity)
        purities.append(purity)
    return MiddleTask(
        feed=feed,
        beta={e: beta[e] for e in held},
        light=groups[0],
        middle=groups[1],
        heavy=groups[2],
        raffinate=flows[0],
        organic=flows[1],
        purity_raffinate=purities[0],
        purity_organic=purities[1],
    )
