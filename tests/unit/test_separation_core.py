"""The solver against a plain NumPy one, its data and warnings, bad input, specifications and runs in time."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation import kernels
from didymium.separation.cascade import Cascade, Draw, Feed, Steady, solve, with_purity
from didymium.separation.chemistry import (
    Chemistry,
    Constant,
    chemistry_of,
    constant_beta,
    separation_factor,
)
from didymium.separation.dynamics import HoldUp, Moment, Phase, simulate, time_to_purity
from didymium.separation.extractants import extractant, extractants
from didymium.separation.layout import law_arrays, layout_of
from didymium.separation.phases import shutdown_phases, start_up_phases
from didymium.separation.structure import with_feed

RARE = {"La": 0.05, "Ce": 0.10, "Pr": 0.03, "Nd": 0.09, "Sm": 0.01, "Dy": 0.002}


def circuit(draw: float = 0.7) -> Cascade:
    """Extraction, scrub and strip in one cascade: strip liquor drawn at stage 17, its rest the reflux of the scrub."""
    chemistry = chemistry_of(extractant("P507"), tuple(RARE), dimer_mol_per_l=0.5, saponified=0.36)
    feeds = (
        Feed(10, flow_aq=1.0, composition=RARE, acid=0.01, name="feed"),
        Feed(16, flow_aq=0.2, acid=0.6, name="scrub"),
        Feed(22, flow_aq=0.4, acid=3.0, name="strip"),
    )
    return Cascade(22, chemistry, 2.2, feeds=feeds, draws=(Draw(17, "aqueous", fraction=draw, name="liquor"),))


def binary(n: int = 12, m: int = 12, acid_factor: float = 1.0, flow: float = 1.0) -> Cascade:
    chemistry = constant_beta(("A", "B"), (2.0, 1.0), loading_mol_per_l=1.7)
    feeds = (
        Feed(n, flow_aq=flow, composition={"A": 0.5, "B": 0.5}),
        Feed(n + m, flow_aq=flow, acid=3 * 1.2 * acid_factor),
    )
    return Cascade(n + m, chemistry, flow, feeds=feeds)


def reference_compositions(cascade: Cascade, d: np.ndarray) -> np.ndarray:
    """Aqueous concentrations by a dense solve of each component's balance."""
    lay = layout_of(cascade)
    n = cascade.n_stages
    x = np.empty_like(d)
    for i in range(d.shape[1]):
        a = np.diag(lay.down + lay.drawn_aq + (lay.up + lay.drawn_org) * d[:, i])
        a -= np.diag(lay.down[1:], 1) + np.diag(lay.up[:-1] * d[:-1, i], -1) if n > 1 else 0.0
        x[:, i] = np.linalg.solve(a, lay.source[:, i])
    return x


def reference_residuals(cascade: Cascade, s: np.ndarray) -> np.ndarray:
    """Charge and extractant (or ln phi) residuals of each stage at scalars ``s``, in plain NumPy."""
    chemistry, lay = cascade.chemistry, layout_of(cascade)
    c = chemistry.constants
    h, f = np.exp(s[:, :1]), np.exp(s[:, 1:])
    log_d = np.array([k.log_k for k in c]) + np.array([k.dimer_slope for k in c]) * (
        np.log10(f) - chemistry.activity_slope * np.sqrt(f)
    )
    log_d = log_d - (np.array([k.ph_slope for k in c]) + np.array([k.ph_slope_per_dimer for k in c]) * f) * np.log10(h)
    x = reference_compositions(cascade, 10**log_d)
    y = 10**log_d * x
    if chemistry.saturated:
        return np.column_stack([h[:, 0] - 1.0, np.log(y.sum(axis=1) / x.sum(axis=1) * lay.metal / lay.dimer)])
    acid = h[:, 0] + lay.sulfate * h[:, 0] / (chemistry.ka2_mol_per_l + h[:, 0])
    charge = acid + x @ [k.protons for k in c] - lay.anion
    return np.column_stack([charge, f[:, 0] + y @ [k.dimers for k in c] - lay.dimer])


