"""The base year 2010, from which the quota years are run again, against what was published about it.

Sources: USGS on mine output (China about 95 %); China.org.cn (12 Aug 2013) on sintered NdFeB; customs of China and
Japan; IMCOA and BCC on demand; Du & Graedel (2011), J. Ind. Ecol. 15, on magnets in use in 2007.
"""

from __future__ import annotations

import numpy as np
import pytest

from didymium.chain.flows import Flows
from didymium.chain.in_use import initial_in_use, stock
from didymium.chain.reconcile import base_year
from didymium.chain.stoichiometry import metal_fractions
from didymium.chain.structure import active_blocs
from didymium.world import ELEMENTS, World, load_world

MAGNET = ("Nd", "Pr", "Dy", "Tb")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def flows(world: World) -> Flows:
    return base_year(world, 2010)


def share_pct(flows: Flows, world: World, stage: str, bloc: str, basket: tuple[str, ...] = MAGNET) -> float:
    metal = np.array([metal_fractions(world)[e] for e in ELEMENTS])
    return 100 * float(flows.share(stage, basket, metal)[flows.blocs.index(bloc)])


def test_mass_closes_and_no_flow_is_negative(flows: Flows) -> None:
    assert flows.imbalance() <= 1e-9
    assert all((flows.trade[form] >= 0).all() for form in flows.trade)
    assert flows.output("mine").sum() > 130_000


@pytest.mark.parametrize(
    ("stage", "bloc", "basket", "published", "tolerance"),
    [
        ("mine", "CHN", (), 95, 2),  # USGS: about 95 %; 96 on its tonnages with an assumed figure for Russia
        ("separate", "CHN", (), 95, 2),  # recalled, order of magnitude
        ("magnet", "CHN", MAGNET, 79.4, 3),  # sintered, semi-finished
        ("magnet", "JPN", MAGNET, 19.3, 3),
        ("magnet", "EUU", MAGNET, 1.3, 0.6),
    ],
)
def test_shares_of_the_stages(
    flows: Flows, world: World, stage: str, bloc: str, basket: tuple[str, ...], published: float, tolerance: float
) -> None:
    assert share_pct(flows, world, stage, bloc, basket) == pytest.approx(published, abs=tolerance)


def test_metal_is_between_oxide_and_magnets(flows: Flows, world: World) -> None:
    """No share of metal was published for 2010; China sold metal to magnet makers and bought none."""
    magnet, metal, oxide = (share_pct(flows, world, stage, "CHN") for stage in ("magnet", "metal", "separate"))
    assert magnet < metal < oxide


@pytest.mark.parametrize(
    ("key", "published"),
    [
        ("import JPN CHN rare earths", 23310),
        ("import JPN WLD rare earths", 28564),
        ("export CHN WLD rare earths (compounds and metals, gross weight)", 40238),
        ("export CHN USA RE permanent magnets", 1740.16),
        ("export CHN KOR RE permanent magnets", 1232.8),
    ],
)
def test_customs_are_met_within_one_standard_error(flows: Flows, key: str, published: float) -> None:
    (seen,) = [r for r in flows.residuals if r.key == key]
    assert seen.observed == pytest.approx(published)
    assert abs(seen.z) < 1


def test_no_figure_of_2010_is_missed_by_more_than_two_standard_errors(flows: Flows) -> None:
    assert len(flows.residuals) > 80
    assert max(abs(r.z) for r in flows.residuals) < 2


def test_what_was_used_lies_between_two_counts_of_demand(flows: Flows) -> None:
    """IMCOA counts 124,000 t REO in 2010, BCC 141,300 t; recycled swarf comes on top of both."""
    fresh = flows.nodes["other_use"].sum() + flows.nodes["feed_metal"].sum() - flows.nodes["recycled"].sum()
    assert 118_000 < fresh < 142_000


def test_the_united_states_mine_nothing_and_separate_old_concentrate(flows: Flows, world: World) -> None:
    usa = flows.blocs.index("USA")
    assert not flows.output("mine")[usa].any()
    assert 1000 < -flows.nodes["stock_concentrate"][usa].sum() < 3500
    assert 1000 < flows.output("separate")[usa].sum() < 3000


def test_blocs_without_a_figure_of_output_are_not_taken_to_mine(flows: Flows, world: World) -> None:
    """Australia is a published zero; Myanmar, Viet Nam and others have no figure for 2010 and make no flow."""
    mined = {b for b, out in zip(flows.blocs, flows.output("mine"), strict=True) if out.any()}
    assert mined == active_blocs(world, "mine", 2010) - {"USA"} == {"CHN", "IND", "RUS", "BRA", "MYS"}


@pytest.mark.parametrize(("element", "published_t", "tolerance"), [("Nd", 62_600, 0.15), ("Pr", 15_700, 0.15)])
def test_magnets_in_use_in_2007(flows: Flows, world: World, element: str, published_t: float, tolerance: float) -> None:
    """Du & Graedel counted what had been made since 1983, t of element; their Dy and Tb need more than was mined."""
    use = initial_in_use(world, flows)
    until_2007 = use.cohorts[:, :, : use.vintages.index(2007) + 1]
    held = stock(until_2007, use.leave)[:, :, ELEMENTS.index(element)].sum() * metal_fractions(world)[element]
    assert held == pytest.approx(published_t, rel=tolerance)
