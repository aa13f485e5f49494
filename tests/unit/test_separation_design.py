"""Inverse design of a cut: it meets what was asked, by a converged cascade, or says why it cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest

from didymium.errors import DidymiumError, SolveError, UnknownName
from didymium.separation.cascade import solve
from didymium.separation.design import cascade_of, cheapest_reflux, design_cut, judge
from didymium.separation.task import binary_of, cut_task, minimum_organic_flow
from didymium.separation.theory import minimum_reflux, optimum_ratios

ZHANG = cut_task({"B": 0.5, "A": 0.5}, {"A": 2.0, "B": 1.0}, "B", 0.9999, 0.999)
LIGHT_FEED = {"La": 0.25, "Ce": 0.50, "Pr": 0.055, "Nd": 0.18, "Sm": 0.015}
LIGHT_BETA = {"La": 1.0, "Ce": 2.2, "Pr": 4.7, "Nd": 9.4, "Sm": 50.0}


def test_zhang_2016_by_the_rigorous_cascade() -> None:
    """Zhang, Zhao and Schreiner 2016 ch. 3: 24 + 21 = 45 stages; accepted 45 +- 1, purities of 24 + 21 to 1e-4."""
    s = optimum_ratios(binary_of(ZHANG)).organic_flow
    design = design_cut(ZHANG, organic_flow=s)
    assert design.stages == pytest.approx(45, abs=1)
    published = judge(ZHANG, s, 24, 21)
    assert published.steady.purity("raffinate", "B") == pytest.approx(0.99988, abs=1e-4)
    assert published.steady.purity("organic", "A") == pytest.approx(0.99908, abs=1e-4)


@pytest.mark.parametrize("after", ["La", "Ce", "Pr", "Nd"])
@pytest.mark.parametrize("feed_in", ["aqueous", "organic"])
def test_a_design_meets_its_purities_with_a_converged_cascade(after: str, feed_in: str) -> None:
    task = cut_task(LIGHT_FEED, LIGHT_BETA, after, 0.995, 0.99, feed_in=feed_in)  # type: ignore[arg-type]
    design = design_cut(task)
    assert design.steady.converged
    assert design.purity_raffinate >= 0.995 - 1e-9
    assert design.purity_organic >= 0.99 - 1e-9
    assert max(design.steady.balances.values()) < 1e-9
    assert design.organic_flow > design.minimum_organic_flow
    again = solve(cascade_of(task, design.organic_flow, design.extraction_stages, design.scrub_stages))
    assert np.allclose(again.purities["organic"], design.steady.purities["organic"], atol=1e-9)


def test_fewer_stages_would_not_do() -> None:
    design = design_cut(ZHANG)
    total = design.stages - 1
    assert all(judge(ZHANG, design.organic_flow, n, total - n).excess > 1 for n in range(1, total))


def test_outlets_balance_and_acid_and_base_are_three_per_mole() -> None:
    task = cut_task(LIGHT_FEED, LIGHT_BETA, "Ce", 0.999, 0.999)
    design = design_cut(task)
    raffinate, organic = design.outlet("raffinate"), design.outlet("organic")
    for element, x in task.feed.items():
        assert raffinate[element] + organic[element] == pytest.approx(x, rel=1e-8)
    assert sum(organic.values()) == pytest.approx(task.exit_a, rel=1e-8)
    assert design.size.acid_kmol_per_h == pytest.approx(3 * design.organic_flow * design.feed_kmol_per_h, rel=1e-9)
    assert design.base_mol_per_mol == pytest.approx(3 * design.organic_flow, rel=1e-9)


def test_underwood_for_two_components_is_the_binary_pinch() -> None:
    for feed_in in ("aqueous", "organic"):
        task = cut_task({"B": 0.7, "A": 0.3}, {"A": 3.0, "B": 2.0}, "B", 0.999, 0.995, feed_in=feed_in)  # type: ignore[arg-type]
        assert minimum_organic_flow(task) == pytest.approx(minimum_reflux(binary_of(task)), rel=1e-9)


def test_underwood_is_a_minimum_of_the_rigorous_cascade() -> None:
    task = cut_task(LIGHT_FEED, LIGHT_BETA, "Pr", 0.999, 0.999)
    lowest = minimum_organic_flow(task)
    assert judge(task, 0.97 * lowest, 200, 150).excess > 1
    assert judge(task, 1.03 * lowest, 200, 150).excess < 1


def test_the_order_and_scale_of_the_feed_do_not_matter() -> None:
    task = cut_task(LIGHT_FEED, LIGHT_BETA, "Ce", 0.999, 0.999)
    shuffled = {e: 40 * LIGHT_FEED[e] for e in reversed(LIGHT_FEED)}
    other = cut_task(shuffled, {e: 7 * b for e, b in LIGHT_BETA.items()}, "Ce", 0.999, 0.999)
    a, b = design_cut(task), design_cut(other)
    assert (a.extraction_stages, a.scrub_stages) == (b.extraction_stages, b.scrub_stages)
    assert a.organic_flow == pytest.approx(b.organic_flow, rel=1e-6)


def test_scaling_the_feed_scales_flows_at_the_same_reflux() -> None:
    a, b = (design_cut(ZHANG, organic_flow=1.8, feed_kmol_per_h=f) for f in (1.0, 10.0))
    assert a.stages == b.stages
    assert b.size.base_kmol_per_h == pytest.approx(10 * a.size.base_kmol_per_h)


def test_more_purity_takes_more_stages() -> None:
    stages = [
        design_cut(cut_task({"B": 0.5, "A": 0.5}, {"A": 1.6, "B": 1.0}, "B", p, p), organic_flow=2.6).stages
        for p in (0.99, 0.999, 0.9999, 0.99999)
    ]
    assert stages == sorted(stages)
    steps = np.diff(stages)
    assert max(steps) - min(steps) <= 4


def test_reflux_below_the_minimum_says_the_minimum() -> None:
    lowest = minimum_organic_flow(ZHANG)
    with pytest.raises(SolveError, match=f"S above {lowest:.4g}"):
        design_cut(ZHANG, organic_flow=0.9 * lowest)


def test_a_purity_out_of_reach_names_the_cut_and_by_how_much() -> None:
    task = cut_task({"B": 0.5, "A": 0.5}, {"A": 1.3, "B": 1.0}, "B", 0.9999, 0.9999)
    with pytest.raises(
        SolveError, match=r"cut B \| A: 40 stages .* reach 9\d\.\d+ % .*\n.*99.99 %.* times less astray"
    ):
        design_cut(task, most_stages=40)


def test_elements_too_alike_are_refused() -> None:
    with pytest.raises(SolveError, match=r"cut B \| A: the separation factor is 1.005"):
        cut_task({"B": 0.5, "A": 0.5}, {"A": 1.005, "B": 1.0}, "B", 0.99, 0.99)


def test_a_key_that_is_a_trace_is_refused() -> None:
    feed = {"E0": 0.3, "E1": 2.5e-13, "E2": 0.7}
    task = cut_task(feed, {"E0": 11.0, "E1": 13.2, "E2": 14.2}, "E1", 0.99996, 0.99996)
    with pytest.raises(SolveError, match=r"cut E1 \| E2: the feed holds 2\.5e-13 of E1"):
        minimum_organic_flow(task)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"purity_organic": 1.0}, DidymiumError, "100 %"),
        ({"purity_raffinate": 99.9}, DidymiumError, "9990 %"),
        ({"after": "Nb"}, UnknownName, "Nb"),
        ({"after": "Sm"}, DidymiumError, "best extracted"),
        ({"feed": {"La": 1.0, "Xx": 1.0}}, UnknownName, "Xx"),
        ({"feed": {"La": 0.0, "Ce": 0.0}}, DidymiumError, "empty"),
        ({"feed": {"La": -1.0, "Ce": 2.0}}, DidymiumError, "negative"),
        ({"feed": {"La": math.nan, "Ce": 2.0}}, DidymiumError, "empty or negative"),
        ({"purity_organic": 0.1}, SolveError, "not above the feed"),
    ],
)
def test_bad_tasks_are_refused(change: dict[str, object], error: type[Exception], message: str) -> None:
    good: dict[str, object] = {"feed": LIGHT_FEED, "beta": LIGHT_BETA, "after": "Ce"}
    with pytest.raises(error, match=message):
        cut_task(**(good | {"purity_raffinate": 0.99, "purity_organic": 0.99} | change))  # type: ignore[arg-type]
    with pytest.raises(DidymiumError, match=r"^1 stage\b"):
        design_cut(ZHANG, most_stages=1)


def test_the_cheapest_reflux_weighs_stages_against_acid() -> None:
    small, large = cheapest_reflux(ZHANG, 0.01), cheapest_reflux(ZHANG, 100.0)
    assert 1.1 <= large <= small


def test_closed_formulae_stand_beside_the_rigorous_cascade() -> None:
    """Zhang 2016: Xu's optimum S is the design's here; two components, so Smoker is within a stage of the rigorous."""
    s = optimum_ratios(binary_of(ZHANG)).organic_flow
    design = design_cut(ZHANG, organic_flow=s)
    said = design.closed
    assert said.xu_organic_flow == s and said.xu_stages is not None and said.smoker_stages is not None
    assert said.fenske_stages < said.xu_stages < design.stages
    assert said.fenske_stages == pytest.approx(math.log(0.9999 / 0.0001 * 0.999 / 0.001) / math.log(2), rel=1e-6)
    assert abs(said.smoker_stages - design.stages) <= 1
