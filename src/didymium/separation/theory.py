"""Closed formulae of counter-current separation: Xu Guangxian's optimum extraction ratio, Fenske, Kremser, Smoker.

Two components, A (better extracted, leaves with the organic) and B (leaves with the raffinate), a constant separation
factor, constant rare-earth flows. Flows are moles of rare earth per mole of feed: ``S`` in the organic of the
extraction section, ``W`` brought back by the scrub. These formulae seed the design and teach; the rigorous cascade
judges.

Sources: Xu Guangxian (ed.), Rare Earths, 2nd ed., Metallurgical Industry Press, Beijing 1995, vol. 1; Zhang, Zhao and
Schreiner, Separation Hydrometallurgy of Rare Earth Elements, Springer 2016, ch. 3; Fenske, Ind. Eng. Chem. 24 (1932)
482; Kremser, Natl. Petroleum News 22 (1930) 43; Smoker, Trans. AIChE 34 (1938) 165.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from didymium.errors import DidymiumError, SolveError

__all__ = [
    "BinaryCut",
    "Control",
    "ExtractionRatios",
    "Feed",
    "binary_stages",
    "fenske_stages",
    "kremser_stages",
    "kremser_unextracted",
    "minimum_reflux",
    "optimum_ratios",
    "short_stages",
]

Feed = Literal["aqueous", "organic"]
Control = Literal["extraction", "scrub"]

MOST_STAGES = 100_000
"""A section that needs more stages than this is at its pinch."""


@dataclass(frozen=True)
class BinaryCut:
    """One cut between A and B: separation factors, feed and the purities asked for, all as mole fractions.

    ``beta`` holds in the extraction section and ``beta_scrub`` in the scrub (None: the same). Raises DidymiumError for
    a factor not above one or a fraction outside (0, 1), and SolveError where a product would be no purer than the feed.
    """

    beta: float
    feed_a: float
    purity_a: float
    purity_b: float
    beta_scrub: float | None = None
    feed_in: Feed = "aqueous"

    def __post_init__(self) -> None:
        for name, beta in (("beta", self.beta), ("beta_scrub", self.scrub_beta)):
            if not (math.isfinite(beta) and beta > 1):
                raise DidymiumError(
                    f"{name} = {beta:g} separates nothing",
                    expected="a separation factor above 1, A being the better extracted of the two",
                    cure="swap the two components if the factor is below 1",
                )
        for name in ("feed_a", "purity_a", "purity_b"):
            _check_fraction(name, getattr(self, name))
        if self.purity_a <= self.feed_a or self.purity_b <= self.feed_b:
            raise SolveError(
                f"a purity is not above the feed: A {self.purity_a:g} of {self.feed_a:g}, "
                f"B {self.purity_b:g} of {self.feed_b:g}",
                expected="both products purer than the feed",
                cure="leave this cut out",
            )

    @property
    def scrub_beta(self) -> float:
        """The separation factor of the scrub section."""
        return self.beta if self.beta_scrub is None else self.beta_scrub

    @property
    def feed_b(self) -> float:
        """Mole fraction of B in the feed."""
        return 1 - self.feed_a

    @property
    def a(self) -> float:
        """Purification factor of A: ratio A/B in the organic product over that in the feed."""
        return self.purity_a / (1 - self.purity_a) * self.feed_b / self.feed_a

    @property
    def b(self) -> float:
        """Purification factor of B: ratio B/A in the raffinate over that in the feed."""
        return self.purity_b / (1 - self.purity_b) * self.feed_a / self.feed_b

    @property
    def yield_a(self) -> float:
        """Share of the feed's A that leaves with the organic product."""
        return self.a * (self.b - 1) / (self.a * self.b - 1)

    @property
    def yield_b(self) -> float:
        """Share of the feed's B that leaves with the raffinate."""
        return self.b * (self.a - 1) / (self.a * self.b - 1)

    @property
    def exit_a(self) -> float:
        """f'_A: moles leaving with the organic product per mole of feed."""
        return self.feed_a * self.yield_a / self.purity_a

    @property
    def exit_b(self) -> float:
        """f'_B: moles leaving with the raffinate per mole of feed."""
        return 1 - self.exit_a


@dataclass(frozen=True)
class ExtractionRatios:
    """Optimum flows of a cut: E_M and E'_M (organic over aqueous rare earth), S and W (mol per mol of feed)."""

    extraction: float
    scrub: float
    organic_flow: float
    scrub_flow: float
    controlled_by: Control


