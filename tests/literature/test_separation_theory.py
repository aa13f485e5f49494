"""Closed formulae of counter-current separation against published values."""

from __future__ import annotations

import math

import pytest

from didymium.errors import DidymiumError, SolveError
from didymium.separation.theory import (
    BinaryCut,
    binary_stages,
    fenske_stages,
    kremser_stages,
    kremser_unextracted,
    minimum_reflux,
    optimum_ratios,
    short_stages,
)

# Zhang, Zhao and Schreiner 2016, ch. 3: beta 2.00, equimolar aqueous feed, P_A 99.9 %, P_B 99.99 %.
ZHANG = BinaryCut(beta=2.0, feed_a=0.5, purity_a=0.999, purity_b=0.9999)


def test_zhang_2016_optimum_extraction_ratios() -> None:
    """Ch. 3, worked binary cascade: E'_M 1.414 and E_M .773, scrub-controlled; to a thousandth."""
    ratios = optimum_ratios(ZHANG)
    assert ratios.controlled_by == "scrub"
    assert ZHANG.exit_b < math.sqrt(2) / (1 + math.sqrt(2))
    assert ratios.scrub == pytest.approx(1.414, abs=1e-3)
    assert ratios.extraction == pytest.approx(0.773, abs=1e-3)


def test_zhang_2016_short_stage_numbers() -> None:
    """The short formulae of the same case: 21.1 extraction and 19.9 scrub stages; to a tenth."""
    extraction, scrub = short_stages(ZHANG)
    assert extraction == pytest.approx(21.1, abs=0.05)
    assert scrub == pytest.approx(19.9, abs=0.05)


def test_zhang_2016_stages_are_45() -> None:
    """Published 24 + 21 = 45 stages; exact stepping needs 46 whole ones; accepted 45 +- 1 in all."""
    exact = sum(binary_stages(ZHANG, optimum_ratios(ZHANG).organic_flow))
    assert exact == pytest.approx(45, abs=1)
    assert math.ceil(exact) == 46


def test_stepping_stage_by_stage_agrees_with_the_closed_form() -> None:
    """McCabe-Thiele by hand on the same case, feed stage where the aqueous first passes the feed composition."""
    s, fa, fb = optimum_ratios(ZHANG).organic_flow, ZHANG.exit_a, ZHANG.exit_b
    x, n = 1 - ZHANG.purity_b, 1
    while x < ZHANG.feed_a:
        y = 2 * x / (1 + x)
        x, n = (s * y + fb * (1 - ZHANG.purity_b)) / (s + fb), n + 1
    total = n
    while (y := 2 * x / (1 + x)) < ZHANG.purity_a:
        x, total = (s * y - fa * ZHANG.purity_a) / (s - fa), total + 1
    extraction, scrub = binary_stages(ZHANG, s)
    assert abs(n - extraction) <= 1
    assert total == math.ceil(extraction + scrub)


@pytest.mark.parametrize(
    ("beta", "purity_a", "purity_b", "stages", "within"),
    [
        (2.0, 0.999, 0.9999, 23.3, 0.05),
        (1.5, 0.9999, 0.9999, 45.4, 0.05),
        (1.5, 0.999, 0.999, 34.0, 0.1),
        (3.0, 0.9999, 0.9999, 16.8, 0.05),
    ],
)
def test_fenske(beta: float, purity_a: float, purity_b: float, stages: float, within: float) -> None:
    """Fenske 1932; Zhang 2016 ch. 3 (23.3) and the worked table for beta 1.5 and 3 (45.4, 34, 17 whole)."""
    assert fenske_stages(beta, purity_a, purity_b) == pytest.approx(stages, abs=within)


def test_kremser() -> None:
    """Kremser 1930: E = 10/3 with fresh solvent brings x down a thousand times in 5.4 stages; E = 1 gives 1/(N+1)."""
    assert kremser_stages(10 / 3, 1000) == pytest.approx(5.44, abs=0.01)
    assert kremser_unextracted(10 / 3, kremser_stages(10 / 3, 1000)) == pytest.approx(1e-3, rel=1e-9)
    assert kremser_unextracted(1.0, 4) == pytest.approx(0.2, rel=1e-12)
    assert kremser_unextracted(1 + 1e-7, 4) == pytest.approx(0.2, rel=1e-5)


