"""The plant page in a real browser: three ores, desk and phone, both languages; deep trees and side circuits too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from looks import DESK, LABELS, PHONE, WIDER_THAN_THE_WINDOW

from didymium.report.plant_page import plant_page
from didymium.separation.plant import plant
from didymium.words import say_in
from didymium.world import load_world

FIFTEEN = "La:99,Ce:99,Pr:99,Nd:99.5,Sm:99,Eu:4N,Gd:99,Tb:99.9,Dy:99.5,Ho:99,Y:4N,Er:99,Tm:99,Yb:99,Lu:99"
PLANTS = {
    "mountain_pass": ("NdPr:99.9", 50_000.0, "en"),
    "bayan_obo": ("NdPr:99.5,La:99,Ce:99", 5000.0, "zh"),
    "ganzhou_longnan": (FIFTEEN, 3000.0, "en"),
}
SMALLEST_PX = 9
"""Least height of letters on the screen."""

# Axis labels of the charts that have axes: each must name a unit, or say that it counts.
AXES = """() => [...document.querySelectorAll('figure')].filter(f => /profile|start|nine|acid|doubt/.test(f.id))
  .map(f => [f.id, [...f.querySelectorAll('.drawing svg')].filter(s => s.getBoundingClientRect().width)
    .flatMap(s => [...s.querySelectorAll('text')].map(t => t.textContent))])"""

SMALL = """least => [...document.querySelectorAll('.drawing svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
  if (!box.width) return [];
  return [...svg.querySelectorAll('text')].filter(t => parseFloat(t.getAttribute('font-size')) * scale < least)
    .map(t => `${svg.closest('figure').id}: ${t.textContent}`);
})"""

# A swatch of a legend is told from the paper, and so is every line.
FAINT = """() => {
  const probe = document.createElement('canvas').getContext('2d');
  const lum = c => { probe.fillStyle = c; const h = probe.fillStyle;
    return [1, 3, 5].map(i => parseInt(h.slice(i, i + 2), 16) / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((a, v, i) => a + v * [0.2126, 0.7152, 0.0722][i], 0); };
  return [...document.querySelectorAll('.drawing svg path[fill="none"][stroke^="#"]')]
    .map(p => p.getAttribute('stroke')).filter(c => 1.05 / (lum(c) + 0.05) < 1.7);
}"""


# Tables that a phone shows whole, without scrolling sideways.
CUT_OFF = """() => ['needs', 'polish'].flatMap(k => [...document.querySelectorAll(`#figure-plant-${k} .table-scroll`)])
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => `${e.closest('figure').id}: ${e.scrollWidth} px`)"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each plant as a file."""
    folder, world = tmp_path_factory.mktemp("plants"), load_world()
    found = {}
    for mine, (products, capacity, lang) in PLANTS.items():
        path = folder / f"{mine}.html"
        made = plant(world, mine, products, capacity)
        path.write_text(plant_page(world, made, say_in(lang)), encoding="utf-8")
        found[mine] = path
    return found


every = pytest.mark.parametrize(("mine", "width"), [(m, w) for m in PLANTS for w in (DESK, PHONE)])


@every
def test_a_plant_page_is_silent_alone_and_not_too_wide(
    open_page: Any, files: dict[str, Path], mine: str, width: int
) -> None:
    opened = open_page(files[mine], width)
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith("data:")] == [files[mine].as_uri()]
    assert opened.page.evaluate(WIDER_THAN_THE_WINDOW) == []


@every
def test_labels_of_a_plant_do_not_meet_and_can_be_read(
    open_page: Any, files: dict[str, Path], mine: str, width: int
) -> None:
    page = open_page(files[mine], width).page
    assert page.locator(".drawing:visible svg text").count() >= 80
    assert page.evaluate(LABELS) == []
    assert page.evaluate(SMALL, SMALLEST_PX) == []
    assert page.evaluate(FAINT) == []


@every
def test_axes_say_what_they_count_in(open_page: Any, files: dict[str, Path], mine: str, width: int) -> None:
    say = say_in(PLANTS[mine][2])
    seen = dict(open_page(files[mine], width).page.evaluate(AXES))
    assert len(seen) >= 6
    for figure, labels in seen.items():
        kind = figure.removeprefix("figure-plant-").split("-")[0]
        for axis in ("x", "y"):
            assert say(f"plant.{kind}.{axis}", first="2N") in labels, f"{figure} has no {axis} label"


@every
def test_every_box_of_the_tree_tells_its_whole_name(
    open_page: Any, files: dict[str, Path], mine: str, width: int
) -> None:
    page = open_page(files[mine], width).page
    labels = page.locator("#figure-plant-tree .drawing:visible svg text").all_text_contents()
    assert len(labels) >= 10
    assert [label for label in labels if "…" in label] == []


def test_tables_of_a_plant_open(open_page: Any, files: dict[str, Path]) -> None:
    page = open_page(files["bayan_obo"], PHONE).page
    for summary in page.query_selector_all("figure > details > summary"):
        summary.click()
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []


@pytest.mark.parametrize("mine", PLANTS)
def test_words_and_figures_of_needs_and_columns_fit_a_phone(files: dict[str, Path], open_page: Any, mine: str) -> None:
    assert open_page(files[mine], PHONE).page.evaluate(CUT_OFF) == []
