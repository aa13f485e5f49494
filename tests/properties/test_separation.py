"""What must hold for every cascade: closure, permutation, scaling, limits, more stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didymium.separation.cascade import Cascade, Feed, Steady, solve
from didymium.separation.chemistry import Chemistry, Constant, constant_beta
from didymium.separation.dynamics import HoldUp, Phase, simulate

settings.register_profile("separation", deadline=None, max_examples=25, derandomize=True)
FEW = settings.get_profile("separation")

shares = st.lists(st.floats(0.05, 1.0), min_size=2, max_size=6)
gaps = st.lists(st.floats(0.1, 0.8), min_size=6, max_size=6)


def full(z: list[float], gap: list[float], n: int, m: int, exit_share: float, reflux: float) -> Cascade:
    """A cascade of a full organic: mole shares, log10 beta steps, stages, share leaving in the
    organic, reflux ratio.
    """
    names = tuple(f"E{k}" for k in range(len(z)))
    total = sum(z)
    beta = 10 ** np.cumsum(gap[: len(z)])
    scrub = exit_share * reflux
    chemistry = constant_beta(names, beta.tolist(), loading_mol_per_l=exit_share + scrub)
    feeds = (
        Feed(n, flow_aq=1.0, composition={k: v / total for k, v in zip(names, z, strict=True)}),
        Feed(n + m, flow_aq=0.7, acid=3 * scrub / 0.7),
    )
    return Cascade(n + m, chemistry, 1.0, feeds=feeds)


def reacting(z: list[float], gap: list[float], n: int, m: int, soap: float, ratio: float) -> Cascade:
    """A cascade with acid and free dimer as outputs, some of the extractant saponified."""
    names = tuple(f"E{k}" for k in range(len(z)))
    log_k = np.cumsum(gap[: len(z)]) - 3.0
    law = tuple(Constant(k, float(v)) for k, v in zip(names, log_k, strict=True))
    soda = Constant("Na", -2.3, 1.0, 1.0, 1.0, 1.0)
    chemistry = Chemistry((*law, soda), dimer_mol_per_l=0.5, saponified=soap, counter_ion="Na")
    total = sum(z) / 0.3
    feeds = (
        Feed(n, flow_aq=1.0, composition={k: v / total for k, v in zip(names, z, strict=True)}, acid=0.02),
        Feed(n + m, flow_aq=0.3, acid=1.0),
    )
    return Cascade(n + m, chemistry, ratio, feeds=feeds)


any_full = st.builds(
    full, shares, gaps, st.integers(1, 25), st.integers(1, 25), st.floats(0.05, 0.9), st.floats(0.5, 10.0)
)
any_reacting = st.builds(
    reacting, shares, gaps, st.integers(1, 25), st.integers(1, 15), st.floats(0.05, 0.45), st.floats(0.5, 6.0)
)
anything = st.one_of(any_full, any_reacting)


def leaving(plant: Steady) -> np.ndarray:
    return np.sum([o.flow * o.composition for o in plant.outlets.values()], axis=0)


@settings(FEW)
@given(anything)
def test_mass_extractant_and_charge_close(cascade: Cascade) -> None:
    plant = solve(cascade)
    assert max(plant.balances.values()) < 1e-10
    assert (plant.aqueous >= 0).all() and (plant.organic >= 0).all()
    assert sum(np.sum(r) for r in plant.recoveries.values()) == pytest.approx(
        np.count_nonzero(leaving(plant)), rel=1e-9
    )


@settings(FEW)
@given(any_reacting)
def test_acid_in_is_acid_out_plus_what_metals_gave_up(cascade: Cascade) -> None:
    """Protons: acid entering plus charge of metal taken from the aqueous equals acid leaving."""
    plant = solve(cascade)
    protons = np.array([c.protons for c in cascade.chemistry.constants])
    entering = sum(f.flow_aq * f.acid for f in cascade.feeds)
    raffinate, organic = plant.outlets["raffinate"], plant.outlets["organic"]
    sodium = 2 * cascade.chemistry.saponified * cascade.chemistry.dimer_mol_per_l * cascade.organic_flow
    released = organic.flow * organic.composition @ protons - sodium
    assert raffinate.flow * raffinate.acid == pytest.approx(entering + released, rel=1e-8)


@settings(FEW)
@given(anything, st.randoms(use_true_random=False))
def test_the_order_of_elements_changes_nothing(cascade: Cascade, rng: object) -> None:
    order = list(range(len(cascade.chemistry.constants)))
    rng.shuffle(order)  # type: ignore[attr-defined]
    swapped = replace(cascade.chemistry, constants=tuple(cascade.chemistry.constants[k] for k in order))
    a, b = solve(cascade), solve(replace(cascade, chemistry=swapped))
    assert b.aqueous == pytest.approx(a.aqueous[:, order], rel=1e-6, abs=1e-12)
    assert b.organic == pytest.approx(a.organic[:, order], rel=1e-6, abs=1e-12)


@settings(FEW)
@given(anything, st.floats(1e-3, 1e3))
def test_scaling_the_flows_scales_what_flows(cascade: Cascade, factor: float) -> None:
    feeds = tuple(replace(f, flow_aq=f.flow_aq * factor) for f in cascade.feeds)
    a = solve(cascade)
    b = solve(replace(cascade, organic_flow=cascade.organic_flow * factor, feeds=feeds))
    assert b.aqueous == pytest.approx(a.aqueous, rel=1e-6, abs=1e-12)
    assert leaving(b) == pytest.approx(leaving(a) * factor, rel=1e-9)


@settings(FEW)
@given(
    st.floats(0.2, 0.8),
    st.floats(0.1, 0.6),
    st.integers(2, 15),
    st.integers(2, 15),
    st.floats(0.3, 6.0),
    st.integers(1, 6),
)
def test_more_stages_never_lower_a_purity(z: float, gap: float, n: int, m: int, reflux: float, more: int) -> None:
    plants = [
        solve(full([1 - z, z], [gap] * 2, n + a, m + b, z, reflux))
        for a, b in ((0, 0), (more, 0), (0, more), (more, more))
    ]
    for outlet, name in (("organic", "E1"), ("raffinate", "E0")):
        had = [p.purity(outlet, name) for p in plants]
        assert all(later >= had[0] - 1e-9 for later in had[1:])
        assert had[3] >= max(had) - 1e-9


@settings(FEW)
@given(st.floats(0.2, 0.8), st.floats(0.5, 5.0))
def test_an_infinite_separation_factor_parts_completely(z: float, reflux: float) -> None:
    plant = solve(full([1 - z, z], [0.0, 9.0], 3, 3, z * (1 - 1e-6), reflux))
    assert plant.purity("organic", "E1") > 1 - 1e-8
    assert plant.recovery("organic", "E1") == pytest.approx(1 - 1e-6, abs=1e-8)


@settings(FEW, max_examples=8)
@given(anything)
def test_the_steady_state_stays_where_it_is(cascade: Cascade) -> None:
    plant = solve(cascade)
    run = simulate([Phase(cascade, 10.0)], HoldUp(0.1, 0.1), start=plant)
    assert run.end.x == pytest.approx(plant.aqueous, rel=1e-6, abs=1e-9)
    assert run.inventory[-1] == pytest.approx(run.inventory[0], rel=1e-7)


@settings(FEW, max_examples=8)
@given(st.builds(full, shares, gaps, st.integers(1, 6), st.integers(1, 6), st.floats(0.1, 0.7), st.floats(0.5, 4.0)))
def test_a_start_from_feed_ends_in_the_steady_state(cascade: Cascade) -> None:
    plant = solve(cascade)
    run = simulate([Phase(cascade, 3000.0)], HoldUp(0.05, 0.05))
    assert run.end.x == pytest.approx(plant.aqueous, rel=1e-3, abs=1e-5)
