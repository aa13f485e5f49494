"""``didymium plant`` answers for every mine of the world that has an assay."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from didymium.cli_plant import plant_command
from didymium.separation.plant import plant
from didymium.world import World, load_world

app = typer.Typer()
app.command()(plant_command)

MINES = sorted({r.text("mine") for r in load_world().rows("assays") if r.flag("preferred")})
BY_COMMAND = {
    "bayan_obo": "NdPr:99.5,La:99,Ce:99",
    "dubbo": "NdPr:99,Dy:99,Tb:99",
    "ganzhou_longnan": "Y:4N,Dy:99,Tb:99",
    "ganzhou_xunwu": "NdPr:99.5,La:99",
    "kachin": "Dy:99.5,Tb:99.9",
    "khibiny_apatite": "SEG:95,NdPr:99",
    "kvanefjeld": "NdPr:99.9,Ce:98",
    "lovozero": "La:99,NdPr:99",
    "mountain_pass": "NdPr:99.9",
    "mt_weld": "NdPr:99.5,SEG:95",
    "serra_verde": "NdPr:99.5,DyTb:99",
    "strange_lake": "Dy:99,Tb:99,NdPr:99",
}


def test_most_mines_have_an_assay() -> None:
    assert len(MINES) >= 30 and set(BY_COMMAND) <= set(MINES)


@pytest.mark.parametrize("mine", MINES)
def test_every_mine_gets_a_plant_that_keeps_its_promise(world: World, mine: str) -> None:
    made = plant(world, mine, "NdPr:99.5", 5000)
    ndpr = next(p for p in made.products if p.name == "NdPr")
    assert ndpr.purity >= 0.995 and 0.98 < ndpr.recovery < 1
    assert sum(p.output_t_reo_per_y for p in made.products) == pytest.approx(5000, rel=1e-9)
    assert all(max(c.design.steady.balances.values()) < 1e-8 for c in made.circuits)
    assert made.sources and made.months_to_fill > 0


@pytest.mark.parametrize("mine", BY_COMMAND)
def test_the_command_answers_for_unlike_ores_and_slates(mine: str) -> None:
    args = ["--feed", mine, "--products", BY_COMMAND[mine], "--json"]
    record = json.loads(CliRunner().invoke(app, args, catch_exceptions=False).stdout)
    asked = [p for p in record["products"] if p["asked_purity_pct"] is not None]
    assert len(asked) == len(BY_COMMAND[mine].split(","))
    assert all(p["purity_pct"] >= p["asked_purity_pct"] for p in asked)
    assert record["cascades"] and record["sources"]
