"""Tables of a plant: products, capital and operating cost side by side, what it takes and holds, figures used."""

from __future__ import annotations

import math
from collections.abc import Mapping

from didymium.report.page import Cell, TableData
from didymium.report.plant_polish import refusal
from didymium.report.plant_words import definition_of, months_note, note_of, purity_percent, remark_text
from didymium.separation.economics import Estimate, estimate
from didymium.separation.plant_data import Plant
from didymium.separation.polish import Polish
from didymium.separation.sizing import installed_range
from didymium.words import Say, say_in

__all__ = [
    "capital_table",
    "equipment_table",
    "estimate_table",
    "feed_table",
    "formulae_table",
    "need_table",
    "operating_table",
    "plant_record",
    "product_table",
]


def _columns(say: Say, *names: str) -> tuple[str, ...]:
    return tuple(say(f"plant.column.{n}") for n in names)


def product_table(plant: Plant, say: Say) -> TableData:
    """Every product: asked and made purity, recovery, output, and the impurity that weighs most."""
    rows: list[tuple[Cell, ...]] = []
    for p in plant.products:
        worst = max(p.impurities, key=lambda e: p.impurities[e], default="")
        rows.append(
            (
                p.name,
                " ".join(p.elements),
                say("plant.leftover") if p.asked_purity is None else f"{100 * p.asked_purity:.10g}",
                purity_percent(p.purity),
                purity_percent(p.recovery),
                p.output_t_reo_per_y,
                f"{worst} {100 * p.impurities[worst]:.3g} %" if worst else say("number.gap"),
            )
        )
    names = ("product", "elements", "asked", "made", "recovery", "output", "impurity")
    return TableData(_columns(say, *names), tuple(rows), ("", "", "% REO", "% REO", "%", "t REO/y", ""))


def feed_table(shares: Mapping[str, float], moles: Mapping[str, float], say: Say) -> TableData:
    """A feed by element: per cent of REO by mass and of rare earth by mole; ``shares`` and ``moles`` sum to one."""
    rows = tuple((e, 100 * x, 100 * moles[e]) for e, x in shares.items())
    return TableData(_columns(say, "element", "mass", "moles"), rows, ("", "% REO", "mol %"))


def equipment_table(plant: Plant, say: Say) -> TableData:
    """Mixer-settlers by cascade and section."""
    rows = tuple(
        (c.design.task.name, say(f"plant.part.{x.name}"), x.count, x.volume_m3)
        for c in plant.circuits
        for x in c.design.size.equipment
        if x.count
    )
    return TableData(_columns(say, "cut", "equipment", "count", "volume"), rows, ("", "", "", "m³"))


def _estimate_row(e: Estimate, say: Say, scale: float = 1.0) -> tuple[Cell, ...]:
    shown = [None if v is None else v / scale for v in (e.low, e.value, e.high)]
    return (definition_of(e, say), *shown, e.year, e.grade, e.source, note_of(e, say))


_ESTIMATE_COLUMNS = ("definition", "low", "value", "high", "year", "grade", "source", "remark")


def capital_table(plant: Plant, say: Say) -> TableData:
    """Capital by the model and by each cited plant's yardstick; money of the year named, never averaged."""
    rows = tuple(_estimate_row(e, say, 1e6) for e in plant.capital)
    musd = say("plant.unit.musd_plain")
    return TableData(_columns(say, *_ESTIMATE_COLUMNS), rows, ("", musd, musd, musd, "", "", "", ""))


def operating_table(plant: Plant, say: Say) -> TableData:
    """Operating cost per t REO as cited, and the part of the reagents that the model can price."""
    own = (plant.reagents.acid_cost, plant.reagents.base_cost)
    rows = tuple(_estimate_row(e, say) for e in (*plant.operating, *own))
    usd = "USD/t REO"
    return TableData(_columns(say, *_ESTIMATE_COLUMNS), rows, ("", usd, usd, usd, "", "", "", ""))


