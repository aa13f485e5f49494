"""Trees of cuts and plants: what is asked is met by converged cascades, for many mines, or refused in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest

from didymium.errors import DidymiumError, SolveError, TableError, UnknownName
from didymium.report.plant_words import remark_text
from didymium.separation.design import cheapest_reflux, seed_duty
from didymium.separation.economics import estimate
from didymium.separation.factors import factors
from didymium.separation.plant import oxide_masses, plant
from didymium.separation.plant_data import Plant
from didymium.separation.sizing import comparison_cost, size_cascade
from didymium.separation.slate import Product, allowances, lay_out
from didymium.separation.tree import (
    Circuit,
    Extraction,
    Leaf,
    TreeTask,
    circuits,
    design_tree,
    ideal_task,
    leaves,
    plan_tree,
)
from didymium.words import say_in
from didymium.world import World

FIFTEEN = "La:3N,Ce:3N,Pr:3N,Nd:3N,Sm:3N,Eu:3N,Gd:3N,Tb:3N,Dy:3N,Ho:3N,Y:4N,Er:3N,Tm:3N,Yb:3N,Lu:3N"
MINES = (
    "bayan_obo",
    "mountain_pass",
    "mt_weld",
    "maoniuping",
    "lovozero",
    "ganzhou_longnan",
    "ganzhou_xunwu",
    "nolans",
    "serra_verde",
    "norra_karr",
    "kvanefjeld",
    "tomtor",
    "nechalacho",
    "kachin",
)


@pytest.fixture(scope="module")
def bayan_obo(world: World) -> Plant:
    return plant(world, "bayan_obo", "NdPr:99.5,La:99,Ce:99", 5000)


def small_task(**change: object) -> TreeTask:
    beta = {"La": 1.0, "Ce": 2.2, "Pr": 4.7, "Nd": 8.9}
    moles = {"La": 0.3, "Ce": 0.45, "Pr": 0.06, "Nd": 0.19}
    slate = lay_out([Product(e, (e,), 0.99) for e in beta], list(beta))
    allowed = allowances(slate, moles, dict.fromkeys(beta, 165.0), 0.99)
    task = TreeTask(slate, moles, allowed, Extraction("test", beta), 10.0)
    return replace(task, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("mine", MINES)
def test_any_mine_with_an_assay_gives_a_plant(world: World, mine: str) -> None:
    found = plant(world, mine, "NdPr:99.5", 5000)
    line = next(p for p in found.products if p.name == "NdPr")
    assert line.purity >= 0.995
    assert line.recovery >= 0.99 - 1e-3
    assert sum(p.output_t_reo_per_y for p in found.products) == pytest.approx(5000, rel=1e-6)
    assert all(c.design.steady.converged for c in found.circuits)


def test_products_meet_their_purities_and_mass_closes(bayan_obo: Plant) -> None:
    for line in bayan_obo.products:
        assert line.asked_purity is None or line.purity >= line.asked_purity
        assert line.purity + sum(line.impurities.values()) == pytest.approx(1, abs=1e-9)
    for element, x in bayan_obo.tree.task.moles.items():
        assert sum(leaf.stream.get(element, 0.0) for leaf in leaves(bayan_obo.tree.root)) == pytest.approx(x, rel=1e-6)
    assert bayan_obo.recovery >= 0.989


def aqueous_in(circuit: Circuit) -> float:
    """Liquor, scrub and strip acid entering a cascade, m3/h."""
    size = circuit.design.size
    fed = circuit.design.duty.fed.total_m3_per_h if circuit.design.task.feed_in == "aqueous" else 0.0
    scrub = next(s.aqueous_m3_per_h for s in size.sections if s.name == "scrub")
    return fed + scrub + size.strip_liquor_m3_per_h


@pytest.mark.parametrize("mine", ["bayan_obo", "nechalacho", "ganzhou_longnan"])
def test_volumes_close_over_the_whole_plant(world: World, mine: str) -> None:
    """What leaves one cascade enters the next, organic and aqueous; only water that thins a strong liquor is added."""
    found = plant(world, mine, "NdPr:99.5,Dy:99.9,Tb:99.9,La:99,Ce:99", 5000)
    task = found.tree.task
    assert found.tree.root.design.duty.fed.total_m3_per_h == pytest.approx(task.liquor_m3_per_h(task.moles))  # type: ignore[union-attr]
    fresh, at_strip, aqueous_out, water, chains = 0.0, 0.0, 0.0, 0.0, 0
    for c in found.circuits:
        size = c.design.size
        fresh += c.design.organic_flow * c.design.feed_kmol_per_h / estimate("organic_loading").known()
        at_strip += sum(s.organic_m3_per_h for s in size.sections if s.name == "strip")
        water += c.design.duty.fed.water_m3_per_h
        assert aqueous_in(c) == pytest.approx(size.raffinate_m3_per_h + size.strip_liquor_m3_per_h)
        onward = size.organic_m3_per_h if not c.design.stripped else size.strip_liquor_m3_per_h
        for child, volume in ((c.light, size.raffinate_m3_per_h), (c.heavy, onward)):
            if isinstance(child, Leaf):
                aqueous_out += volume
                continue
            assert child.design.duty.fed.arriving_m3_per_h == pytest.approx(volume, rel=1e-12)
            thinned = child.design.duty.fed.total_m3_per_h
            assert child.design.task.feed_in == "organic" or thinned >= task.liquor_m3_per_h(child.stream) - 1e-9
            chains += child.design.task.feed_in == "organic"
    assert fresh == pytest.approx(at_strip, rel=1e-9)  # every litre of organic fed is stripped once
    acids = 0.0
    for c in found.circuits:
        acids += aqueous_in(c)
        acids -= c.design.duty.fed.total_m3_per_h if c.design.task.feed_in == "aqueous" else 0.0
    assert aqueous_out == pytest.approx(task.liquor_m3_per_h(task.moles) + acids + water, rel=1e-9)
    assert mine == "ganzhou_longnan" or chains > 0


def test_a_plant_is_a_process_with_sources(world: World, bayan_obo: Plant) -> None:
    assert {e.year for e in bayan_obo.capital[:2]} == {2011}
    own = bayan_obo.capital[0]
    assert own.low is not None and own.high is not None and own.value is not None and own.low < own.value < own.high
    assert len(bayan_obo.capital) > 5 and len(bayan_obo.operating) > 3
    assert all(e.source and e.grade and e.year for e in (*bayan_obo.capital, *bayan_obo.operating))
    assert bayan_obo.reagents.energy.value is None and bayan_obo.reagents.energy.note
    assert bayan_obo.reagents.base_cost.value is None and bayan_obo.reagents.base_cost.note
    assert 0.5 < bayan_obo.reagents.base_t_per_t < 5
    assert sum(e.count for e in bayan_obo.equipment) == bayan_obo.mixer_settlers
    assert bayan_obo.inventory.total_t > 0 and bayan_obo.inventory.worth_usd > 0
    assert 0 < bayan_obo.inventory.priced_share <= 1
    assert len(world.bibliography(bayan_obo.sources)) == len(bayan_obo.sources)
    assert 0 < bayan_obo.months_to_fill < 12
    months = bayan_obo.months_to_purity
    assert months.low is not None and months.value is not None and 0 < months.low <= months.value < 12
    assert months.high == pytest.approx(3.5 * months.value)  # units installed for one ideal stage
    assert [r.name for r in bayan_obo.start_up] == [c.design.task.name for c in bayan_obo.circuits]


def test_the_model_gives_back_the_plant_it_is_calibrated_on(world: World) -> None:
    """Avalon 2012: US$302 M for 10,000 t a year of ten oxides from Nechalacho; within 15 %, since it is calibrated."""
    ten = "La:3N,Ce:3N,Pr:3N,Nd:3N,Sm:3N,Eu:3N,Gd:3N,Tb:3N,Dy:3N,Y:4N"
    assert plant(world, "nechalacho", ten, 10_000).capital[0].value == pytest.approx(302e6, rel=0.15)


def test_fifteen_elements_and_the_yttrium_side_circuit(world: World) -> None:
    """The heavy clay of Longnan: all fifteen apart, and taking yttrium out by naphthenic acid costs less."""
    aside = plant(world, "ganzhou_longnan", FIFTEEN, 3000)
    assert len(aside.circuits) == 14
    assert [w.values["names"] for w in aside.warnings if w.key == "sized_as"] == ["naphthenic acid"]
    sized = next(w for w in aside.warnings if w.key == "sized_as")
    assert "naphthenic" not in remark_text(sized, say_in("zh")) and "naphthenic" in remark_text(sized, say_in("en"))
    assert {c.extractant for c in aside.circuits} == {"P507", "naphthenic acid"}
    assert all(line.purity >= (line.asked_purity or 0) for line in aside.products)
    straight = plan_tree(replace(aside.tree.task, side=None))[0]
    assert aside.tree.plan.cost < 0.8 * straight.cost


def every_tree(task: TreeTask, groups: tuple[int, ...], fed: str, arriving: float) -> Iterator[float]:
    """The price of every tree over ``groups``, volumes carried on, without memory and without choosing on the way."""
    if len(groups) == 1:
        yield 0.0
        return
    stream = {e: task.moles[e] for g in groups for e in task.slate.products[g].elements}
    kmol = task.feed_kmol_per_h * sum(stream.values())
    for k in range(1, len(groups)):
        light, heavy = groups[:k], groups[k:]
        cut = ideal_task(task, light, heavy, fed, False)  # type: ignore[arg-type]
        duty, stages = seed_duty(cut, cheapest_reflux(cut, kmol), kmol)
        duty = replace(duty, feed_volume=task.fed(stream, arriving, fed))  # type: ignore[arg-type]
        size = size_cascade(duty)
        for onward in ("aqueous", "organic") if len(heavy) > 1 else ("aqueous",):
            own = comparison_cost(replace(duty, stripped=onward == "aqueous"), stages)
            carried = size.strip_liquor_m3_per_h if onward == "aqueous" else size.organic_m3_per_h
            for below in every_tree(task, light, "aqueous", size.raffinate_m3_per_h):
                for above in every_tree(task, heavy, onward, carried):
                    yield own + below + above


def test_the_tree_is_the_cheapest_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four products: all five shapes, with both ways to feed on, priced one by one."""
    task = small_task()
    prices = list(every_tree(task, (0, 1, 2, 3), "aqueous", task.liquor_m3_per_h(task.moles)))
    assert len(prices) == 11  # five shapes; a heavy run of two or more may be fed either way
    assert plan_tree(task)[0].cost == pytest.approx(min(prices), rel=0.02)  # volumes told apart in steps
    monkeypatch.setattr("didymium.separation.tree.VOLUME_STEP", 1 + 1e-9)
    plans = plan_tree(task)
    assert len(plans) == 3
    assert plans[0].cost == pytest.approx(min(prices), rel=1e-12)
    assert plans[-1].cost <= max(prices)