def sulfate_column() -> Cascade:
    law = tuple(Constant(k, v, dimer_slope=2.38) for k, v in (("La", -2.0), ("Nd", -1.0), ("Dy", 1.0)))
    chemistry = Chemistry((*law, Constant("Al", -3.0, protons=3.0)), medium="sulfate", dimer_mol_per_l=0.4)
    feed = Feed(5, flow_aq=1.0, composition={"La": 0.02, "Nd": 0.02, "Dy": 0.005, "Al": 0.01}, acid=0.05)
    return Cascade(6, chemistry, 1.5, organic_in={"Dy": 1e-4}, feeds=(feed, Feed(6, flow_aq=0.3, acid=0.2)))


@pytest.mark.parametrize("cascade", [sulfate_column(), circuit(), binary(4, 3)], ids=["sulfate", "circuit", "full"])
def test_kernels_agree_with_plain_numpy(cascade: Cascade) -> None:
    plant = solve(cascade)
    assert np.abs(reference_residuals(cascade, plant.ln_scalars)).max() < 1e-8
    d = plant.organic / plant.aqueous
    assert plant.aqueous == pytest.approx(reference_compositions(cascade, d), rel=1e-8, abs=1e-30)


@pytest.mark.parametrize("cascade", [sulfate_column(), binary(4, 3)], ids=["sulfate", "full"])
def test_the_newton_step_is_that_of_a_dense_jacobian(cascade: Cascade) -> None:
    plant = solve(cascade)
    s = plant.ln_scalars + 0.02 * np.random.default_rng(3).standard_normal(plant.ln_scalars.shape)
    if cascade.chemistry.saturated:
        s[:, 0] = 0.0
    n, eps = len(s), 1e-6
    jacobian = np.empty((2 * n, 2 * n))
    for k in range(2 * n):
        bump = np.zeros(2 * n)
        bump[k] = eps
        up, down = (reference_residuals(cascade, s + sign * bump.reshape(s.shape)) for sign in (1, -1))
        jacobian[:, k] = ((up - down) / (2 * eps)).ravel()
    wanted = -np.linalg.solve(jacobian, reference_residuals(cascade, s).ravel()).reshape(s.shape)
    assert one_step(cascade, s) == pytest.approx(wanted, rel=1e-4, abs=1e-7)


def one_step(cascade: Cascade, s: np.ndarray) -> np.ndarray:
    """The undamped step of the compiled kernel."""
    lay, law = layout_of(cascade), kernels.Law(*law_arrays(cascade.chemistry))
    zero = np.zeros(cascade.n_stages)
    flows = kernels.Flows(lay.down, lay.up, lay.drawn_aq, lay.drawn_org, zero, zero)
    dimer = lay.dimer / lay.metal if cascade.chemistry.saturated else lay.dimer
    totals = kernels.Totals(lay.anion, lay.sulfate, dimer)
    d, x, w = np.empty_like(lay.source), np.empty_like(lay.source), kernels.workspace(*lay.source.shape)
    kernels.distribution(law, s, d)
    kernels.compositions(flows, d, lay.source, x, w.rest)
    kernels.residuals(law, totals, s, d, x, w.r)
    kernels.tangent(law, flows, totals, s, d, x, kernels.PATIENCE, w)
    kernels.correction(flows, d, w, w.r, w.gap, w.ds, w.dx)
    return np.asarray(w.ds)


def test_extraction_scrub_strip_with_reflux() -> None:
    plant = solve(circuit())
    assert max(plant.balances.values()) < 1e-10
    assert plant.recovery("liquor", "Dy") > 0.99
    assert plant.recovery("raffinate", "La") > 0.9
    assert plant.recovery("raffinate", "Na") + plant.recovery("liquor", "Na") == pytest.approx(1.0, abs=1e-3)
    assert plant.ph[-1] < plant.ph[9]
    assert sum(plant.purities["liquor"]) == pytest.approx(1.0)
    assert plant.purities["liquor"][plant.cascade.chemistry.index("Na")] == 0.0
    more_reflux = solve(circuit(0.5), start=plant)
    assert more_reflux.purity("liquor", "La") != pytest.approx(plant.purity("liquor", "La"), rel=0.05)