def optimum_ratios(cut: BinaryCut) -> ExtractionRatios:
    """Xu's optimum extraction ratios of ``cut``, from which S and W follow by balance.

    The section that controls runs at E_M = 1/sqrt(beta) or E'_M = sqrt(beta'); the other follows. With an aqueous feed
    extraction controls where f'_B exceeds sqrt(beta)/(1 + sqrt(beta)), with an organic feed where it exceeds
    1/(1 + sqrt(beta)). Source: Xu 1995; Zhang, Zhao and Schreiner 2016, ch. 3.
    """
    root, root_scrub = math.sqrt(cut.beta), math.sqrt(cut.scrub_beta)
    aqueous = cut.feed_in == "aqueous"
    limit = root / (1 + root) if aqueous else 1 / (1 + root)
    fa, fb = cut.exit_a, cut.exit_b
    if fb > limit:
        control: Control = "extraction"
        e = 1 / root
        e_scrub = e * fb / (e - fa) if aqueous else (1 - e * fa) / fb
    else:
        control = "scrub"
        e_scrub = root_scrub
        e = e_scrub * fa / (e_scrub - fb) if aqueous else (1 - e_scrub * fb) / fa
    s = e * fb / (1 - e)
    return ExtractionRatios(e, e_scrub, s, s - fa if aqueous else s + fb, control)


def minimum_reflux(cut: BinaryCut) -> float:
    """The least S (mol per mol of feed) at which the cut is possible, with stages without end.

    The pinch lies at the feed stage. For pure products it is f_A + 1/(beta - 1) with an aqueous feed and
    1/(beta - 1) with an organic one, which are Xu's (E_M)_min = (beta f_A + f_B)/beta and 1/(f_A + beta f_B). A cut so
    easy that it would need less is bounded by balance: the organic carries at least its product.
    """
    z, beta = cut.feed_a, cut.beta
    if cut.feed_in == "aqueous":
        x, y = z, _organic(z, beta)
        # A-balance of the scrub section: S y = (S - f'_A) x + f'_A P_A.
        return max(cut.exit_a * (cut.purity_a - x) / (y - x), cut.exit_a)
    x, y = _aqueous(z, beta), z
    # A-balance of the extraction section: S y + f'_B (1 - P_B) = (S + f'_B) x.
    return max(cut.exit_b * (x - (1 - cut.purity_b)) / (y - x), 0.0)


def short_stages(cut: BinaryCut, ratios: ExtractionRatios | None = None) -> tuple[float, float]:
    """Xu's short stage numbers (extraction, scrub): ln b / ln(beta E_M) and ln a / ln(beta'/E'_M), as fractions.

    Good for high purities away from the pinch; they under-predict near it. ``binary_stages`` is exact. Raises
    SolveError where the flows are at or below the pinch.
    """
    r = ratios or optimum_ratios(cut)
    extraction, scrub = cut.beta * r.extraction, cut.scrub_beta / r.scrub
    if extraction <= 1 or scrub <= 1:
        raise _below_minimum(r.organic_flow, minimum_reflux(cut))
    return math.log(cut.b) / math.log(extraction), math.log(cut.a) / math.log(scrub)


def fenske_stages(beta: float, purity_a: float, purity_b: float) -> float:
    """The least number of stages, at total reflux: ln[P_A/(1 - P_A) P_B/(1 - P_B)] / ln beta (Fenske 1932)."""
    if not beta > 1:
        raise DidymiumError(f"beta = {beta:g} separates nothing", expected="a separation factor above 1")
    for name, purity in (("purity_a", purity_a), ("purity_b", purity_b)):
        _check_fraction(name, purity)
    return math.log(purity_a / (1 - purity_a) * purity_b / (1 - purity_b)) / math.log(beta)


def kremser_unextracted(factor: float, stages: float) -> float:
    """Share left in the aqueous after ``stages`` with fresh solvent: (E - 1)/(E^(N+1) - 1), and 1/(N+1) at E = 1.

    ``factor`` is the extraction factor E, distribution ratio times organic over aqueous flow (Kremser 1930).
    """
    if factor <= 0 or stages < 0:
        raise DidymiumError(f"E = {factor:g}, N = {stages:g}", expected="E above zero and N not negative")
    log_factor = math.log(factor)
    if abs(log_factor) * (stages + 1) < 1e-12:
        return 1 / (stages + 1)
    exponent = (stages + 1) * log_factor
    if exponent > 700:
        return 0.0
    return math.expm1(log_factor) / math.expm1(exponent)


