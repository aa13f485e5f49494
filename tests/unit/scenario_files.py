"""Scenario files to test on: one valid entry of every kind, and a file around entries."""

from __future__ import annotations

HEAD = """name: test
question: What happens?
start: 2024-01
end: 2026-12
"""
"""Four lines; entries of a list that follows begin in line 6."""

TAIL = "start: 2025-01-01, assumed: true}"
ENTRIES = {
    "ban": "{kind: ban, exporter: CHN, importers: [JPN, USA], forms: oxide, elements: [Dy], share: 0.5, " + TAIL,
    "export_licence": "{kind: export_licence, exporter: CHN, forms: [magnet], elements: [Dy, Tb], "
    "grace_days: 5, reviews_per_week: 50, reviews_factor: 2, reviews_factor_from: 2025-06-01, "
    "approved_share: {uniform: [0.7, 0.9]}, tonnes_per_licence: 10, "
    "term_months: 6, review_days: 10, statutory_working_days: 45, general_share: 0.1, general_from: 2025-12-01, "
    "also_held_share: 0.2, also_held_days: 30, " + TAIL,
    "quota": "{kind: quota, exporter: CHN, forms: all, "
    "tonnes_per_y: {'2024': 100, '2025': {uniform: [80, 90]}}, " + TAIL,
    "tariff": "{kind: tariff, importer: USA, exporters: CHN, forms: [magnet], percent: 25, " + TAIL,
    "halt": "{kind: halt, bloc: MMR, stage: mine, share: 0.8, mine: kachin, " + TAIL,
    "price_floor": "{kind: price_floor, bloc: USA, elements: [Nd, Pr], usd_per_kg: 110, " + TAIL,
    "stockpile": "{kind: stockpile, bloc: JPN, form: oxide, elements: [Dy], tonnes: 100, action: buy, over_months: 12, "
    + TAIL,
    "partnership": "{kind: partnership, bloc: RUS, partner: CHN, stage: separate, tonnes_per_y: 1000, "
    "clock_factor: 0.5, " + TAIL,
    "capacity": "{kind: capacity, bloc: EUU, stage: magnet, tonnes_per_y: 1000, ramp_months: 24, " + TAIL,
    "demand": "{kind: demand, blocs: [EUU], use: magnets, percent_per_y: {normal: {mean: 5, sd: 1, low: 0}}, " + TAIL,
    "cut_chain": "{kind: cut_chain, between: [RUS, EUU], forms: [mixed], " + TAIL,
}
"""One entry of every kind, all of its fields given."""


def scenario_text(*entries: str, part: str = "events", head: str = HEAD) -> str:
    """A scenario file with ``entries``; the first stands in line 6."""
    return f"{head}{part}:\n" + "".join(f"  - {entry}\n" for entry in entries)
