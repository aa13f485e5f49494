"""What a full plant holds: rare earth by element, and the days of feed along its longest path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from didymium.separation.economics import estimate
from didymium.separation.tree import Circuit, Leaf
from didymium.world import ELEMENTS

__all__ = ["fill_days", "held_tonnes"]


def held_tonnes(parts: Iterable[Circuit], masses: Mapping[str, float]) -> dict[str, float]:
    """t REO in all stages by element, from the profiles of both phases and the residence time of a stage."""
    hours = (estimate("mixer_residence").known() + estimate("settler_residence").known()) / 60
    held = dict.fromkeys(ELEMENTS, 0.0)
    for c in parts:
        steady, feed = c.design.steady, c.design.feed_kmol_per_h
        flow = steady.aqueous_flow @ steady.aqueous + steady.organic_flow @ steady.organic
        for element, x in zip(c.design.task.feed, flow, strict=True):
            held[element] += hours * feed * float(x) * masses[element] / 1000
    return {e: t for e, t in held.items() if t > 0}


def fill_days(node: Circuit | Leaf) -> float:
    """Days of feed that the cascades of the longest path hold, each filled by what the one before lets through."""
    if isinstance(node, Leaf):
        return 0.0
    return node.design.size.held_days_of_feed + max(fill_days(node.light), fill_days(node.heavy))