def kremser_stages(factor: float, reduction: float) -> float:
    """Stages that bring a solute from ``reduction`` to 1 in the aqueous with fresh solvent, the inverse of
    ``kremser_unextracted``; raises SolveError below E = 1 where no number of stages does."""
    if factor <= 0 or reduction < 1:
        raise DidymiumError(
            f"E = {factor:g}, x_in/x_out = {reduction:g}", expected="E above zero and x_in/x_out at least 1"
        )
    if abs(factor - 1) < 1e-9:
        return reduction - 1
    inside = 1 + reduction * (factor - 1)
    if inside <= 0:
        raise SolveError(
            f"no number of stages brings the solute down {reduction:g} times at E = {factor:g}",
            expected=f"at most {1 / (1 - factor):.4g} times",
            cure="raise the organic flow or the distribution ratio",
        )
    return math.log(inside) / math.log(factor) - 1


def binary_stages(cut: BinaryCut, organic_flow: float) -> tuple[float, float]:
    """Exact stage numbers (extraction with the feed stage, scrub) at ``organic_flow`` S, as fractions, best feed stage.

    Both operating lines are straight and the equilibrium is a fractional linear map, so each section is that map
    iterated, whose count has a closed form (Smoker 1938). Raises SolveError at or below the minimum reflux.
    """
    lowest = minimum_reflux(cut)
    if organic_flow <= lowest:
        raise _below_minimum(organic_flow, lowest)
    s, fa, fb = organic_flow, cut.exit_a, cut.exit_b
    if cut.feed_in == "aqueous":
        organic_top, up, down = s, s - fa, s + fb
        # Aqueous composition where the two operating lines cross is that of the feed.
        x_feed = cut.feed_a
    else:
        organic_top, up, down = s + 1, s + fb, s + fb
        x_feed = (s * cut.feed_a + fb * (1 - cut.purity_b)) / down
    x_b = 1 - cut.purity_b
    extraction = _section(cut.beta, s / down, fb * x_b / down, x_b, x_feed)
    x_top = _aqueous(cut.purity_a, cut.scrub_beta)
    scrub = _section(cut.scrub_beta, organic_top / up, -fa * cut.purity_a / up, x_feed, x_top)
    return 1 + extraction, scrub


def _section(beta: float, slope: float, intercept: float, x_from: float, x_to: float) -> float:
    """How many times x -> slope y(x) + intercept, with y in equilibrium with x, leads from ``x_from`` to ``x_to``."""
    # The map as a 2 x 2 matrix: x' = (p x + q)/(r x + 1).
    r = beta - 1
    p, q = slope * beta + intercept * r, intercept
    mean, product = (p + 1) / 2, p - q * r
    root = math.sqrt(max(mean * mean - product, 0.0))
    if root < 1e-14:
        raise SolveError("the section is at its pinch", cure="raise the reflux")
    big, small = mean + root, product / (mean + root)
    fixed_big, fixed_small = (big - 1) / r, (small - 1) / r
    ratio = (x_to - fixed_small) / (x_to - fixed_big) * (x_from - fixed_big) / (x_from - fixed_small)
    if ratio <= 0:
        raise SolveError("the section cannot reach its target: a pinch lies between", cure="raise the reflux")
    count = math.log(ratio) / math.log(big / small)
    if not math.isfinite(count) or abs(count) > MOST_STAGES:
        raise SolveError("the section is at its pinch", cure="raise the reflux")
    return max(count, 0.0)


def _organic(x: float, beta: float) -> float:
    """Mole fraction of A in the organic in equilibrium with ``x`` in the aqueous."""
    return beta * x / (1 + (beta - 1) * x)


def _aqueous(y: float, beta: float) -> float:
    """Mole fraction of A in the aqueous in equilibrium with ``y`` in the organic."""
    return y / (beta - (beta - 1) * y)


def _check_fraction(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise DidymiumError(
            f"{name} = {value:g} is not a fraction that can be reached",
            expected="a number above 0 and below 1 (99.9 % is 0.999)",
        )


def _below_minimum(asked: float, lowest: float) -> SolveError:
    return SolveError(
        f"the reflux is below the minimum: S = {asked:.4g} mol per mol of feed",
        expected=f"S above {lowest:.4g}",
        cure=f"raise S; {1.2 * lowest:.4g} is 1.2 times the minimum",
    )
