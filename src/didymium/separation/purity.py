"""The tree whose products hold the purities asked for, by mass of oxide: what may stray is tightened until they do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from didymium.errors import SolveError
from didymium.separation.slate import Product, allowances
from didymium.separation.tree import Leaf, Plan, Tree, TreeTask, design_tree, leaves, plan_tree

__all__ = ["leaf_purity", "pure_tree"]

TIGHTENINGS = 5


def pure_tree(
    task: TreeTask, masses: Mapping[str, float], recovery: float, plans: tuple[Plan, ...] | None = None
) -> Tree:
    """The tree of ``task`` with every product at its purity; ``plans`` skips the search where it has been done.

    ``masses`` are grams of oxide per mole, ``recovery`` the share of each product that must not be lost. Raises
    SolveError naming the products that miss, or the cut that cannot be made.
    """
    tighter: dict[str, float] = {}
    short: dict[str, float] = {}
    for _ in range(TIGHTENINGS):
        allowed = allowances(task.slate, task.moles, masses, recovery, tighter)
        trial = replace(task, allowances=allowed)
        # What is tightened is a few per cent of an impurity: the order of the cuts stays.
        plans = plan_tree(trial) if plans is None else plans
        tree = design_tree(trial, plans=plans)
        short = {}
        for leaf in leaves(tree.root):
            product = task.slate.products[leaf.product]
            purity = leaf_purity(leaf, product, masses)
            if product.purity is not None and purity < product.purity:
                short[product.name] = purity
                ratio = (1 - product.purity) / (1 - purity)
                tighter[product.name] = tighter.get(product.name, 1.0) * 0.97 * ratio
        if not short:
            return tree
    raise SolveError(
        "the tree of cuts misses " + ", ".join(f"{n} at {100 * p:.5g} %" for n, p in short.items()),
        expected="every product at its purity",
        cure="ask for a little less purity or recovery",
    )


def leaf_purity(leaf: Leaf, product: Product, masses: Mapping[str, float]) -> float:
    """Mass share of the product's own elements in what leaves as it."""
    total = math.fsum(x * masses[e] for e, x in leaf.stream.items())
    return math.fsum(leaf.stream.get(e, 0.0) * masses[e] for e in product.elements) / total
