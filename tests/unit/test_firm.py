"""A firm week by week: steady while all comes, out when it must be, and no part out of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didymium.market.firm import Course, Lines, Outcome, outcome, play


def lines(
    *,
    cover: float = 2.0,
    transit: float = 3.0,
    tier: float = 2.0,
    delay: float = 1.0,
    shares: tuple[float, ...] = (1.0,),
) -> Lines:
    """One part of one line for one member, its lanes alike but for their shares."""
    share = np.array([shares])
    same = np.ones_like(share)
    return Lines(
        lane_part=np.zeros(len(shares), int),
        part_line=np.zeros(1, int),
        cover=np.full((1, 1), cover),
        share=share,
        later_share=share,
        switch_week=np.inf * same,
        transit=transit * same,
        tier_cover=tier * same,
        tier_delay=delay * same,
        adjust_weeks=8.0,
        headroom=1.2,
    )


def test_while_everything_comes_nothing_moves() -> None:
    course = play(lines(transit=3.3, delay=0.4, shares=(0.7, 0.3)), np.ones((60, 1, 2)))
    np.testing.assert_allclose(course.made, 1.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(course.stock, 2.0, rtol=0, atol=1e-12)
    told = outcome(course, 0.0)
    assert np.isinf(told.first_stop[0]) and told.weeks_stopped[0] == 0 and told.binding[0] == -1


def test_what_is_on_the_way_and_in_stock_is_used_up_to_the_week() -> None:
    course = play(lines(), np.zeros((20, 1, 1)))
    told = outcome(course, 0.0)
    assert told.first_stop[0] == 3 + 2 + 1 + 2
    assert told.lost[0, 0] == pytest.approx(20 - 8)
    assert np.isinf(told.recovery[0]) and told.binding[0] == 0
    assert outcome(course, 0.5).first_stop[0] == 7.5


def test_makers_stock_is_in_weeks_of_what_comes_through_the_supplier() -> None:
    # Two suppliers of half each, with the same weeks in stock behind them, are as good as one.
    passes = np.zeros((20, 1, 1))
    whole = outcome(play(lines(shares=(1.0,)), passes), 0.0)
    halves = outcome(play(lines(shares=(0.5, 0.5)), np.repeat(passes, 2, axis=2)), 0.0)
    assert halves.first_stop[0] == whole.first_stop[0] == 3 + 2 + 1 + 2
    np.testing.assert_allclose(halves.lost, whole.lost)


def test_goods_that_are_on_the_way_for_longer_than_the_run_come_at_the_old_rate_all_through_it() -> None:
    passes = np.zeros((20, 1, 1))
    far, further = (play(lines(transit=weeks), passes) for weeks in (21.0, 1e12))
    np.testing.assert_array_equal(far.made, 1.0)
    np.testing.assert_array_equal(further.made, far.made)
    np.testing.assert_array_equal(further.stock, far.stock)


def test_a_line_recovers_when_deliveries_have_come_all_the_way() -> None:
    passes = np.ones((40, 1, 1))
    passes[:12] = 0
    told = outcome(play(lines(), passes), 0.0)
    assert told.first_stop[0] == 8
    # Shipped again in week 12, on the way for 3, in the next maker's hands for 1.
    assert told.recovery[0] == 12 + 3 + 1
    assert told.weeks_stopped[0] == 16 - 8


def test_a_line_makes_what_its_scarcest_part_allows() -> None:
    two = lines(shares=(1.0, 1.0))._replace(
        lane_part=np.array([0, 1]), part_line=np.array([0, 0]), cover=np.array([[2.0, 5.0]])
    )
    passes = np.ones((30, 1, 2))
    passes[:, :, 0] = 0
    course = play(two, passes)
    told = outcome(course, 0.0)
    assert told.first_stop[0] == 8 and told.binding[0] == 0
    assert course.stock[-1, 0, 1] > 5.0, "the other part piles up"


def test_half_of_the_supply_is_not_a_stop_but_a_loss() -> None:
    passes = np.ones((60, 1, 2))
    passes[:, :, 0] = 0
    told = outcome(play(lines(shares=(0.4, 0.6)), passes), 0.0)
    assert np.isinf(told.first_stop[0])
    assert told.lost[0, 0] > 5


def test_a_second_source_stands_beside_the_others_and_not_on_top() -> None:
    firm = lines(shares=(1.0, 0.0))._replace(later_share=np.array([[1.0, 0.5]]), switch_week=np.full((1, 2), 5.0))
    course = play(firm, np.ones((80, 1, 2)))
    np.testing.assert_allclose(course.made, 1.0, rtol=0, atol=1e-12)
    assert course.reach.max() < 8.0 + 1.0, "orders to both together stay near the whole need"


def made(*weeks: float) -> Outcome:
    """What it comes to that one line made these shares of its plan, week by week."""
    shares = np.array(weeks)[:, None, None]
    return outcome(Course(shares, shares, shares, np.zeros(shares.shape, int)), 0.0)


def test_a_line_stops_when_its_stock_is_out() -> None:
    assert made(1, 1, 0.3, 0).first_stop[0] == 2.3, "within the week in which it stands"
    assert made(0.3, 0, 0).first_stop[0] == 0.3
    assert made(1, 0.75, 0, 0).first_stop[0] == 1.75, "within the week before, which it did not stand"
    assert made(0.75, 0.25).first_stop[0] == 0.75


def test_a_line_that_has_long_run_at_part_stops_when_it_makes_less_than_half() -> None:
    assert made(*[1] * 30, *[0.72] * 14, 0.48).first_stop[0] == 44
    assert made(1, 0.9, 0.6, 0).first_stop[0] == 3
    assert np.isinf(made(1, *[0.5] * 30).first_stop[0]), "half of the plan is no stop"


def test_a_line_has_recovered_only_after_four_good_weeks() -> None:
    assert np.isinf(made(1, 0, 0, 0, 0, 1).recovery[0]), "one good week at the end"
    assert np.isinf(made(1, 0, 0, 1, 1, 1).recovery[0]), "three"
    assert made(1, 0, 1, 1, 1, 1).recovery[0] == 2
    assert made(1, 0, 1, 0.9, 0.95, 1, 1, 1).recovery[0] == 4


@settings(max_examples=60, deadline=None)
@given(
    cover=st.floats(0, 8),
    transit=st.floats(0, 6),
    tier=st.floats(0, 6),
    delay=st.floats(0, 3),
    share=st.floats(0.05, 0.95),
    passes=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=12, max_size=40),
)
def test_parts_are_neither_made_nor_lost(
    cover: float, transit: float, tier: float, delay: float, share: float, passes: list[tuple[float, float]]
) -> None:
    firm = lines(cover=cover, transit=transit, tier=tier, delay=delay, shares=(share, 1 - share))
    let = np.array(passes)[:, None, :]
    course = play(firm, let)
    made, reach = course.made[:, 0, 0], course.reach[:, 0, 0]
    assert made.min() >= 0 and made.max() <= 1 and course.stock.min() >= 0
    before = np.concatenate([[cover + tier + transit + delay], reach[:-1]])
    sent = reach - before + made
    # What sets out lies between nothing and what suppliers can add.
    assert sent.min() >= -1e-9
    assert (sent <= 1.2 * (let[:, 0] @ np.array([share, 1 - share])) + 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(shut=st.integers(1, 30), more=st.floats(0, 10), transit=st.floats(0, 6))
def test_more_stock_stops_no_earlier_and_loses_no_more(shut: int, more: float, transit: float) -> None:
    passes = np.ones((60, 1, 1))
    passes[:shut] = 0
    plain = outcome(play(lines(transit=transit), passes), 0.0)
    stocked = outcome(play(lines(transit=transit, cover=2 + more), passes), 0.0)
    assert stocked.first_stop[0] >= plain.first_stop[0] - 1e-9
    assert stocked.lost.sum() <= plain.lost.sum() + 1e-9