def test_rivals_are_designed_too_and_the_cheapest_wins() -> None:
    alone = design_tree(small_task(), rivals=0)
    several = design_tree(small_task(), rivals=2, close=math.inf)
    assert several.cost <= alone.cost
    assert several.rivals


def test_rigorous_cost_is_near_the_price_of_the_search(bayan_obo: Plant) -> None:
    assert bayan_obo.tree.cost == pytest.approx(bayan_obo.tree.plan.cost, rel=0.2)


def test_capacity_scales_flows_and_not_stages_much(world: World, bayan_obo: Plant) -> None:
    double = plant(world, "bayan_obo", "NdPr:99.5,La:99,Ce:99", 10_000)
    assert double.inventory.total_t == pytest.approx(2 * bayan_obo.inventory.total_t, rel=0.2)
    assert (double.capital[0].value or 0) < 2 * (bayan_obo.capital[0].value or 0)


def test_a_feed_of_one_product_needs_no_cascade() -> None:
    task = small_task()
    slate = lay_out([Product("all", ("La", "Ce", "Pr", "Nd"), 0.99)], list(task.main.beta))
    alone = design_tree(replace(task, slate=slate, allowances=()))
    assert isinstance(alone.root, Leaf)
    assert list(circuits(alone.root)) == []


def test_masses_are_of_oxides_per_rare_earth(world: World) -> None:
    masses = oxide_masses(world)
    assert masses["Nd"] == pytest.approx(168.24, abs=0.02)
    assert masses["Ce"] == pytest.approx(172.11, abs=0.02)
    assert set(masses) == set(factors("P507").beta)