def formulae_table(plant: Plant, say: Say) -> TableData:
    """Every cut by closed formulae and by its rigorous cascade."""
    rows: list[tuple[Cell, ...]] = []
    for c in plant.circuits:
        d, said = c.design, c.design.closed
        rows.append(
            (
                d.task.name,
                said.fenske_stages,
                said.xu_organic_flow,
                said.xu_stages,
                d.minimum_organic_flow,
                d.organic_flow,
                said.smoker_stages,
                d.stages,
            )
        )
    own = (say(f"plant.formulae.{k}") for k in ("fenske", "xu_s", "xu_stages"))
    names = (*_columns(say, "cut"), *own, *_columns(say, "minimum", "s"), say("plant.formulae.smoker"))
    return TableData((*names, *_columns(say, "stages")), tuple(rows))


def need_table(plant: Plant, say: Say) -> TableData:
    """What the plant takes per tonne of REO fed and what it holds when full.

    What it holds and how long it takes is that of the ideal stages, to that of the mixer-settlers installed for them.
    """
    r, held = plant.reagents, plant.inventory
    capital = held.solvent_value
    musd, months = say("plant.unit.musd_plain"), say("plant.unit.months")

    def held_as(key: str, of_ideal: float, unit: str, note: str = "") -> tuple[Cell, ...]:
        low, high = installed_range(of_ideal)
        return (say(f"plant.need.{key}"), low, of_ideal, high, unit, note)

    def known(key: str, e: Estimate, unit: str, note: str, scale: float = 1.0) -> tuple[Cell, ...]:
        return (
            say(f"plant.need.{key}"),
            *(None if x is None else x / scale for x in (e.low, e.value, e.high)),
            unit,
            note,
        )

    cited = estimate("equilibrium_time")
    rows: tuple[tuple[Cell, ...], ...] = (
        (say("plant.need.acid"), None, r.acid_t_per_t, None, "t/t REO", ""),
        (say("plant.need.base"), None, r.base_t_per_t, None, "t/t REO", ""),
        (say("plant.need.water"), None, r.water_m3_per_t, None, "m³/t REO", ""),
        known("energy", r.energy, r.energy.unit, note_of(r.energy, say)),
        held_as("held", held.total_t, "t REO"),
        held_as("worth", held.worth_usd / 1e6, musd, _priced(plant, say)),
        held_as("solvent", held.solvent_m3, "m³"),
        known("solvent_worth", capital, musd, note_of(capital, say), 1e6),
        held_as("fill", plant.months_to_fill, months),
        known("purity", plant.months_to_purity, months, months_note(plant, say)),
        known("equilibrium", cited, months, note_of(cited, say)),
    )
    return TableData(_columns(say, "what", "low", "value", "high", "unit", "remark"), rows)


def _priced(plant: Plant, say: Say) -> str:
    prices = plant.inventory.prices
    missing = [e for e in plant.inventory.rare_earth_t if e not in prices]
    share = f"{100 * plant.inventory.priced_share:.3g}"
    return say("plant.need.priced", share=share, missing=", ".join(missing) or say("number.gap"))


def estimate_table(plant: Plant, say: Say) -> TableData:
    """Every figure of sizing and every separation factor that the plant stands on."""
    found = [(e.unit, _estimate_row(e, say)) for e in plant.estimates]
    rows = tuple((*row[:4], "" if unit == "1" else unit, *row[4:]) for unit, row in found)
    names = (*_ESTIMATE_COLUMNS[:4], "unit", *_ESTIMATE_COLUMNS[4:])
    return TableData(_columns(say, *names), rows)