def test_data_leave_their_range_with_a_warning() -> None:
    plant = solve(circuit())
    assert any("pH runs from" in w for w in plant.warnings)
    strong = chemistry_of(extractant("d2ehpa"), ("La", "Nd"), dimer_mol_per_l=0.5)
    weak = solve(Cascade(2, strong, 1.0, feeds=(Feed(2, flow_aq=1.0, composition={"La": 0.01, "Nd": 0.01}, acid=0.1),)))
    assert any("0.5 mol/L dimer" in w for w in weak.warnings)
    assert not any("dimer;" in w for w in plant.warnings)


def test_saponification_raises_ph_and_extraction() -> None:
    feed = Feed(3, flow_aq=1.0, composition={"La": 0.02, "Nd": 0.02}, acid=0.02)
    law = extractant("pc88a")
    plain, soap = (
        solve(Cascade(3, chemistry_of(law, ("La", "Nd"), saponified=share), 1.0, feeds=(feed,))) for share in (0.0, 0.3)
    )
    assert soap.ph[0] > plain.ph[0]
    assert soap.recovery("organic", "Nd") > plain.recovery("organic", "Nd")
    ammonia = chemistry_of(law, ("La", "Nd"), saponified=0.3, counter_ion="NH4")
    assert ammonia.components == ("La", "Nd", "NH4")


def test_extractants_have_sources_and_the_published_factors() -> None:
    found = extractants()
    assert {"pc88a", "d2ehpa", "cyanex272", "cyanex572_tbp", "naphthenic_acid"} <= set(found)
    for law in found.values():
        for c in law.constants.values():
            assert c.source_title and c.grade in "ABCD" and (c.source_address or c.grade == "D")
            assert c.sd_log_k > 0 or law.key == "dehpa_tbp_sulfate"
    assert separation_factor(extractant("P507"), ("Nd", "Pr"))[0] == pytest.approx(2.143, abs=1e-3)
    assert separation_factor(extractant("P204"), ("Y", "Dy"))[0] == pytest.approx(4.011, abs=1e-3)
    assert separation_factor(extractant("Cyanex 272"), ("Ce", "La"))[0] == pytest.approx(11.69, rel=1e-3)
    assert separation_factor(extractant("naphthenic acid"), ("La", "Y"))[0] == pytest.approx(1.222, abs=1e-3)
    sulfate = separation_factor(extractant("dehpa_tbp_sulfate"), ("Nd", "Pr"), ph=1.5, free_dimer_mol_per_l=5 / 66.0855)
    assert sulfate[0] == pytest.approx(0.8035, rel=1e-3)


def test_unknown_or_levelless_extractants_say_so() -> None:
    with pytest.raises(UnknownName, match="did you mean"):
        extractant("cyanex27")
    with pytest.raises(DidymiumError, match="only separation factors"):
        chemistry_of(extractant("naphthenic_acid"), ("La", "Y"))
    with pytest.raises(UnknownName, match="Lu"):
        chemistry_of(extractant("pc88a"), ("La", "Lu"))


BAD = {
    "nan feed": lambda: Feed(1, flow_aq=1.0, composition={"A": math.nan}),
    "negative feed": lambda: Feed(1, flow_aq=1.0, composition={"A": -0.1}),
    "unknown component": lambda: Feed(1, flow_aq=1.0, composition={"Q": 0.1}),
    "no flow": lambda: Feed(1, composition={"A": 0.1}),
    "two phases": lambda: Feed(1, flow_aq=1.0, flow_org=1.0),
    "stage 0": lambda: Feed(0, flow_aq=1.0),
    "infinite acid": lambda: Feed(1, flow_aq=1.0, acid=math.inf),
    "acid in organic": lambda: Feed(1, flow_org=1.0, acid=1.0),
}


@pytest.mark.parametrize("feed", BAD.values(), ids=BAD.keys())
def test_bad_feeds_are_refused(feed: object) -> None:
    with pytest.raises(DidymiumError, match=r"feed 1|component"):
        replace(binary(), feeds=(feed(),))  # type: ignore[operator]


@pytest.mark.parametrize(
    "draw", [Draw(3, "aqueous"), Draw(3, "aqueous", flow=1.0, fraction=0.5), Draw(3, "gas", flow=1.0)]
)
def test_bad_draws_are_refused(draw: Draw) -> None:
    with pytest.raises(DidymiumError):
        replace(binary(), draws=(draw,))


