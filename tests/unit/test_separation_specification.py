"""Purity as a specification: bordered Newton against the bracketed search, its border, its limits."""

from __future__ import annotations

import math

import pytest

from didymium.errors import SolveError, UnknownName
from didymium.separation import specification
from didymium.separation.bordered import Spot, _Run
from didymium.separation.cascade import Cascade, Feed, solve, with_purity
from didymium.separation.chemistry import chemistry_of, constant_beta
from didymium.separation.extractants import extractant
from didymium.separation.newton import solver_of

HEAVY = ("C", "D")


def full(off: float = 0.99, n: int = 40) -> Cascade:
    """Four elements at a factor of 1.8 cut in the middle, full organic, scrub acid off by a factor."""
    chemistry = constant_beta(("A", "B", "C", "D"), [1.8**k for k in range(4)], loading_mol_per_l=2.0)
    feeds = (
        Feed(n // 2, flow_aq=1.0, composition=dict.fromkeys("ABCD", 0.25)),
        Feed(n, flow_aq=0.8, acid=3 * 1.5 / 0.8 * off),
    )
    return Cascade(n, chemistry, 1.0, feeds=feeds)


def reacting() -> Cascade:
    """Four elements in saponified P507 with acid and free dimer as outputs."""
    chemistry = chemistry_of(extractant("P507"), ("La", "Ce", "Pr", "Nd"), dimer_mol_per_l=0.5, saponified=0.36)
    feeds = (
        Feed(12, flow_aq=1.0, composition={"La": 0.05, "Ce": 0.1, "Pr": 0.03, "Nd": 0.09}, acid=0.01),
        Feed(24, flow_aq=0.3, acid=1.0),
    )
    return Cascade(24, chemistry, 1.2, feeds=feeds)


def value(plant: Cascade, vary: str) -> float:
    return {"acid": plant.feeds[1].acid, "scrub_flow": plant.feeds[1].flow_aq}.get(vary, plant.organic_flow)


@pytest.mark.parametrize("vary", ["acid", "scrub_flow", "organic_flow"])
@pytest.mark.parametrize(
    ("plant", "outlet", "names", "purity"),
    [
        (full(), "raffinate", ("A", "B"), 0.9995),
        (full(1.01), "organic", HEAVY, 0.999),
        (full(1.01), "raffinate", ("A", "B"), 0.99),
        (reacting(), "organic", ("Pr", "Nd"), 0.97),
    ],
    ids=["purer raffinate", "purer organic", "less pure", "reacting"],
)
def test_newton_and_search_find_the_same_plant(
    plant: Cascade, outlet: str, names: tuple[str, ...], purity: float, vary: str
) -> None:
    newton, search = (with_purity(plant, names, outlet, purity, vary=vary, method=m) for m in ("newton", "search"))
    assert newton.purity(outlet, *names) == pytest.approx(purity, abs=1e-9)
    assert value(newton.cascade, vary) == pytest.approx(value(search.cascade, vary), rel=1e-7)
    assert newton.organic == pytest.approx(search.organic, rel=1e-4, abs=1e-9)
    assert max(newton.balances.values()) < 1e-10


@pytest.mark.parametrize("vary", ["acid", "organic_flow", "reflux"])
@pytest.mark.parametrize("plant", [full(n=12), reacting()], ids=["full", "reacting"])
def test_the_border_is_the_slope_of_the_purity(plant: Cascade, vary: str) -> None:
    """d ln(odds) / d ln(setting) through the factored Jacobian against central differences of whole solves."""
    names = plant.chemistry.components[2:4]
    first = solve(plant)
    at, here = specification._setting(plant, vary, None)
    spot = Spot.of(first, "organic", names, 0.99)
    run = _Run(at, solver_of(plant, 1e-10), spot, math.log(here), first)
    assert run._look(run.z, run.s, run.x, run.d) is not None and run._factor()
    step = 1e-4
    shorts = []
    for sign in (1, -1):
        near = solve(at(here * math.exp(sign * step)), start=first, tolerance=1e-12)
        shorts.append(spot.short(near.aqueous, near.organic / near.aqueous))
    assert run.border_gain == pytest.approx((shorts[1] - shorts[0]) / (2 * step), rel=1e-3)


def test_a_failing_newton_leaves_it_to_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = with_purity(full(), HEAVY, "organic", 0.99)
    monkeypatch.setattr(specification, "bordered", lambda *_: None)
    found = with_purity(full(), HEAVY, "organic", 0.99)
    assert found.cascade.feeds[1].acid == pytest.approx(wanted.cascade.feeds[1].acid, rel=1e-7)


def test_from_far_beyond_purity() -> None:
    """From an outlet of ten nines to one of three the front runs through the whole cascade."""
    pure = solve(full(0.99, 100))
    assert pure.purity("raffinate", "A", "B") > 1 - 1e-10
    found = with_purity(pure.cascade, ("A", "B"), "raffinate", 0.999, start=pure)
    assert found.purity("raffinate", "A", "B") == pytest.approx(0.999, abs=1e-9)


def test_reflux_keeps_the_split_of_the_products() -> None:
    plant = full(1.0, 24)
    before, found = solve(plant), with_purity(plant, HEAVY, "organic", 0.995, vary="reflux")
    assert found.cascade.organic_flow != pytest.approx(plant.organic_flow, rel=1e-3)
    for outlet in ("raffinate", "organic"):
        flows = [float(s.outlets[outlet].flow * s.outlets[outlet].composition.sum()) for s in (before, found)]
        assert flows[1] == pytest.approx(flows[0], rel=1e-8)


def test_out_of_reach_names_the_group_and_the_shortfall() -> None:
    with pytest.raises(SolveError, match=r"C, D does not reach 0\.9999999 in organic: 0\.9.* short by") as caught:
        with_purity(full(n=8), HEAVY, "organic", 0.9999999)
    assert "more stages" in caught.value.cure
    with pytest.raises(UnknownName, match="setting"):
        with_purity(full(), HEAVY, "organic", 0.99, vary="acids")
    with pytest.raises(UnknownName, match="method"):
        with_purity(full(), HEAVY, "organic", 0.99, method="newt")
    with pytest.raises(UnknownName, match="component"):
        with_purity(full(), ("C", "Q"), "organic", 0.99)
