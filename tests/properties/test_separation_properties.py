"""Laws of the design of cuts: what is asked is met, mass closes, scale and order do not matter, theory brackets."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from didymium.errors import SolveError
from didymium.separation.design import design_cut, judge
from didymium.separation.task import CutTask, binary_of, cut_task, minimum_organic_flow
from didymium.separation.theory import BinaryCut, binary_stages, fenske_stages, minimum_reflux, optimum_ratios

FRACTION = st.floats(0.02, 0.98)
NINES = st.floats(1.3, 4.0)
FEED_IN = st.sampled_from(["aqueous", "organic"])


@st.composite
def tasks(draw: st.DrawFn) -> CutTask:
    """A cut of two to six elements, neighbours 1.3 to 6 apart."""
    n = draw(st.integers(2, 6))
    names = [f"E{i}" for i in range(n)]
    shares = draw(st.lists(st.floats(0.05, 1.0), min_size=n, max_size=n))
    steps = draw(st.lists(st.floats(1.3, 6.0), min_size=n, max_size=n))
    beta = {e: math.prod(steps[: i + 1]) for i, e in enumerate(names)}
    k = draw(st.integers(0, n - 2))
    light = sum(shares[: k + 1]) / sum(shares)
    pure = [1 - x * 10.0 ** -draw(NINES) for x in (1 - light, light)]
    return cut_task(dict(zip(names, shares, strict=True)), beta, names[k], *pure, feed_in=draw(FEED_IN))


@settings(max_examples=40, deadline=None)
@given(tasks())
def test_a_design_meets_what_was_asked_and_closes(task: CutTask) -> None:
    design = design_cut(task)
    assert design.purity_raffinate >= task.purity_raffinate - 1e-8
    assert design.purity_organic >= task.purity_organic - 1e-8
    out = [design.outlet(name) for name in ("raffinate", "organic")]
    for element, x in task.feed.items():
        assert sum(o[element] for o in out) == pytest.approx(x, rel=1e-7, abs=1e-12)
    assert design.organic_flow > design.minimum_organic_flow


@settings(max_examples=20, deadline=None)
@given(tasks(), st.integers(1, 15), st.integers(1, 15))
def test_more_stages_never_lower_the_purity_at_fixed_flows(task: CutTask, more: int, above: int) -> None:
    s = 1.3 * minimum_organic_flow(task)
    few, many = judge(task, s, 10, 10), judge(task, s, 10 + more, 10 + above)
    assert many.excess <= few.excess * (1 + 1e-6)


@settings(max_examples=100, deadline=None)
@given(st.floats(1.1, 10.0), FRACTION, NINES, NINES, FEED_IN)
def test_closed_formulae_bracket_each_other(beta: float, fa: float, a: float, b: float, feed_in: str) -> None:
    purity_a, purity_b = 1 - (1 - fa) * 10**-a, 1 - fa * 10**-b
    cut = BinaryCut(beta, fa, purity_a, purity_b, feed_in=feed_in)  # type: ignore[arg-type]
    assert cut.exit_a * cut.purity_a + cut.exit_b * (1 - cut.purity_b) == pytest.approx(fa, rel=1e-9)
    assert 0 < cut.yield_a < 1 and 0 < cut.yield_b < 1
    lowest = minimum_reflux(cut)
    assume(lowest > max(cut.exit_a if feed_in == "aqueous" else 0.0, 0.0) + 1e-6)
    totals = [sum(binary_stages(cut, lowest * k)) for k in (1.05, 1.5, 5.0)]
    assert totals == sorted(totals, reverse=True)
    assert totals[-1] >= fenske_stages(beta, purity_a, purity_b) - 1e-6
    ratios = optimum_ratios(cut)
    assert ratios.organic_flow == pytest.approx(ratios.extraction * cut.exit_b / (1 - ratios.extraction))


@settings(max_examples=30, deadline=None)
@given(tasks(), st.floats(0.2, 5.0))
def test_the_scale_of_the_factors_does_not_matter(task: CutTask, by: float) -> None:
    from dataclasses import replace

    other = replace(task, beta={e: by * b for e, b in task.beta.items()})
    assert minimum_organic_flow(other) == pytest.approx(minimum_organic_flow(task), rel=1e-9)
    assert minimum_reflux(binary_of(other)) == pytest.approx(minimum_reflux(binary_of(task)), rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(tasks())
def test_below_the_minimum_is_refused(task: CutTask) -> None:
    with pytest.raises(SolveError, match="below the minimum"):
        design_cut(task, organic_flow=0.99 * minimum_organic_flow(task))
