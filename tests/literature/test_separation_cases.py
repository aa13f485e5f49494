"""Known answers for the equilibrium and the cascade: each test names its source, table and tolerance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from didymium.separation.cascade import Cascade, Draw, Feed, Steady, solve
from didymium.separation.chemistry import Chemistry, Constant, constant_beta
from didymium.separation.dynamics import HoldUp, Phase, inventory_of, simulate, time_to_purity
from didymium.separation.extractants import extractant
from didymium.separation.structure import with_feed

ATOMIC = {
    "Al": 26.982,
    "Ca": 40.078,
    "Fe": 55.845,
    "Sc": 44.956,
    "Y": 88.906,
    "La": 138.905,
    "Ce": 140.116,
    "Pr": 140.908,
    "Nd": 144.242,
    "Sm": 150.36,
    "Gd": 157.25,
    "Dy": 162.5,
}
DEHPA_G_PER_MOL = 322.431


def prommis_column(stages: int = 3) -> Steady:
    """PrOMMiS, test_solvent_extraction_steady.py: DEHPA in sulfate, twelve metals; figures in mg/L."""
    aqueous = dict(Al=422.375, Ca=109.542, Fe=688.266, Sc=0.032, Y=0.124, La=0.986, Ce=2.277, Pr=0.303)
    aqueous |= dict(Nd=0.946, Sm=0.097, Gd=0.2584, Dy=0.047)
    organic = dict(Al=1.267e-5, Ca=2.684e-5, Fe=2.873e-6, Sc=1.734, Y=2.179e-5, La=1.05e-4, Ce=3.1e-4)
    organic |= dict(Pr=3.711e-5, Nd=1.65e-4, Sm=1.701e-5, Gd=3.357e-5, Dy=8.008e-6)
    law = extractant("dehpa_tbp_sulfate")
    entering = {k: v / ATOMIC[k] / 1e3 for k, v in organic.items()}
    bound = sum(law.constants[k].dimers * v for k, v in entering.items())
    chemistry = Chemistry(
        tuple(law.constants[k] for k in aqueous),
        medium="sulfate",
        dimer_mol_per_l=975.8 * 0.05 / DEHPA_G_PER_MOL / 2 + bound,
    )
    feed = Feed(
        stages,
        flow_aq=62.01,
        composition={k: v / ATOMIC[k] / 1e3 for k, v in aqueous.items()},
        acid=10.75e-3 + 10 / 97,
        sulfate=10 / 97 + 0.1 / 96,
    )
    return solve(Cascade(stages, chemistry, 62.01, organic_in=entering, feeds=(feed,)))


def test_a1_prommis_column_of_twelve_metals() -> None:
    """Case A1, relative tolerance 1e-4 on every printed outlet; atomic masses as in the world table."""
    column = prommis_column()
    mass = np.array([ATOMIC[c] for c in column.cascade.chemistry.components]) * 1e3
    organic = dict(zip(column.cascade.chemistry.components, column.organic[-1] * mass, strict=True))
    aqueous = dict(zip(column.cascade.chemistry.components, column.aqueous[0] * mass, strict=True))
    printed_organic = dict(Al=22.425, Ca=7.2059, Fe=102.67, Sc=1.7633, Y=0.12402, La=0.071891, Ce=0.16778, Pr=0.026727)
    printed_organic |= dict(Nd=0.065178, Sm=0.010438, Gd=0.065974, Dy=0.045838)
    printed_aqueous = dict(La=0.91421, Ce=2.1095, Pr=0.27631, Nd=0.88099, Sm=0.086579, Gd=0.19246, Dy=1.1699e-3)
    printed_aqueous |= dict(Y=6.2927e-6, Sc=2.7415e-3, Al=399.95, Ca=102.34, Fe=585.59)
    assert organic == pytest.approx(printed_organic, rel=1e-4)
    assert aqueous == pytest.approx(printed_aqueous, rel=1e-4)
    assert 10 ** -column.ph[0] * 1e3 == pytest.approx(39.513, rel=1e-4)
    assert column.free_dimer[-1] * 2 * DEHPA_G_PER_MOL * 1e3 == pytest.approx(46087, rel=1e-4)


def binary(extraction: int, scrub: int, over_reflux: float = 1.0) -> Steady:
    """A half-and-half binary at beta 2 for 99.9 % in the organic and 99.99 % in the raffinate, E'_M = 1.414."""
    exit_a = (0.5 - 1e-4) / (0.999 - 1e-4)
    reflux = exit_a / 0.414 * over_reflux
    chemistry = constant_beta(("A", "B"), (2.0, 1.0), loading_mol_per_l=exit_a + reflux)
    feeds = (
        Feed(extraction, flow_aq=1.0, composition={"A": 0.5, "B": 0.5}),
        Feed(extraction + scrub, flow_aq=1.0, acid=3 * reflux),
    )
    return solve(Cascade(extraction + scrub, chemistry, 1.0, feeds=feeds))


