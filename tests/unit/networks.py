"""Small supply networks built by hand, for tests of the trace."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from didymium.chain.flows import Flows
from didymium.chain.layout import LINKED, NODES
from didymium.chain.structure import FORMS, STAGES, Recipes
from didymium.world import ELEMENTS

Amount = float | Mapping[str, float]
Links = Mapping[tuple[str, str], Amount]


def vector(amount: Amount) -> np.ndarray:
    """Tonnes by element; a bare number is neodymium."""
    tonnes = amount if isinstance(amount, Mapping) else {"Nd": amount}
    return np.array([tonnes.get(e, 0.0) for e in ELEMENTS])


def network(
    blocs: tuple[str, ...],
    trade: Mapping[str, Links],
    *,
    nodes: Mapping[str, Mapping[str, Amount]] | None = None,
    separate_yield: float = 1.0,
) -> Flows:
    """Flows with the given links (form → (from, to) → tonnes) and node quantities (name → bloc → tonnes)."""
    n, e = len(blocs), len(ELEMENTS)
    arrays = {form: np.zeros((n, n, e)) for form in LINKED}
    for form, links in trade.items():
        for (a, b), amount in links.items():
            arrays[form][blocs.index(a), blocs.index(b)] += vector(amount)
    quantities = {name: np.zeros((n, e)) for name in NODES}
    quantities["mine"] = arrays["concentrate"].sum(axis=1)
    for name, by_bloc in (nodes or {}).items():
        for bloc, amount in by_bloc.items():
            quantities[name][blocs.index(bloc)] = vector(amount)
    yields = {stage: np.ones((n, e)) for stage in (*STAGES[1:], "recycle")} | {
        "separate": np.full((n, e), separate_yield)
    }
    return Flows(
        year=2024,
        blocs=blocs,
        trade=arrays,
        nodes=quantities,
        recipes=Recipes(yields, frozenset()),
        residuals=(),
        sigma={},
        capacity_unknown=(),
        unreported=frozenset(),
        solver={},
        sources=frozenset(),
    )


def through(*path: tuple[str, str], amount: Amount = 100.0) -> dict[str, dict[tuple[str, str], Amount]]:
    """One (from, to) pair for each form in the order of the chain, all of the same tonnage."""
    return {form: {pair: amount} for form, pair in zip(FORMS, path, strict=True)}


def at_home(*blocs: str, amount: Amount = 100.0) -> dict[str, dict[tuple[str, str], Amount]]:
    """Every form of every bloc stays where it is made."""
    return {form: {(b, b): amount for b in blocs} for form in FORMS}
