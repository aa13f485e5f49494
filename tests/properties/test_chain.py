"""Laws of the trace and of the indicators, on random networks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from networks import network

from didymium.chain.flows import Flows
from didymium.chain.structure import FORMS
from didymium.chain.trace import Trace, trace
from didymium.indicators import gross_import_share, hhi, n_minus_1_cover, net_import_reliance, shares
from didymium.world import ELEMENTS

NAMES = ("AAA", "BBB", "CCC", "DDD")
ND, DY = ELEMENTS.index("Nd"), ELEMENTS.index("Dy")
SMALL = settings(max_examples=40, deadline=None)
amounts = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=8).map(np.array)


@st.composite
def networks(draw: st.DrawFn, elements: tuple[int, ...] = (ND,)) -> Flows:
    """Chains that close: each bloc ships what it made of what arrived, and part of the scrap comes back as oxide."""
    n = draw(st.integers(2, 4))
    weight = st.one_of(st.just(0.0), st.floats(0.05, 1.0))

    def square() -> np.ndarray:
        raw = np.array(draw(st.lists(weight, min_size=n * n, max_size=n * n))).reshape(n, n)
        raw[raw.sum(axis=1) == 0] = np.eye(n)[raw.sum(axis=1) == 0]
        return raw / raw.sum(axis=1, keepdims=True)

    flows = network(NAMES[:n], {})
    trade, nodes = dict(flows.trade), dict(flows.nodes)
    for e in elements:
        made = np.array(draw(st.lists(st.floats(1.0, 1000.0), min_size=n, max_size=n)))
        nodes["mine"][:, e] = made
        back = draw(st.floats(0, 0.3)) * square().T @ made if draw(st.booleans()) else np.zeros(n)
        for form in FORMS:
            if form == "oxide":
                # Scrap alone cannot keep a loop of metal going: where mass closes, some ore arrives too.
                assume(not ((back > 0) & (made <= 0)).any())
                made = made + back
            trade[form][:, :, e] = square() * made[:, None]
            made = trade[form][:, :, e].sum(axis=0)
        # Scrap falls where magnets are made: in the blocs that metal arrived in.
        makers = trade["metal"][:, :, e].sum(axis=0)
        to = square() * makers[:, None] * 0.3
        trade["scrap"][:, :, e] = to
        nodes["recycled"][:, e] = np.where(to.sum(axis=0) > 0, back, 0.0)
        assume(not (back > 0).any() or (to.sum(axis=0)[back > 0] > 0).all())
    return replace(flows, trade=trade, nodes=nodes)


def users(found: Trace) -> list[str]:
    return [b for b, used in zip(found.blocs, found.use.sum(axis=1), strict=True) if used > 0]


@SMALL
@given(networks((ND, DY)))
def test_dependence_and_exposure_lie_between_nought_and_one(flows: Flows) -> None:
    found = trace(flows)
    for bloc in users(found):
        assert 0 <= found.dependence(bloc) <= 1
        exposures = [found.exposure(bloc, other) for other in found.blocs]
        assert all(0 <= x <= 1 for x in exposures)
        # Whoever left the bloc passed through at least one of the others, and through no more than all of them.
        others = [x for other, x in zip(found.blocs, exposures, strict=True) if other != bloc]
        assert max(others) - 1e-9 <= found.dependence(bloc) <= sum(others) + 1e-9


@SMALL
@given(networks())
def test_every_path_ends_in_a_mine_somewhere(flows: Flows) -> None:
    found = trace(flows)
    for bloc in users(found):
        assert found.stays_within(bloc, found.blocs) == pytest.approx(1, abs=1e-9)
        assert found.stays_within(bloc, ()) == 0
        for share in found.origins(bloc).values():
            assert share.sum() == pytest.approx(1)


@SMALL
@given(networks(), st.permutations(range(4)))
def test_permuting_blocs_permutes_the_answer(flows: Flows, order: list[int]) -> None:
    n = len(flows.blocs)
    p = [k for k in order if k < n]
    turned = replace(
        flows,
        blocs=tuple(flows.blocs[k] for k in p),
        trade={form: a[np.ix_(p, p)] for form, a in flows.trade.items()},
        nodes={name: a[p] for name, a in flows.nodes.items()},
    )
    before, after = trace(flows), trace(turned)
    for bloc in users(before):
        assert after.dependence(bloc) == pytest.approx(before.dependence(bloc), abs=1e-9)
        for other in flows.blocs:
            assert after.exposure(bloc, other) == pytest.approx(before.exposure(bloc, other), abs=1e-9)


@SMALL
@given(networks(), st.floats(1e-6, 1e6))
def test_scaling_all_tonnages_changes_nothing(flows: Flows, factor: float) -> None:
    scaled = replace(
        flows,
        trade={form: factor * a for form, a in flows.trade.items()},
        nodes={name: factor * a for name, a in flows.nodes.items()},
    )
    before, after = trace(flows), trace(scaled)
    for bloc in users(before):
        assert after.dependence(bloc) == pytest.approx(before.dependence(bloc), abs=1e-9)


@SMALL
@given(networks(), st.sampled_from(FORMS), st.integers(0, 3), st.integers(0, 3), st.floats(0, 1))
def test_moving_supply_home_never_raises_dependence(
    flows: Flows, form: str, home: int, abroad: int, part: float
) -> None:
    n = len(flows.blocs)
    home, abroad = home % n, abroad % n
    assume(home != abroad and flows.trade["product"][:, home].sum() > 0)
    moved = flows.trade[form].copy()
    shift = part * moved[abroad, home]
    moved[abroad, home] -= shift
    moved[home, home] += shift
    bloc = flows.blocs[home]
    before = trace(flows).dependence(bloc)
    assert trace(replace(flows, trade=flows.trade | {form: moved})).dependence(bloc) <= before + 1e-9


@SMALL
@given(amounts, st.randoms(use_true_random=False))
def test_shares_and_concentration(values: np.ndarray, random) -> None:
    if values.sum() == 0:
        assert math.isnan(hhi(values)) and not shares(values).any()
        return
    assert shares(values).sum() == pytest.approx(1)
    assert 10_000 / len(values) * (1 - 1e-9) <= hhi(values) <= 10_000 * (1 + 1e-9)
    mixed = values.copy()
    random.shuffle(mixed)
    assert hhi(mixed) == pytest.approx(hhi(values))


@SMALL
@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e6))
def test_net_import_reliance_has_the_sign_of_net_imports(imports: float, exports: float, output: float) -> None:
    reliance = net_import_reliance(imports, exports, output)
    if output + imports - exports <= 0:
        assert math.isnan(reliance)
        return
    assert math.copysign(1, reliance) == math.copysign(1, imports - exports) or reliance == 0
    assert reliance < 1 or output < 1e-9 * imports
    assert 0 <= gross_import_share(imports, output) <= 1


@SMALL
@given(amounts)
def test_the_loss_of_the_largest_supplier_leaves_between_nothing_and_all(values: np.ndarray) -> None:
    cover = n_minus_1_cover(values)
    if values.sum() == 0:
        assert math.isnan(cover)
        return
    assert 0 <= cover <= 1 - 1 / len(values) + 1e-9
    assert n_minus_1_cover(values, 2 * values.sum()) == pytest.approx(cover / 2)
