"""The last nine of a product by a displacement column, beside what the cascades take for the same nine.

The column is fed the product as the same tree leaves it with ten times the impurity. Its bands chase each other as in
``exchange``; elements that leave before the product count as one, those behind it as another, each with the factor of
its nearest. What lies within the boundaries goes back to the next run; how the impurity in it leaves is left out. A cut
ends where the local purity is the one asked, so the product is purer and the resin an upper figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from didymium.errors import DidymiumError, SolveError
from didymium.separation.complexes import complexes, factor_range
from didymium.separation.economics import Estimate, estimate
from didymium.separation.exchange import (
    DisplacementColumn,
    DisplacementRun,
    developed_boundary,
    development_length,
    displace,
)
from didymium.separation.held import held_tonnes
from didymium.separation.purity import leaf_purity
from didymium.separation.remarks import Remark
from didymium.separation.slate import Product, Slate
from didymium.separation.startup import StartUp, start_up
from didymium.separation.tree import Circuit, Leaf, Tree, circuits, leaves

__all__ = ["COLUMN_FIGURES", "LIGAND", "Polish", "polish_estimates", "polished"]

LIGAND = "EDTA"

HIGH_PURITY = 0.9999
"""Products of at least this are weighed, and single heavies of at least ``LEAST_HEAVY``."""

HEAVIES = ("Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu")
LEAST_HEAVY = 0.99

YIELD = 0.8
"""Least share of the band that leaves pure in one run; the band is made as long as that takes. A choice of this
project; the Bureau of Mines separated as much at 99 % (RI 9564)."""

COUNTED = 1e-3
"""Share of the impurity allowed below which an element of the feed is left out."""

COLUMN_FIGURES = (
    "column_capacity",
    "column_ligand",
    "column_plates",
    "column_velocity",
    "column_least_bed",
    "column_diameter",
    "column_height",
    "column_count",
    "ion_exchange_cycle",
    "ion_exchange_productivity",
    "resin_price",
    "eluant_price",
)


@dataclass(frozen=True)
class Polish:
    """One product: mass purities before and after, or why no column is shown for it (``refused``).

    ``factors`` are those to the nearest elements before and behind it, ``column`` what the resin takes from the worst
    to the best of its figures, ``cascades`` what the same nine takes in stages, days and tonnes held.
    """

    product: str
    start: float
    purity: float
    refused: Remark | None = None
    factors: tuple[Estimate, ...] = ()
    column: tuple[Estimate, ...] = ()
    cascades: tuple[Estimate, ...] = ()


def polished(
    tree: Tree, again: Callable[[Slate], Tree], runs: Sequence[StartUp], masses: Mapping[str, float]
) -> tuple[Polish, ...]:
    """Every product of ``tree`` that a column could finish; ``again`` designs the same tree for another slate.

    ``runs`` are the start-ups in the order of ``circuits``, ``masses`` grams of oxide per mole.
    """
    slate = tree.task.slate
    wanted = [k for k, p in enumerate(slate.products) if _weighed(p)]
    return tuple(_polished(tree, k, again, runs, masses) for k in wanted)


def polish_estimates(found: Iterable[Polish]) -> tuple[Estimate, ...]:
    """The figures that the columns stand on; none where no column was weighed."""
    if not any(p.refused is None for p in found):
        return ()
    return (*(estimate(k) for k in COLUMN_FIGURES), *(c.figure for c in complexes(LIGAND).values()))


def _weighed(product: Product) -> bool:
    if product.purity is None:
        return False
    heavy = product.elements[0] in HEAVIES and len(product.elements) == 1
    return product.purity >= (LEAST_HEAVY if heavy else HIGH_PURITY)


def _polished(
    tree: Tree, k: int, again: Callable[[Slate], Tree], runs: Sequence[StartUp], masses: Mapping[str, float]
) -> Polish:
    product = tree.task.slate.products[k]
    assert product.purity is not None
    asked = product.purity
    easier = 1 - 10 * (1 - asked)

    def no(key: str, start: float = easier, **values: str) -> Polish:
        return Polish(product.name, start, asked, Remark(key, values))

    if len(product.elements) > 1:
        return no("mixture")
    others = [replace(p, purity=easier) if p is product else p for p in tree.task.slate.products]
    try:
        short = again(Slate(tuple(others)))
    except DidymiumError:
        return no("design")
    leaf = next(x for x in leaves(short.root) if x.product == k)
    start = leaf_purity(leaf, product, masses)
    if start >= asked:
        return no("free", start)
    before, behind = _neighbours(product.elements[0], leaf.stream, 1 - asked, masses)
    if before is None and behind is None:
        return no("nothing", start)
    pairs = [(before, product.elements[0])] if before else []
    pairs += [(product.elements[0], behind)] if behind else []
    ranges = [factor_range(LIGAND, *pair) for pair in pairs]
    for pair, (low, _, _) in zip(pairs, ranges, strict=True):
        if low <= 1:
            return no("pair", start, pair="/".join(pair), ligand=LIGAND)
    try:
        ends = [_sized(short, leaf, asked, [r[i] for r in ranges], (before, behind), end, masses) for i, end in ENDS]
        cascades = _cascades(tree, short, k, runs, masses)
    except SolveError as error:
        return no("unsolved", start, error=str(error))
    volume, most = ends[1]["polish_resin"], _most_m3()
    if volume > most:
        return no("size", start, volume=f"{volume:,.0f}", most=f"{most:,.0f}")
    factors = tuple(
        Estimate("/".join(pair), r[1], "1", f"factor by {LIGAND}", "D", r[0], r[2])
        for pair, r in zip(pairs, ranges, strict=True)
    )
    column = tuple(_found(key, ends[1][key], [e[key] for e in ends]) for key in ends[1])
    return Polish(product.name, start, asked, None, factors, column, cascades)


ENDS = ((0, "low"), (1, "value"), (2, "high"))

FOUND = {
    "polish_resin": ("m³", "resin"),
    "polish_columns": ("count", "columns of the diameter and at most the height of the cited plant's"),
    "polish_band": ("m", "length of the band fed"),
    "polish_bed": ("m", "length of the bed"),
    "polish_cycle": ("d", "one run, without loading and regeneration"),
    "polish_productivity": ("g/(L·d)", "pure oxide per litre of resin and day"),
    "polish_in_process": ("t REO", "rare earth on the resin"),
    "polish_eluant": ("m³/t", "eluant per tonne of product"),
    "polish_stages": ("count", "stages that the cascades add for the same nine"),
    "polish_days": ("d", "days that they add until it is made"),
    "polish_held": ("t REO", "rare earth that they hold more"),
}
"""Unit and definition of every figure found."""


def _found(key: str, value: float | None, ends: Sequence[float] = ()) -> Estimate:
    unit, definition = FOUND[key]
    low, high = (min(ends), max(ends)) if ends else (None, None)
    return Estimate(key, value, unit, definition, "D", low, high, source="derived")


def _neighbours(
    own: str, stream: Mapping[str, float], impurity: float, masses: Mapping[str, float]
) -> tuple[str | None, str | None]:
    """The nearest elements that leave before and behind ``own``, of those that count."""
    known = complexes(LIGAND)
    total = math.fsum(x * masses[e] for e, x in stream.items())
    counted = [e for e, x in stream.items() if e != own and x * masses[e] > COUNTED * impurity * total]
    before = [e for e in counted if known[e].log_k > known[own].log_k]
    behind = [e for e in counted if known[e].log_k <= known[own].log_k]
    return (
        min(before, key=lambda e: known[e].log_k, default=None),
        max(behind, key=lambda e: known[e].log_k, default=None),
    )


def _column(end: str) -> DisplacementColumn:
    def at(key: str) -> float:
        figure = estimate(key)
        low, high = figure.range or (figure.known(), figure.known())
        return {"low": low, "value": figure.known(), "high": high}[end]

    return DisplacementColumn(at("column_capacity"), at("column_ligand"), at("column_plates"), at("column_velocity"))


def _sized(
    tree: Tree,
    leaf: Leaf,
    asked: float,
    alphas: list[float],
    neighbours: tuple[str | None, str | None],
    end: str,
    masses: Mapping[str, float],
) -> dict[str, float]:
    """What the column of one product takes, with every figure of it at one ``end``."""
    product = tree.task.slate.products[leaf.product]
    own, column = product.elements[0], _column(end)
    known = complexes(LIGAND)
    groups = {own: leaf.stream[own]}
    for neighbour, ahead in zip(neighbours, (True, False), strict=True):
        if neighbour is not None:
            rest = (e for e in leaf.stream if e != own and (known[e].log_k > known[own].log_k) is ahead)
            groups[neighbour] = math.fsum(leaf.stream[e] for e in rest)
    order = [e for e in (neighbours[0], own, neighbours[1]) if e is not None]
    total = math.fsum(groups.values())
    # Moles: the heaviest oxide among the strangers weighs most per mole.
    purity = 1 - (1 - asked) * masses[own] / max(masses[e] for e in leaf.stream)
    run, moles = finished(column, order, [groups[e] / total for e in order], alphas, own, purity)
    grams = moles * masses[own]
    area = leaf.stream[own] * tree.task.feed_kmol_per_h * 1000 * run.hours / moles
    volume = area * run.bed_m
    band = math.fsum(b.length_plates for b in run.bands) / column.plates_per_m
    in_line = math.ceil(run.bed_m / estimate("column_height").known())
    return {
        "polish_resin": volume,
        "polish_columns": float(math.ceil(area / _section_m2()) * in_line),
        "polish_band": band,
        "polish_bed": run.bed_m,
        "polish_cycle": run.hours / 24,
        "polish_productivity": grams / (run.bed_m * 1000) / (run.hours / 24),
        "polish_in_process": area * math.fsum(b.amount_mol for b in run.bands) * masses[own] / 1e6,
        "polish_eluant": run.ligand_mol / column.ligand_mol_per_l / 1000 / (grams / 1e6),
    }


def finished(
    column: DisplacementColumn, order: list[str], shares: list[float], alphas: list[float], own: str, purity: float
) -> tuple[DisplacementRun, float]:
    """The run whose band of ``own`` leaves ``YIELD`` of itself at ``purity``, and the moles that leave pure per m2.

    ``order`` as they leave, ``shares`` mole fractions of the feed, ``alphas`` the factors of neighbours. A bed shorter
    than the resin asks is made longer, and more of its band leaves pure.
    """
    at, stray = order.index(own), 1 - purity
    lost = developed_boundary(round(alphas[at - 1], 6)).reach_behind(stray) if at else 0.0
    lost += developed_boundary(round(alphas[at], 6)).reach_ahead(stray) if at < len(alphas) else 0.0
    band_m = lost / (1 - YIELD) / shares[at] / column.plates_per_m
    run = displace(column, order, shares, alphas, band_m, purity)
    if (short := estimate("column_least_bed").known() - run.bed_m) > 0:
        band_m += short / development_length(min(alphas))
        run = displace(column, order, shares, alphas, band_m, purity)
    return run, run.bands[at].amount_mol * run.bands[at].pure_fraction


def _section_m2() -> float:
    return math.pi / 4 * estimate("column_diameter").known() ** 2


def _most_m3() -> float:
    """Resin of the largest plant on record here; nothing is shown beyond it."""
    return _section_m2() * estimate("column_height").known() * estimate("column_count").known()


def _cascades(
    tree: Tree, short: Tree, k: int, runs: Sequence[StartUp], masses: Mapping[str, float]
) -> tuple[Estimate, ...]:
    """What the last nine of product ``k`` adds to the cascades: stages, days until made along its path, tonnes held."""
    now, less = list(circuits(tree.root)), list(circuits(short.root))
    stages = sum(c.design.stages for c in now) - sum(c.design.stages for c in less)
    was = math.fsum(start_up(c.design).days_to_purity for c in _path(short.root, k))
    path = _path(tree.root, k)
    by_circuit = zip(now, runs, strict=True)
    days = math.fsum(run.days_to_purity for c, run in by_circuit if any(c is p for p in path)) - was
    held = math.fsum(held_tonnes(now, masses).values()) - math.fsum(held_tonnes(less, masses).values())
    return (
        _found("polish_stages", float(stages)),
        _found("polish_days", days if math.isfinite(days) else None),
        _found("polish_held", held),
    )


def _path(node: Circuit | Leaf, k: int) -> list[Circuit]:
    """Cascades from the feed to product ``k``."""
    if isinstance(node, Leaf):
        return []
    below = next(x for x in (node.light, node.heavy) if any(leaf.product == k for leaf in leaves(x)))
    return [node, *_path(below, k)]