def test_other_bad_input_is_refused() -> None:
    with pytest.raises(DidymiumError, match="organic flow"):
        replace(binary(), organic_flow=math.nan)
    with pytest.raises(DidymiumError, match="2001 stages"):
        replace(binary(), n_stages=2001)
    with pytest.raises(DidymiumError, match="separation factors"):
        constant_beta(("A", "B"), (0.0, 1.0))
    with pytest.raises(DidymiumError, match="saponified"):
        chemistry_of(extractant("pc88a"), ("La",), saponified=0.6)
    with pytest.raises(DidymiumError, match="organic_in"):
        solve(replace(circuit(), organic_in={"La": 0.4}))
    with pytest.raises(DidymiumError, match="aqueous flow"):
        solve(replace(binary(), feeds=binary().feeds[:1]))
    with pytest.raises(DidymiumError, match="drawn off"):
        solve(replace(binary(), draws=(Draw(3, "organic", flow=1.5),)))


def test_reflux_below_the_minimum_names_the_minimum() -> None:
    with pytest.raises(DidymiumError, match=r"at least 0\.6 mol per time higher"):
        solve(binary(acid_factor=0.5 / 1.2 * 1.0))
    enough = solve(binary(acid_factor=(0.5 + 0.201) / 1.2))
    assert enough.converged
    with pytest.raises(DidymiumError, match="the acid strips"):
        solve(binary(acid_factor=1.5))


def test_a_cut_exact_to_the_last_digit_is_solved_beside_itself() -> None:
    """The organic takes exactly what A brings, over far more stages than it needs: the front may stand anywhere."""
    chemistry = constant_beta(("A", "B"), (4.44853619204725, 1.0), loading_mol_per_l=0.9275388876980921)
    feeds = (
        Feed(24, flow_aq=1.0, composition={"A": 0.3684144261263073, "B": 0.6315855738736927}),
        Feed(146, flow_aq=1.244674726123382, acid=1.347639949225642),
    )
    exact = Cascade(146, chemistry, 1.0, feeds=feeds)
    found = solve(exact)
    assert any("exact to the last digit" in w for w in found.warnings)
    assert found.cascade.feeds[1].acid == pytest.approx(exact.feeds[1].acid, rel=2e-7)
    assert found.cascade.feeds[1].acid != exact.feeds[1].acid
    assert min(found.purity("organic", "A"), found.purity("raffinate", "B")) > 1 - 1e-6
    assert max(found.balances.values()) < 1e-10


def test_a_solver_that_gives_up_says_where_and_what_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    from didymium.separation import newton

    monkeypatch.setattr(newton, "MOST_STEPS", 2)
    with pytest.raises(SolveError, match=r"hardest near stage \d+") as caught:
        solve(binary())
    assert "start=" in caught.value.cure


def test_purity_as_a_specification_by_acid_and_by_flow() -> None:
    wanted = with_purity(binary(30, 30), "A", "organic", 0.9995)
    assert wanted.purity("organic", "A") == pytest.approx(0.9995, abs=1e-9)
    assert wanted.cascade.feeds[1].acid != binary(30, 30).feeds[1].acid
    by_flow = with_purity(circuit(), "La", "raffinate", 0.6, vary="organic_flow")
    assert by_flow.purity("raffinate", "La") == pytest.approx(0.6, abs=1e-7)
    assert by_flow.cascade.feeds == circuit().feeds


def test_a_purity_out_of_reach_says_how_far_it_is() -> None:
    with pytest.raises(SolveError, match=r"best found, short by") as caught:
        with_purity(binary(3, 3), "A", "organic", 0.99999)
    assert "more stages" in caught.value.cure
    with pytest.raises(UnknownName, match="outlet"):
        with_purity(binary(), "A", "middle", 0.9)
    with pytest.raises(DidymiumError, match="between 0 and 1"):
        with_purity(binary(), "A", "organic", 1.0)
    with pytest.raises(DidymiumError, match="no acid to vary"):
        with_purity(binary(), "A", "organic", 0.9, feed=0)


def holdup(plant: Steady, time: float = 0.02) -> HoldUp:
    return HoldUp(tuple(plant.aqueous_flow * time), tuple(plant.organic_flow * time))