def test_a2_binary_cascade_takes_45_stages_give_or_take_one() -> None:
    """Case A2, Zhang, Zhao and Schreiner 2016: 24 + 21 stages published; accepted 45 +- 1."""
    published = binary(24, 21)
    assert published.purity("organic", "A") == pytest.approx(0.9990, abs=1e-4)
    assert published.purity("raffinate", "B") == pytest.approx(0.9999, abs=2e-5)
    enough = {
        total
        for total in (43, 44, 45, 46, 47)
        for scrub in range(18, 25)
        if (plant := binary(total - scrub, scrub)).purity("organic", "A") >= 0.999
        and plant.purity("raffinate", "B") >= 0.9999
    }
    assert min(enough) in (44, 45, 46)


@pytest.mark.parametrize(("loading", "draw", "n", "m"), [(1.40, 39, 22, 63), (1.75, 32, 19, 47), (2.00, 30, 18, 42)])
def test_a3_three_outlets(loading: float, draw: int, n: int, m: int) -> None:
    """Case A3, Zhang 2016 (ree-book ch. 17): purities to 2e-4, the concentrate and the recovery as printed (0.1 %)."""
    product = 0.618 * 0.39 / 0.9991
    raffinate = 0.51 * 0.999 / 0.9999
    middle = 1 - product - raffinate
    chemistry = constant_beta(("Gd", "Eu", "Sm"), {"Gd": 2.8, "Eu": 2.0, "Sm": 1.0}, loading_mol_per_l=loading)
    reflux = loading - product
    plant = solve(
        Cascade(
            n + m,
            chemistry,
            1.0,
            feeds=(
                Feed(n, flow_aq=1.0, composition={"Gd": 0.39, "Eu": 0.10, "Sm": 0.51}),
                Feed(n + m, flow_aq=1.0, acid=3 * reflux),
            ),
            draws=(Draw(draw, "aqueous", fraction=middle / reflux, name="middle"),),
        )
    )
    assert plant.purity("raffinate", "Sm") == pytest.approx(0.9999, abs=2e-4)
    assert plant.purity("organic", "Gd") == pytest.approx(0.9991, abs=2e-4)
    assert plant.purity("middle", "Eu") == pytest.approx(0.400, abs=5e-4)
    assert plant.recovery("organic", "Gd") == pytest.approx(0.618, abs=5e-4)
    assert plant.recovery("raffinate", "Sm") == pytest.approx(0.999, abs=2e-4)


def kremser(stages: int, factor: float) -> float:
    """x_out / x_in of a trace with a constant distribution ratio and fresh solvent."""
    law = Constant("A", math.log10(factor), ph_slope=0.0, dimer_slope=0.0)
    feed = Feed(stages, flow_aq=1.0, composition={"A": 1e-6}, acid=0.1)
    plant = solve(Cascade(stages, Chemistry((law,)), 1.0, feeds=(feed,)))
    return float(plant.aqueous[0, 0] / 1e-6)


def test_a4_kremser() -> None:
    """Case A4, ree-book ch. 3: E = 10/3 and a thousandfold take 5.4, so 6 stages; E = 1 leaves 1/(N+1)."""
    factor = 10 / 3
    for stages in range(1, 9):
        assert 1 / kremser(stages, factor) == pytest.approx((factor ** (stages + 1) - 1) / (factor - 1), rel=1e-10)
    assert 1 / kremser(5, factor) < 1000 < 1 / kremser(6, factor)
    assert [kremser(n, 1.0) for n in (1, 4, 9)] == pytest.approx([1 / 2, 1 / 5, 1 / 10], rel=1e-10)


