"""What closed formulae miss, against the published Pr/Nd cascade of 60 + 60 stages at a factor of 1.5."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from didymium.separation.cascade import solve
from didymium.separation.design import CutDesign, cascade_of, design_cut
from didymium.separation.dynamics import HoldUp, simulate
from didymium.separation.margins import acid_map, nine_curve, stage_doubt
from didymium.separation.phases import start_up_phases
from didymium.separation.startup import shut_down, start_up, upset
from didymium.separation.task import cut_task, minimum_organic_flow

TASK = cut_task({"Pr": 0.25, "Nd": 0.75}, {"Pr": 1.0, "Nd": 1.5}, "Pr", 0.9999, 0.9999)
FLOW = 1.25 * minimum_organic_flow(TASK)


@pytest.fixture(scope="module")
def sixty() -> CutDesign:
    """60 + 60 stages at 1.25 times the minimum, the product split that of the feed."""
    task = replace(TASK, heavy_in_raffinate=1e-5, light_in_organic=1e-5)
    design = design_cut(TASK, organic_flow=FLOW)
    steady = solve(cascade_of(task, FLOW, 60, 60))
    return replace(design, task=task, steady=steady, extraction_stages=60, scrub_stages=60)


def test_a_thousandth_of_acid_is_one_per_cent_of_purity(sixty: CutDesign) -> None:
    """Known answer: Pr from 99.997 to about 98.99 % one way, Nd from 99.999 to about 99.66 % the other; to 0.1 %."""
    found = acid_map(sixty, (-0.001, 0.0, 0.001))
    less, exact, more = found.raffinate[:, 0]
    assert exact == pytest.approx(0.99997, abs=2e-5)
    assert more == pytest.approx(0.9899, abs=1e-3)
    assert less > exact
    less, exact, more = found.organic[:, 0]
    assert exact == pytest.approx(0.99999, abs=1e-5)
    assert less == pytest.approx(0.9966, abs=1e-3)


def test_thirty_days_to_three_nines(sixty: CutDesign) -> None:
    """Known answer: about 30 days to 99.9 % Pr from feed-filled cells at 25 min a stage; to 15 %."""
    run = start_up(sixty, residence_days=25 / 60 / 24, trimmed=False)
    assert run.raffinate[0] == pytest.approx(0.25)
    first = run.days[int(np.argmax(run.raffinate > 0.999))]
    assert first == pytest.approx(30, rel=0.15)
    # The last decade takes far longer than the one before.
    second = run.days[int(np.argmax(run.raffinate > 0.99))]
    assert first > 1.5 * second


def test_trimming_the_acid_by_what_is_held_saves_weeks(sixty: CutDesign) -> None:
    trimmed, kept = (start_up(sixty, residence_days=25 / 60 / 24, trimmed=t) for t in (True, False))
    reach = [float(r.days[int(np.argmax(r.raffinate > 0.999))]) for r in (trimmed, kept)]
    assert reach[0] < 0.8 * reach[1]


def test_full_reflux_first_brings_three_nines_sooner(sixty: CutDesign) -> None:
    runs = [start_up(sixty, mode, residence_days=25 / 60 / 24) for mode in ("normal", "partial", "full_reflux")]
    normal, partial, reflux = (float(r.days[int(np.argmax(r.raffinate > 0.999))]) for r in runs)
    assert reflux < partial < normal


def test_an_upset_is_recovered_from_the_longer_the_larger() -> None:
    design = design_cut(cut_task({"B": 0.5, "A": 0.5}, {"A": 2.0, "B": 1.0}, "B", 0.999, 0.999))
    small, large = (upset(design, factor, 3.0) for factor in (1.01, 1.05))
    assert large.raffinate.min() < small.raffinate.min() < small.raffinate[0]
    assert small.days_to_purity < large.days_to_purity < 60
    assert large.purity[-1] > 0.998


def test_a_shutdown_is_followed_by_a_recovery() -> None:
    """Three weeks on full reflux leave the stages off their profile, but no farther than twice a start's way."""
    design = design_cut(cut_task({"B": 0.5, "A": 0.5}, {"A": 2.0, "B": 1.0}, "B", 0.999, 0.999))
    run = shut_down(design, 21.0)
    assert 21.0 < run.days_to_purity < 21.0 + 2 * start_up(design).days_to_purity
    assert run.purity[0] == pytest.approx(0.999, abs=1e-3)


