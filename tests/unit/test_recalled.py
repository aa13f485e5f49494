"""A recalled figure stands only where no cited one exists for the same thing."""

from __future__ import annotations

import pytest

from didymium.world import World

KEYS = {
    "production": ("place", "year"),
    "reserves": ("place", "deposit", "definition", "edition_year"),
    "shares": ("stage", "place", "year", "basis"),
    "prices": ("material", "period", "market", "frequency"),
    "intensities": ("product", "parameter"),
    "purity": ("producer", "place", "product"),
    "quotas": ("place", "year", "stage", "ore"),
}


@pytest.mark.parametrize("table", sorted(KEYS))
def test_no_recalled_row_stands_beside_a_cited_one(world: World, table: str) -> None:
    cited = {tuple(row[c] for c in KEYS[table]) for row in world.rows(table) if row.text("source") != "recalled"}
    beside = [row.line for row in world.rows(table, source="recalled") if tuple(row[c] for c in KEYS[table]) in cited]
    assert beside == []


def test_a_recalled_figure_is_graded_as_an_assumption(world: World) -> None:
    for table in KEYS:
        assert all(row.text("grade") == "D" for row in world.rows(table, source="recalled"))
