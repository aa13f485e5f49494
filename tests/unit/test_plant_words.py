"""Words of a plant: both languages say everything, a nine is never rounded up, and the feed is told with its source."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from didymium.report.plant_page import headline, plant_page
from didymium.report.plant_tables import estimate_table, feed_table, need_table, plant_record, product_table
from didymium.report.plant_words import folded, months_note, purity_percent, remark_text, span
from didymium.separation.plant import plant
from didymium.separation.plant_data import Plant
from didymium.words import languages, say_in
from didymium.world import World

ENGLISH = re.compile(r"[a-z]{3,} [a-z]{3,} [a-z]{2,}")


@pytest.fixture(scope="module")
def heavy(world: World) -> Plant:
    """A plant with all three kinds of warning but one: its assay is recalled, and it cuts at a weak factor."""
    return plant(world, "strange_lake", "Tb:99,Dy:99", 1000)


@pytest.fixture(scope="module")
def light(world: World) -> Plant:
    return plant(world, "mountain_pass", "NdPr:99.9", 3000)


def test_warnings_are_said_in_every_language(heavy: Plant, light: Plant) -> None:
    keys = {w.key for made in (heavy, light) for w in made.warnings}
    assert {"recalled", "weak_factor", "unreported", "exchange_worst", "exchange_unchecked"} <= keys
    told = {w.key: w.values["pairs"] for w in light.warnings if w.key.startswith("factor_")}
    assert told["factor_medium"] == told["factor_interpolated"] + ", Sm/Nd" == "Pr/Ce, Sm/Nd"  # Sm/Nd is measured
    for made in (heavy, light):
        english, chinese = ([remark_text(w, say_in(lang)) for w in made.warnings] for lang in ("en", "zh"))
        assert all(ENGLISH.search(text) for text in english)
        assert not any(ENGLISH.search(text) for text in chinese) and all("注意" in text for text in chinese)
        assert plant_record(made)["warnings"] == english
        assert plant_record(made, say_in("zh"))["warnings"] == chinese


def test_chinese_tables_hold_no_english_sentence(heavy: Plant) -> None:
    say = say_in("zh")
    tables = [f(heavy, say) for f in (estimate_table, need_table, product_table)]
    cells = [str(cell) for table in tables for row in (table.columns, *table.rows) for cell in row]
    assert len(cells) > 200 and [cell for cell in cells if ENGLISH.search(cell)] == []


@pytest.mark.parametrize("lang", languages())
def test_every_warning_stands_on_the_page(world: World, heavy: Plant, lang: str) -> None:
    page = html.unescape(plant_page(world, heavy, say_in(lang)))
    assert [w.key for w in heavy.warnings if remark_text(w, say_in(lang)) not in page] == []


def test_the_feed_of_the_plant_and_of_the_case_are_told_with_their_source(world: World, light: Plant) -> None:
    page = plant_page(world, light, say_in("en"))
    assert "Assay of Mountain Pass: USGS, bastnaesite mineral; USGS, 2022 (usgs_myb_2022, grade A)." in page
    case = page.split('id="figure-plant-case"')[1].split("</figure>")[0]
    assert "Assay of Mountain Pass" in case and "liquor" in case  # the hardest cut comes first here
    table = feed_table(light.assay, light.tree.task.moles, say_in("en"))
    shares = {str(row[0]): row[1:] for row in table.rows}
    assert set(shares) == {"La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Y"}
    assert shares["Nd"][0] == pytest.approx(100 * 11.7 / 99.95)
    for column in (0, 1):
        assert sum(float(str(v[column])) for v in shares.values()) == pytest.approx(100)


def test_a_case_further_down_names_the_cascade_it_comes_from(world: World) -> None:
    made = plant(world, "mountain_pass", "Pr:99.9,Nd:99.9", 3000)
    hardest = max(made.circuits, key=lambda c: c.design.stages)
    assert hardest is not made.circuits[0]
    page = plant_page(world, made, say_in("en"))
    case = page.split('id="figure-plant-case"')[1].split("</figure>")[0]
    before = next(c for c in made.circuits if hardest in (c.light, c.heavy))
    outlet = "raffinate" if before.light is hardest else "organic"
    assert f"This is the {outlet} of {before.design.task.name}, as computed." in case


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.99, "99"), (0.999, "99.9"), (0.999899, "99.989"), (0.99990, "99.99"), (0.9418, "94.1"), (0.99999, "99.999")],
)
def test_a_purity_is_cut_and_never_rounded_up_to_a_nine(fraction: float, shown: str) -> None:
    assert purity_percent(fraction) == shown
    assert float(shown) <= 100 * fraction + 1e-9


def test_short_spans_are_days_and_a_gap_stays_one(light: Plant) -> None:
    say = say_in("en")
    assert span(0.5, 0.5, say) == ("15.2", "days") and span(2.0, 6.0, say) == ("2–6", "months")
    assert span(0.1, 1.0, say) == ("3.04–30.4", "days")
    assert span(None, None, say) == ("–", "")
    never = replace(light, months_to_purity=replace(light.months_to_purity, value=None))
    run = replace(light.start_up[0], days_to_purity=float("inf"))
    assert months_note(replace(never, start_up=(run,)), say) == f"{run.name} does not get there in a year"


@pytest.mark.parametrize("lang", languages())
def test_a_folded_table_keeps_every_word_and_number(light: Plant, lang: str) -> None:
    say = say_in(lang)
    whole = need_table(light, say)
    narrow = folded(whole, say)
    assert narrow.columns == whole.columns[:4]
    for (text, *numbers), (what, low, value, high, unit, remark) in zip(narrow.rows, whole.rows, strict=True):
        assert numbers == [low, value, high]
        assert all(str(word) in str(text) for word in (what, unit, remark))


def test_beyond_five_nines_stages_are_said_to_be_arithmetic(world: World) -> None:
    pure = plant(world, "mountain_pass", "NdPr:6N", 3000, recovery=0.99999)
    assert [w.values["products"] for w in pure.warnings if w.key == "too_pure"] == ["NdPr"]
    five = plant(world, "mountain_pass", "NdPr:5N", 3000)
    assert "too_pure" not in {w.key for w in five.warnings}
    assert f"{99.999:.3f}" in headline(pure, say_in("en")), "as many digits as were asked for"
    assert "%" in headline(five, say_in("en")) and "99.0" in headline(five, say_in("en"))