def test_the_long_run_is_the_steady_state() -> None:
    """Two hundred days at the acid of the design end at its steady state, to 1e-5.

    A trimmed start is stopped before: half as long again as it takes to come within twice the impurity.
    """
    easy = design_cut(cut_task({"B": 0.5, "A": 0.5}, {"A": 3.0, "B": 1.0}, "B", 0.99, 0.99))
    steady, residence = easy.steady, 25 / 60 / 24
    holdup = HoldUp((residence * steady.aqueous_flow).tolist(), (residence * steady.organic_flow).tolist())
    phases = start_up_phases(steady, "normal", reflux_for=0.0, then_for=200.0)
    end = simulate(phases, holdup, rtol=3e-3, tolerance=1e-9)
    assert end.purity("raffinate", "B")[-1] == pytest.approx(easy.purity_raffinate, abs=1e-5)
    assert end.purity("organic", "A")[-1] == pytest.approx(easy.purity_organic, abs=1e-5)
    run = start_up(easy)
    assert easy.size.held_days_of_feed < run.days_to_purity < run.days[-1] < 10
    assert 0.985 < run.purity[-1] < min(easy.purity_raffinate, easy.purity_organic)


def test_acid_and_organic_errors_trade_along_a_ridge() -> None:
    design = design_cut(TASK)
    grid = (-0.005, 0.0, 0.005)
    found = acid_map(design, grid, grid)
    worst = np.minimum(found.raffinate, found.organic)
    ridge = design.organic_flow / design.scrub_flow
    assert 1 < ridge < 2
    assert worst[2, 2] > worst[0, 2] and worst[2, 2] > worst[2, 0]
    assert worst[1, 1] == worst.max()


def test_each_nine_costs_about_the_same_stages() -> None:
    points = nine_curve(TASK, 10.0, (2, 3, 4, 5))
    stages = [p.design.stages for p in points]
    capital = [p.capital.known() for p in points]
    assert [p.nines for p in points] == [2, 3, 4, 5]
    assert stages == sorted(stages) and capital == sorted(capital)
    steps = np.diff(stages)
    assert max(steps) < 2.0 * min(steps)
    assert all(p.design.purity_organic >= p.purity - 1e-9 for p in points)


def test_a_trace_between_the_keys_does_not_become_the_key() -> None:
    feed = {"Pr": 0.25, "La": 1e-9, "Ce": 1e-9, "Nd": 0.75 - 2e-9}
    beta = {"Pr": 1.0, "La": 1.1, "Ce": 1.3, "Nd": 1.5}
    traced = replace(cut_task(feed, beta, "La", 0.999, 0.999), keys=("Pr", "Nd"))
    plain, with_traces = (nine_curve(task, 10.0, (3,))[0].design for task in (TASK, traced))
    assert with_traces.task.key_beta == pytest.approx(1.5)
    assert with_traces.stages == pytest.approx(plain.stages, abs=1)


def test_a_nine_out_of_reach_ends_the_curve() -> None:
    assert [p.nines for p in nine_curve(TASK, 10.0, (2, 3, 4, 5), most_stages=45)] == [2, 3]


def test_doubt_in_the_factor_spreads_the_stages() -> None:
    design = design_cut(TASK)
    none = stage_doubt(design, 1e-6, draws=3)
    # A redesign at the same flows may save a stage or two by another feed stage.
    assert max(abs(none.stages - design.stages)) <= 2
    doubt = stage_doubt(design, 0.03, draws=15, seed=1)
    assert doubt.stages[0] < design.stages < doubt.stages[-1]
    assert doubt.quantile(0.1) <= doubt.quantile(0.5) <= doubt.quantile(0.9)
    wide = stage_doubt(design, 0.3, draws=15, seed=1)
    assert 0 < len(wide.stages) < len(wide.factors) == 15
    assert wide.quantile(1.0) == np.inf