def plant_record(plant: Plant, say: Say | None = None) -> dict[str, object]:
    """The plant as plain data for JSON: products, cascades, needs, costs, times, with units in the names.

    ``say`` chooses the language of the warnings, English where it is left out.
    """
    say = say or say_in("en")
    return {
        "feed": plant.feed,
        "feed_name": plant.feed_name,
        "capacity_t_reo_per_y": plant.capacity_t_reo_per_y,
        "recovery": plant.recovery,
        "products": [
            {
                "name": p.name,
                "elements": list(p.elements),
                "asked_purity_pct": None if p.asked_purity is None else 100 * p.asked_purity,
                "purity_pct": 100 * p.purity,
                "recovery_pct": 100 * p.recovery,
                "output_t_reo_per_y": p.output_t_reo_per_y,
            }
            for p in plant.products
        ],
        "cascades": [_cascade_record(plant, k) for k in range(len(plant.circuits))],
        "mixer_settlers": plant.mixer_settlers,
        "stages": plant.stages,
        "acid_t_per_t_reo": plant.reagents.acid_t_per_t,
        "base_t_per_t_reo": plant.reagents.base_t_per_t,
        "water_m3_per_t_reo": plant.reagents.water_m3_per_t,
        "energy": _plain(plant.reagents.energy),
        "inventory_t_reo": plant.inventory.total_t,
        "inventory_t_reo_installed": installed_range(plant.inventory.total_t)[1],
        "inventory_usd": plant.inventory.worth_usd,
        "inventory_priced_share": plant.inventory.priced_share,
        "solvent_m3": plant.inventory.solvent_m3,
        "solvent_m3_installed": installed_range(plant.inventory.solvent_m3)[1],
        "solvent": _plain(plant.inventory.solvent_value),
        "months_to_fill": plant.months_to_fill,
        "months_to_fill_installed": installed_range(plant.months_to_fill)[1],
        "months_to_purity": _plain(plant.months_to_purity),
        "capital": [_plain(e) for e in plant.capital],
        "operating": [_plain(e) for e in plant.operating],
        "equipment": [{"name": e.name, "count": e.count, "volume_m3": e.volume_m3} for e in plant.equipment],
        "polish": [_polish_record(p, say) for p in plant.polish],
        "figures": [_plain(e) for e in plant.estimates],
        "warnings": [remark_text(w, say) for w in plant.warnings],
    }


def _cascade_record(plant: Plant, k: int) -> dict[str, object]:
    c = plant.circuits[k]
    d = c.design
    return {
        "cut": d.task.name,
        "extractant": c.extractant,
        "feed_in": d.task.feed_in,
        "feed_share": math.fsum(c.stream.values()),
        "extraction_stages": d.extraction_stages,
        "scrub_stages": d.scrub_stages,
        "separation_factor": d.task.key_beta,
        "organic_flow_mol_per_mol": d.organic_flow,
        "minimum_organic_flow_mol_per_mol": d.minimum_organic_flow,
        "scrub_flow_mol_per_mol": d.scrub_flow,
        "fenske_stages": d.closed.fenske_stages,
        "xu_organic_flow_mol_per_mol": d.closed.xu_organic_flow,
        "xu_stages": d.closed.xu_stages,
        "smoker_stages": d.closed.smoker_stages,
        "purity_raffinate_mol_pct": 100 * d.purity_raffinate,
        "purity_organic_mol_pct": 100 * d.purity_organic,
        "held_days_of_feed": d.size.held_days_of_feed,
        "worst_balance": max(d.steady.balances.values()),
    }


def _polish_record(p: Polish, say: Say) -> dict[str, object]:
    return {
        "product": p.product,
        "from_purity_pct": 100 * p.start,
        "to_purity_pct": 100 * p.purity,
        "refused": refusal(p, say) or None,
        "factors": [_plain(e) for e in p.factors],
        "column": [_plain(e) for e in p.column],
        "cascades": [_plain(e) for e in p.cascades],
    }


def _plain(e: Estimate) -> dict[str, object]:
    return {
        "key": e.key,
        "low": e.low,
        "value": e.value,
        "high": e.high,
        "unit": e.unit,
        "definition": e.definition,
        "grade": e.grade,
        "year": e.year,
        "source": e.source,
        "note": e.note,
    }
