"""A plant from a mine: assay, slate and capacity in; a process out, with what it makes, holds, takes and costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from didymium.chain.prior import assay_fractions
from didymium.chain.stoichiometry import metal_fractions
from didymium.errors import TableError, UnknownName
from didymium.separation.economics import Estimate, estimate
from didymium.separation.exchange_check import check_exchange, exchange_remarks
from didymium.separation.factors import factors
from didymium.separation.held import fill_days, held_tonnes
from didymium.separation.plant_data import Inventory, Plant, ProductLine, Reagents
from didymium.separation.polish import polish_estimates, polished
from didymium.separation.prices import oxide_prices, value_usd
from didymium.separation.purity import leaf_purity, pure_tree
from didymium.separation.remarks import purity_remarks, remarks
from didymium.separation.sizing import (
    HCL_FRACTION,
    MOLAR_MASS_HCL,
    MOLAR_MASS_NAOH,
    Equipment,
    circuit_capital,
    missing,
    plant_capital,
    solvent_value,
)
from didymium.separation.slate import (
    Product,
    Slate,
    check_capacity,
    check_purities,
    check_recovery,
    lay_out,
    parse_products,
)
from didymium.separation.startup import months_to_purity, start_up
from didymium.separation.three_outlets import middle_remarks, three_outlets
from didymium.separation.tree import Circuit, Extraction, Tree, TreeTask, circuits, leaves
from didymium.world import ELEMENTS, Row, World

__all__ = ["oxide_masses", "plant"]

MAIN_EXTRACTANT = "P507"
SIDE_EXTRACTANT = "naphthenic acid"

DAYS_PER_MONTH = 365.25 / 12


def plant(
    world: World,
    feed: str,
    products: str | Sequence[Product],
    capacity_t_reo_per_y: float,
    *,
    recovery: float = 0.99,
    yttrium_side: bool = True,
    most_stages: int = 400,
) -> Plant:
    """The plant that parts the rare earths of mine ``feed`` into ``products``, fed ``capacity_t_reo_per_y``.

    ``products`` is text such as ``NdPr:99.5,La:99`` (percent of REO by mass) or parsed products; ``recovery`` the share
    of each asked product that must not be lost. Raises UnknownName for a mine, TableError for one without an assay,
    DidymiumError for input out of range, and SolveError naming the cut that cannot be made.
    """
    wanted = parse_products(products) if isinstance(products, str) else tuple(products)
    check_capacity(capacity_t_reo_per_y)
    check_recovery(recovery)
    check_purities(wanted)
    mine, assay_row, shares = _assay(world, feed)
    main = factors(MAIN_EXTRACTANT)
    masses = oxide_masses(world)
    amounts = {e: x / masses[e] for e, x in shares.items()}
    total = math.fsum(amounts.values())
    moles = {e: x / total for e, x in amounts.items()}
    mean_mass = math.fsum(moles[e] * masses[e] for e in moles)
    hours = estimate("operating_hours").known()
    task = TreeTask(
        slate=lay_out(wanted, [e for e in main.order if e in moles]),
        moles=moles,
        allowances=(),
        main=Extraction(main.extractant, main.beta),
        feed_kmol_per_h=capacity_t_reo_per_y * 1e3 / mean_mass / hours,
        side=Extraction(SIDE_EXTRACTANT, factors(SIDE_EXTRACTANT).beta) if yttrium_side else None,
        most_stages=most_stages,
        oxide_g_per_mol=masses,
    )
    tree = pure_tree(task, masses, recovery)
    made = _assembled(world, mine, assay_row, shares, masses, mean_mass, capacity_t_reo_per_y, tree, recovery)
    draws = three_outlets(tree, recovery)
    warnings = (*made.warnings, *purity_remarks(wanted), *middle_remarks(draws))

    def again(slate: Slate) -> Tree:
        return pure_tree(replace(task, slate=slate), masses, recovery, (tree.plan,))

    columns = polished(tree, again, made.start_up, masses)
    return replace(
        made,
        middle_draws=draws,
        warnings=warnings,
        polish=columns,
        estimates=(*made.estimates, *polish_estimates(columns)),
    )


def oxide_masses(world: World) -> dict[str, float]:
    """Grams of oxide (REO convention) per mole of each rare earth."""
    metal = metal_fractions(world)
    atomic = {r.text("element"): r.number("atomic_mass_g_per_mol") for r in world.rows("elements")}
    return {e: atomic[e] / metal[e] for e in ELEMENTS}


def _assay(world: World, feed: str) -> tuple[Row, Row, dict[str, float]]:
    """The mine, its assay row, and mass shares of the elements that the assay reports."""
    names = {r.text("mine"): r for r in world.rows("mines")}
    by_name = {r.text("name").casefold(): r for r in names.values()}
    key = feed.strip()
    mine = names.get(key) or names.get(key.casefold().replace(" ", "_")) or by_name.get(key.casefold())
    if mine is None:
        raise UnknownName("mine", feed, [*names, *(r.text("name") for r in names.values())])
    with_assay = sorted({r.text("mine") for r in world.rows("assays") if r.flag("preferred")})
    if mine.text("mine") not in with_assay:
        raise TableError(
            f"mine {mine.text('mine')} has no assay that can be used",
            where="assays.csv",
            expected=f"one of {', '.join(with_assay)}",
            cure="choose one of these, or add its assay with a source",
        )
    values, row = assay_fractions(world, mine.text("mine"))
    return mine, row, {e: float(x) for e, x in zip(ELEMENTS, values, strict=True) if x > 0}


def _lines(tree: Tree, masses: Mapping[str, float], tonnes_per_mol: float) -> tuple[ProductLine, ...]:
    lines = []
    for leaf in sorted(leaves(tree.root), key=lambda x: x.product):
        product = tree.task.slate.products[leaf.product]
        mass = {e: x * masses[e] for e, x in leaf.stream.items()}
        total = math.fsum(mass.values())
        own = math.fsum(leaf.stream.get(e, 0.0) for e in product.elements)
        lines.append(
            ProductLine(
                name=product.name,
                elements=product.elements,
                asked_purity=product.purity,
                purity=leaf_purity(leaf, product, masses),
                recovery=own / math.fsum(tree.task.moles[e] for e in product.elements),
                output_t_reo_per_y=total * tonnes_per_mol,
                impurities={e: m / total for e, m in mass.items() if e not in product.elements},
            )
        )
    return tuple(lines)


def _assembled(
    world: World,
    mine: Row,
    assay: Row,
    shares: Mapping[str, float],
    masses: Mapping[str, float],
    mean_mass: float,
    capacity: float,
    tree: Tree,
    recovery: float,
) -> Plant:
    lines = _lines(tree, masses, capacity / mean_mass)
    parts = tuple(circuits(tree.root))
    asked = [line for line in lines if line.asked_purity is not None]
    kept = math.fsum(line.recovery * tree.task.moles[e] for line in asked for e in line.elements)
    held = held_tonnes(parts, masses)
    prices = oxide_prices(world)
    worth, priced = value_usd(held, prices)
    solvent = math.fsum(c.design.size.solvent_m3 for c in parts)
    circuit = circuit_capital([s for c in parts for s in c.design.size.sections])
    cited = _cited_capital(world, capacity)
    used = [prices[e] for e in held if e in prices]
    checks = tuple(check_exchange(c.design, c.extractant) for c in parts)
    runs = tuple(start_up(c.design) for c in parts)
    return Plant(
        feed=mine.text("mine"),
        feed_name=mine.text("name"),
        products=lines,
        capacity_t_reo_per_y=capacity,
        assay=dict(shares),
        tree=tree,
        recovery=kept / math.fsum(tree.task.moles[e] for line in asked for e in line.elements),
        recovery_asked=recovery,
        capital=(plant_capital(circuit), circuit, *cited),
        operating=_operating(world),
        reagents=_reagents(parts, capacity),
        inventory=Inventory(held, worth, priced, prices, solvent, solvent_value(solvent)),
        months_to_fill=fill_days(tree.root) / DAYS_PER_MONTH,
        months_to_purity=months_to_purity(tree, runs),
        start_up=runs,
        equipment=tuple(
            Equipment(f"{c.design.task.name}: {x.name}", x.count, x.volume_m3)
            for c in parts
            for x in c.design.size.equipment
        ),
        estimates=_estimates(parts),
        sources=frozenset(
            {mine.text("source"), assay.text("source"), *(e.source for e in cited), *(p.source for p in used)}
            | {e.source for e in _operating(world) if e.key.startswith("costs.csv")}
        ),
        warnings=(*remarks(assay, parts), *exchange_remarks(checks)),
        exchange=checks,
    )


def _reagents(parts: Sequence[Circuit], capacity: float) -> Reagents:
    hours = estimate("operating_hours").known()
    acid = math.fsum(c.design.size.acid_kmol_per_h for c in parts) * hours * MOLAR_MASS_HCL / 1000
    base = math.fsum(c.design.size.base_kmol_per_h for c in parts) * hours * MOLAR_MASS_NAOH / 1000
    water = math.fsum(c.design.size.water_m3_per_h for c in parts) * hours
    price = estimate("acid_price")
    return Reagents(
        acid / capacity,
        base / capacity,
        water / capacity,
        missing("energy", "energy_per_t", "MJ/t REO"),
        missing("base_price", "base_cost", "USD/t REO"),
        replace(
            price,
            key="acid_cost",
            value=acid / capacity / HCL_FRACTION * price.known(),
            unit="USD/t REO",
            definition="hydrochloric acid bought as 34 %",
        ),
    )


def _cited_capital(world: World, capacity: float) -> tuple[Estimate, ...]:
    """Capital by the yardstick of each cited separation plant, per t of REO a year; unlike bases are left out."""
    found = []
    for row in world.rows("costs", stage="separate", metric="capex_usd_per_t_y"):
        if row.text("unit_text") != "USD per t/y REO":
            continue
        found.append(
            Estimate(
                f"costs.csv:{row.line}",
                row.number("value") * capacity,
                "USD",
                f"{row.text('region')}: {row.number('value'):,.0f} {row.text('unit_text')}",
                row.text("grade"),
                year=row.integer("year"),
                source=row.text("source"),
                note=row.text("note"),
            )
        )
    return tuple(found)


def _operating(world: World) -> tuple[Estimate, ...]:
    """Cited operating costs of separation in USD/t REO, side by side; nothing is averaged."""
    rows = [
        r for r in world.rows("costs", stage="separate", metric="opex_usd_per_kg") if r.text("unit") == "USD/kg REO"
    ]
    cited = [
        Estimate(
            f"costs.csv:{r.line}",
            1000 * r.number("value"),
            "USD/t REO",
            f"{r.text('region')}: {r.text('unit_text')}",
            r.text("grade"),
            year=r.integer("year"),
            source=r.text("source"),
            note=r.text("note"),
        )
        for r in rows
    ]
    return (estimate("operating_avalon"), estimate("operating_aclara"), *cited)


def _estimates(parts: Sequence[Circuit]) -> tuple[Estimate, ...]:
    """The separation factors and sizing figures that the plant stands on."""
    keys = (
        "mixer_residence",
        "settler_residence",
        "organic_loading",
        "feed_concentration",
        "acid_strength",
        "base_strength",
        "base_per_transfer",
        "strip_stages",
        "operating_hours",
        "mixer_settler_capital",
        "circuit_share",
        "reference_volume",
        "size_exponent",
        "extractant_price",
        "acid_price",
        "installed_per_ideal",
        "equilibrium_time",
    )
    used = {c.extractant for c in parts}
    present = {e for c in parts for e in c.design.task.feed}
    pairs = [e for x in sorted(used) for p in factors(x).pairs if p.heavier in present for e in p.as_estimates()]
    return (*(estimate(k) for k in keys), *pairs)