@pytest.mark.parametrize(
    ("feed", "products", "capacity", "error", "message"),
    [
        ("bayan_obbo", "NdPr:99.5", 5000, UnknownName, "did you mean bayan_obo"),
        ("atlantis", "NdPr:99.5", 5000, UnknownName, "atlantis"),
        ("bayan_obo", "NdPr:100", 5000, DidymiumError, "cannot be made"),
        ("bayan_obo", "NdPr", 5000, DidymiumError, "does not parse"),
        ("bayan_obo", "Lu:99", 5000, DidymiumError, "the feed has no Lu"),
        ("bayan_obo", "NdPr:99.5", 0, DidymiumError, "capacity of 0"),
        ("bayan_obo", "NdPr:99.5", -5, DidymiumError, "capacity of -5"),
        ("bayan_obo", "NdPr:99.5", math.nan, DidymiumError, "capacity of nan"),
    ],
)
def test_bad_input_is_refused(
    world: World, feed: str, products: str, capacity: float, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plant(world, feed, products, capacity)


def test_a_mine_without_an_assay_is_refused_by_name(world: World) -> None:
    known = {r.text("mine") for r in world.rows("assays") if r.flag("preferred")}
    bare = next(r.text("mine") for r in world.rows("mines") if r.text("mine") not in known)
    with pytest.raises(TableError, match=f"mine {bare} has no assay"):
        plant(world, bare, "NdPr:99.5", 5000)


def test_a_purity_out_of_reach_names_the_cut(world: World) -> None:
    with pytest.raises(SolveError, match=r"cut (Ce \| Pr|Pr \| Nd): 20 stages .* reach"):
        plant(world, "bayan_obo", "Nd:5N,Pr:5N", 5000, most_stages=20)


def test_a_mine_goes_by_its_name_too(world: World) -> None:
    assert plant(world, "Bayan Obo", "NdPr:99", 1000).feed == "bayan_obo"