@pytest.mark.parametrize(("beta", "fa"), [(1.5, 0.3), (2.0, 0.5), (3.5, 0.8)])
def test_minimum_reflux_of_pure_products_is_xus(beta: float, fa: float) -> None:
    """Xu 1995: (E_M)_min = (beta f_A + f_B)/beta for an aqueous and 1/(f_A + beta f_B) for an organic feed."""
    fb = 1 - fa
    for feed_in, e_min in (("aqueous", (beta * fa + fb) / beta), ("organic", 1 / (fa + beta * fb))):
        cut = BinaryCut(beta, fa, 1 - 1e-12, 1 - 1e-12, feed_in=feed_in)  # type: ignore[arg-type]
        assert minimum_reflux(cut) == pytest.approx(e_min * fb / (1 - e_min), rel=1e-9)


@pytest.mark.parametrize("feed_in", ["aqueous", "organic"])
def test_total_reflux_is_fenske_and_the_pinch_is_endless(feed_in: str) -> None:
    cut = BinaryCut(1.8, 0.3, 0.999, 0.995, feed_in=feed_in)  # type: ignore[arg-type]
    lowest = minimum_reflux(cut)
    assert sum(binary_stages(cut, 1e9)) == pytest.approx(fenske_stages(1.8, 0.999, 0.995), rel=1e-6)
    totals = [sum(binary_stages(cut, lowest * k)) for k in (1.0001, 1.01, 1.1, 1.3, 2, 10)]
    assert totals == sorted(totals, reverse=True)
    assert totals[0] > 2 * totals[3]
    with pytest.raises(SolveError, match=f"{lowest:.4g}"):
        binary_stages(cut, lowest * 0.999)


@pytest.mark.parametrize(("fa", "control"), [(0.05, "extraction"), (0.3, "extraction"), (0.7, "scrub")])
def test_the_controlling_section_runs_at_the_root_of_beta(fa: float, control: str) -> None:
    ratios = optimum_ratios(BinaryCut(2.5, fa, 0.999, 0.999))
    assert ratios.controlled_by == control
    own = 1 / ratios.extraction if control == "extraction" else ratios.scrub
    assert own == pytest.approx(math.sqrt(2.5), rel=1e-12)
    assert ratios.organic_flow - ratios.scrub_flow == pytest.approx(BinaryCut(2.5, fa, 0.999, 0.999).exit_a)


def test_a_ratio_below_the_pinch_says_so() -> None:
    ratios = optimum_ratios(ZHANG)
    starved = type(ratios)(0.4, ratios.scrub, 0.33, 0.1, ratios.controlled_by)
    with pytest.raises(SolveError, match="below the minimum"):
        short_stages(ZHANG, starved)


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        ({"beta": 1.0}, "separates nothing"),
        ({"beta": math.nan}, "separates nothing"),
        ({"feed_a": 0.0}, "feed_a"),
        ({"purity_a": 1.0}, "purity_a"),
        ({"purity_b": 99.9}, "purity_b"),
        ({"purity_a": 0.4}, "not above the feed"),
    ],
)
def test_bad_cuts_are_refused(cut: dict[str, float], message: str) -> None:
    with pytest.raises(DidymiumError, match=message):
        BinaryCut(**({"beta": 2.0, "feed_a": 0.5, "purity_a": 0.999, "purity_b": 0.999} | cut))


def test_kremser_below_one_says_what_can_be_reached() -> None:
    with pytest.raises(SolveError, match="at most 2 times"):
        kremser_stages(0.5, 3.0)
    with pytest.raises(DidymiumError):
        kremser_unextracted(0.0, 3)
    with pytest.raises(DidymiumError):
        fenske_stages(1.5, 1.0, 0.9)
