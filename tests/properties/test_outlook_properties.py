"""Laws of the outlook: more capacity never delays, more delay never advances."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import network, through
from pipelines import looked_ahead, project

from didymium.chain.additions import HOME_STAGES
from didymium.chain.outlook import Growth, Outlook
from didymium.clocks import ProjectRecord
from didymium.world import load_world

WORLD = load_world()
ABROAD = tuple([("BBB", "BBB")] * 5 + [("BBB", "AAA")])
FLOWS = network(("AAA", "BBB"), through(*ABROAD), nodes={"mine": {"BBB": 100.0}})
QUICK = settings(max_examples=30, deadline=None)

stages = st.sampled_from(HOME_STAGES)
starts = st.lists(st.floats(2025, 2050), min_size=5, max_size=5)
capacities = st.floats(10, 2000)
plans = st.lists(st.tuples(st.sets(stages, min_size=1), capacities, starts), min_size=1, max_size=6)


Plan = list[tuple[set[str], float, list[float]]]


def projects_of(plan: Plan) -> tuple[list[ProjectRecord], list[list[float]]]:
    """One project per stage of each entry, so that every capacity counts in its own unit."""
    made = [
        (project(f"p{i}-{stage}", [stage], capacity), begin)
        for i, (chosen, capacity, begin) in enumerate(plan)
        for stage in sorted(chosen)
    ]
    return [p for p, _ in made], [b for _, b in made]


def outlook(plan: Plan) -> Outlook:
    return looked_ahead(WORLD, FLOWS, *projects_of(plan))["AAA"]


def year(o: Outlook) -> float:
    return math.inf if o.first_year is None else o.first_year


@QUICK
@given(plans, plans)
def test_another_project_never_delays(plan: Plan, more: Plan) -> None:
    before, after = outlook(plan), outlook(plan + more)
    assert year(after) <= year(before)
    assert after.reached >= before.reached
    assert (after.dependence <= before.dependence + 1e-12).all()


@QUICK
@given(plans, st.floats(0, 8))
def test_more_delay_never_advances(plan: Plan, delay: float) -> None:
    late: Plan = [(chosen, capacity, [b + delay for b in begin]) for chosen, capacity, begin in plan]
    assert year(outlook(late)) >= year(outlook(plan))
    assert outlook(late).reached <= outlook(plan).reached


@QUICK
@given(plans)
def test_dependence_is_a_share_and_bands_are_in_order(plan: Plan) -> None:
    o = outlook(plan)
    assert ((o.dependence >= 0) & (o.dependence <= 1)).all()
    assert (np.diff(o.dependence, axis=0) >= 0).all()
    low, high = (math.inf if y is None else y for y in o.band90)
    assert low <= year(o) <= high
    assert sum(o.binding.values()) >= 1 - 1e-12 and all(0 < v <= 1 for v in o.binding.values())


@QUICK
@given(plans, st.permutations(range(6)))
def test_the_order_of_projects_does_not_matter(plan: Plan, order: list[int]) -> None:
    records, begin = projects_of(plan)
    turned = sorted(range(len(records)), key=lambda k: order[k % 6])
    other = looked_ahead(WORLD, FLOWS, [records[k] for k in turned], [begin[k] for k in turned])["AAA"]
    np.testing.assert_allclose(other.dependence, outlook(plan).dependence, atol=1e-12)


@QUICK
@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=5), st.floats(1e-3, 1e3))
def test_growth_has_no_unit(levels: list[float], scale: float) -> None:
    years = np.arange(2020, 2060)
    one = Growth(tuple((2020 + 10 * i, v) for i, v in enumerate(levels)), frozenset())
    other = Growth(tuple((y, v * scale) for y, v in one.points), frozenset())
    np.testing.assert_allclose(one.factor(years, 2020), other.factor(years, 2020), rtol=1e-9)
    at = one.factor(np.array([y for y, _ in one.points]), 2020)
    np.testing.assert_allclose(at, np.array(levels) / levels[0], rtol=1e-9)