def acid_section(stages: int) -> Cascade:
    """difflow_ree 0.2.2, PC88A: ten elements, fresh extractant, acid and free dimer as outputs; mol/L and L/s."""
    at_ph_0 = dict(La=-4.0795, Ce=-3.7385, Pr=-3.4086, Nd=-3.0776, Sm=-2.3640)
    at_ph_0 |= dict(Eu=-1.9571, Gd=-1.5006, Tb=-0.9825, Dy=-0.3905, Y=0.1058)
    law = tuple(Constant(k, v - 3 * math.log10(0.25)) for k, v in at_ph_0.items())
    feed = Feed(stages, flow_aq=1.0, composition=dict.fromkeys(at_ph_0, 0.002), acid=0.03)
    return Cascade(stages, Chemistry(law, dimer_mol_per_l=0.25), 1.0, feeds=(feed,))


@pytest.mark.parametrize(("stages", "feed_end", "raffinate_end"), [(3, "1.174", "1.107"), (10, "1.187", "1.095")])
def test_a5_acid_is_an_output(stages: int, feed_end: str, raffinate_end: str) -> None:
    """Case A5, difflow_ree 0.2.2, PC88A: pH at both ends to three decimals; log D at pH 0 and 0.5 mol/L monomer."""
    plant = solve(acid_section(stages))
    assert f"{plant.ph[-1]:.3f}" == feed_end
    assert f"{plant.ph[0]:.3f}" == raffinate_end


def long_cascade() -> Cascade:
    """Pr and Nd over 60 + 60 stages at beta 1.5, a quarter Pr, organic flow a quarter above its minimum."""
    feed_nd = 0.75
    pinch = 1.5 * feed_nd / (1.5 * feed_nd + 0.25)
    loading = 1.25 * 0.25 * feed_nd / (pinch - feed_nd)
    chemistry = constant_beta(("Nd", "Pr"), (1.5, 1.0), loading_mol_per_l=loading)
    feeds = (
        Feed(60, flow_aq=1.0, composition={"Nd": feed_nd, "Pr": 0.25}),
        Feed(120, flow_aq=1.0, acid=3 * (loading - feed_nd)),
    )
    return Cascade(120, chemistry, 1.0, feeds=feeds)


def test_a_tenth_of_a_percent_of_acid_costs_two_nines() -> None:
    """cases.md, "What plain formulae miss": Pr 99.997 to about 98.99 %, or Nd 99.999 to about 99.66 %."""
    plant = solve(long_cascade())
    assert plant.purity("raffinate", "Pr") == pytest.approx(0.99997, abs=1e-5)
    assert plant.purity("organic", "Nd") == pytest.approx(0.99999, abs=5e-6)
    acid = plant.cascade.feeds[1].acid
    more = solve(with_feed(plant.cascade, 1, acid=1.001 * acid), start=plant)
    less = solve(with_feed(plant.cascade, 1, acid=0.999 * acid), start=plant)
    assert more.purity("raffinate", "Pr") == pytest.approx(0.9899, abs=1e-3)
    assert less.purity("organic", "Nd") == pytest.approx(0.9966, abs=5e-4)


def test_months_to_fill() -> None:
    """cases.md: 25 minutes a stage hold about 13.6 days of feed and take about 30 days to 99.9 % Pr (days, +- 5 %)."""
    plant = solve(long_cascade())
    day_fraction = 25 / 60 / 24
    hold = HoldUp(tuple(plant.aqueous_flow * day_fraction), tuple(plant.organic_flow * day_fraction))
    assert sum(inventory_of(plant, hold).values()) == pytest.approx(13.6, rel=0.05)
    run = simulate([Phase(plant.cascade, 60.0)], hold)
    assert time_to_purity(run, "Pr", "raffinate", 0.999) == pytest.approx(30.0, rel=0.05)