def test_the_long_time_limit_is_the_steady_state() -> None:
    plant = solve(circuit())
    run = simulate([Phase(plant.cascade, 400.0)], holdup(plant))
    assert run.end.x == pytest.approx(plant.aqueous, rel=1e-5, abs=1e-12)
    assert run.end.y == pytest.approx(plant.organic, rel=1e-5, abs=1e-12)


def test_mass_closes_in_time_to_second_order() -> None:
    """Feed less outlets integrates to the change of the inventory, a hundred times closer with ten times the steps."""
    plant = solve(binary())
    upset = with_feed(plant.cascade, 0, composition={"A": 0.6, "B": 0.4})
    missing = []
    for steps in (40, 400):
        run = simulate([Phase(upset, 1.0)], holdup(plant), start=plant, steps=steps)
        out = sum(run.flow[n][:, None] * run.composition[n] for n in ("raffinate", "organic"))
        left = np.trapezoid(out, run.times, axis=0) if hasattr(np, "trapezoid") else np.trapz(out, run.times, axis=0)
        missing.append(np.abs(run.inventory[-1] - run.inventory[0] + left - np.array([0.6, 0.4])).max())
    assert missing[0] < 1e-5
    assert missing[1] < 0.02 * missing[0]


def test_an_upset_passes_and_the_plant_recovers() -> None:
    plant = solve(binary(30, 30, 1.004))
    upset = with_feed(plant.cascade, 1, acid=plant.cascade.feeds[1].acid * 1.01)
    run = simulate([Phase(upset, 0.5), Phase(plant.cascade, 300.0)], holdup(plant), start=plant)
    purity = run.purity("raffinate", "B")
    assert purity.min() < purity[0] - 1e-6
    assert purity[-1] == pytest.approx(purity[0], abs=1e-6)


def test_full_reflux_is_quicker_than_a_normal_start() -> None:
    plant = solve(binary(30, 30))
    normal = simulate(start_up_phases(plant, "normal", then_for=20.0), holdup(plant))
    reflux = simulate(start_up_phases(plant, "full_reflux", reflux_for=3.0, then_for=17.0), holdup(plant))
    times = [time_to_purity(run, "A", "organic", 0.999) for run in (normal, reflux)]
    assert times[1] < times[0]
    assert math.isnan(time_to_purity(normal, "A", "organic", 1.0 - 1e-15))
    with pytest.raises(UnknownName, match="start-up"):
        start_up_phases(plant, "fast")


def test_a_shutdown_washes_the_metal_out_of_an_organic_that_is_not_full() -> None:
    plant = solve(circuit())
    run = simulate(shutdown_phases(plant, shut_for=20.0), holdup(plant), start=plant)
    rare = [plant.cascade.chemistry.index(e) for e in RARE]
    assert run.inventory[-1][rare].sum() < 1e-3 * run.inventory[0][rare].sum()
    assert run.inventory[-1][plant.cascade.chemistry.index("Na")] > 0


def test_an_operator_changes_the_plant_and_stops_it() -> None:
    plant = solve(binary())
    seen = []

    def operator(cascade: Cascade, now: Moment) -> Cascade | None:
        seen.append(now.time)
        acid = cascade.feeds[1].acid * (0.99 if now.time < 1.0 else 1.0)
        return None if now.time > 3.0 else with_feed(cascade, 1, acid=acid)

    run = simulate([Phase(plant.cascade, 50.0)], holdup(plant), start=plant, operator=operator)
    assert 3.0 < run.times[-1] < 50.0
    assert seen == list(run.times)
    assert run.inventory[-1] != pytest.approx(run.inventory[0], rel=1e-6)


def test_phases_must_fit_together() -> None:
    plant = solve(binary())
    with pytest.raises(DidymiumError, match="phase 2"):
        simulate([Phase(plant.cascade, 1.0), Phase(binary(5, 5), 1.0)], holdup(plant))
    with pytest.raises(DidymiumError, match="duration"):
        simulate([Phase(plant.cascade, 0.0)], holdup(plant))
    with pytest.raises(DidymiumError, match="hold-up"):
        simulate([Phase(plant.cascade, 1.0)], HoldUp(0.0, 1.0))


def test_numba_is_loaded_only_to_solve() -> None:
    code = "import sys, didymium.separation.cascade, didymium.separation.dynamics; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
