"""The tables and numbers of the page on the hindcast are those of the stored score sheets.

``DIDYMIUM_UPDATE_GOLDEN=1 pytest tests/docs/test_hindcast_tables.py`` rewrites the tables.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from typing import Any

import pytest
from blocks import ROOT

from didymium.market.scene import prepare
from didymium.market.shortage import read_covers, stopped
from didymium.report.hindcast_table import series_words
from didymium.report.numbers import amount
from didymium.words import say_in
from didymium.world import World, load_world
from didymium.world.scenario import load_scenario
from didymium.world.scenario_events import ExportLicence

PAGE = ROOT / "docs/explanation/hindcast.md"
SHEETS = json.loads((ROOT / "tests/golden/hindcast.json").read_text(encoding="utf-8"))
_TABLE = re.compile(r"<!-- table (\w+) (\w+) ([\w-]+)(?: ([\w.]+))? -->\n(.*?)<!-- end -->", re.DOTALL)
SAY = say_in("en")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def sheet_of(case: str, fold: str) -> Any:
    return next(s for s in SHEETS if (s["case"], s["fold"]["name"]) == (case, fold))


def points(sheet: Any, series: str) -> dict[str, Any]:
    return next({p["period"]: p for p in line["points"]} for line in sheet["series"] if line["series"] == series)


def rows_of(cells: Iterable[Iterable[str]]) -> str:
    head, *body = [[c.replace("\u00a0", " ") for c in row] for row in cells]
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


def per_cent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def band(p: Any, share: int) -> str:
    return f"{amount(SAY, p[f'low{share}'])} to {amount(SAY, p[f'high{share}'])}"


def months(world: World, sheet: Any, series: str) -> str:
    shown = [p for m, p in points(sheet, series).items() if m >= sheet["fold"]["start"]]
    body = [
        [
            p["period"],
            SAY(f"hindcast.used.{p['used']}"),
            amount(SAY, p["observed"]),
            amount(SAY, p["predicted"]),
            band(p, 50),
            band(p, 90),
        ]
        for p in shown
    ]
    return rows_of([["Month", "Use", "Observed, t", "Model, t", "50 % band", "90 % band"], *body])


def scores(world: World, sheet: Any, only: str | None) -> str:
    head = ["Series", "Figures", "Mean error", "Bias", "Last value", "Year before", "Before the shock", "Nearest"]
    body = []
    for line in sheet["series"]:
        s = line["score"]
        if s is None or only not in (None, line["series"]):
            continue
        rivals = [s["rival_last"], s["rival_year"], s["rival_before"]]
        nearest = "–" if rivals == [None] * 3 else "model" if s["beats_rivals"] else "a rival"
        body.append(
            [
                series_words(world, line["series"], SAY),
                str(len(s["periods"])),
                per_cent(s["mape"]),
                f"{100 * s['bias']:+.1f} %",
                *(per_cent(r) for r in rivals),
                nearest,
            ]
        )
    return rows_of([head, *body])


def checks(world: World, sheet: Any, only: str | None) -> str:
    body = [
        [
            series_words(world, line["series"], SAY),
            p["period"],
            amount(SAY, p["observed"]),
            amount(SAY, p["predicted"]),
            band(p, 90),
        ]
        for line in sheet["series"]
        for p in line["points"]
        if (p["used"] == "checked" and not only and line["unit"] != "t")
        or (only == line["series"] and p["observed"] is not None)
    ]
    return rows_of([["Series", "When", "Observed", "Model", "90 % band"], *body])


def parameters(world: World, sheet: Any, _: str | None) -> str:
    body = [
        [
            f"`{p['name'].split('.')[-1]}`",
            p["unit"],
            f"{p['low']:g} to {p['high']:g}",
            f"{p['value']:.3g}",
            f"{p['spread90'][0]:.3g} to {p['spread90'][1]:.3g}",
        ]
        for p in sheet["parameters"]
    ]
    return rows_of([["Parameter", "Unit", "Bounds", "Best", "90 % of the posterior"], *body])


def year_ends(world: World, sheet: Any, _: str | None) -> str:
    """Observed, and the model, at the end of each year."""
    years = ["2010-12", "2011-12", "2012-12", "2013-12", "2014-12", "2015-12"]
    body = []
    for line in sheet["series"]:
        if line["series"].endswith("year_end"):
            at = points(sheet, line["series"])
            both = [f"{amount(SAY, at[y]['observed'])} / {amount(SAY, at[y]['predicted'])}" for y in years]
            body.append([line["series"].split(".")[1], *both])
    return rows_of([["Observed / model, USD/kg", *years], *body])


MAKERS = {"months": months, "scores": scores, "checks": checks, "parameters": parameters, "year_ends": year_ends}


def test_every_table_is_that_of_its_sheet(world: World) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(_TABLE.findall(text)) == 10

    def anew(found: re.Match[str]) -> str:
        kind, case, fold, series, _ = found.groups()
        table = MAKERS[kind](world, sheet_of(case, fold), series)  # type: ignore[operator]
        head = found[0].split("\n", 1)[0]
        return f"{head}\n{table}<!-- end -->"

    fresh = _TABLE.sub(anew, text)
    if os.environ.get("DIDYMIUM_UPDATE_GOLDEN"):
        PAGE.write_text(fresh, encoding="utf-8")
        text = fresh
    assert text == fresh


def test_the_fitted_scenario_holds_what_the_sheet_found(world: World) -> None:
    """Best values as the most likely, ends of the posterior as ends; rounded to two figures."""
    scenario = load_scenario("licences-2025-04-fitted", world)
    (licence,) = (e for e in scenario.events if isinstance(e, ExportLicence))
    for p in sheet_of("2025", "to-september")["parameters"]:
        event, _, name = p["name"].rpartition(".")
        shipped = getattr(licence, name) if event else scenario.assumptions[name]
        low, high = p["spread90"]
        rounded = [float(f"{x:.2g}") for x in (low, p["value"], high)]
        assert [shipped.low, shipped.mode, shipped.high] == rounded, p["name"]


def test_prices_answer_stocks_and_closures_as_the_sheets_found(world: World) -> None:
    """The table takes them from the fits: its ranges hold the best values, and both posteriors of 2025 its own."""
    folds = (("2025", "to-june"), ("2025", "to-september"), ("2010", "to-2012"))
    for name in ("price_cover", "price_shortage"):
        row = world.rows("behaviour", parameter=name)[0]
        assert row.text("source") == "didymium_hindcast"
        for of in folds:
            found = next(p for p in sheet_of(*of)["parameters"] if p["name"] == name)
            assert row.number("low") <= found["value"] <= row.number("high")
            low, high = found["spread90"]
            assert of[0] == "2010" or low <= row.number("value") <= high


def test_how_many_of_europes_makers_stand_still(world: World) -> None:
    scene = prepare(world, load_scenario("licences-2025-04-fitted", world))
    share = stopped(scene.run(), read_covers(world, scene.behaviour.values["cover_users"]))
    europe = share[:, scene.model.blocs.index("EUU")]
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert scene.calendar.names()[int(europe.argmax())] >= "2025-07-24"
    assert f"at the end of July, {100 * europe.max():.0f} % of Europe's makers stand still" in text
    found = {
        r.text("metric"): r.number("value") for r in world.rows("licences", date="2025-11") if r["value"] is not None
    }
    said = f"Of {found['firms surveyed']:g} members of the EU Chamber of Commerce in China {found['report stops']:g} %"
    assert said in text


def test_the_numbers_of_the_prose_are_those_of_the_sheets() -> None:
    """What is said in words beside the tables."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    june, quotas = sheet_of("2025", "to-june"), sheet_of("2010", "to-2012")
    usa = points(june, "exports.USA")["2025-05"]
    assert usa["observed"] == 46 and usa["observed"] < usa["low90"] and "46 t" in text
    india = points(june, "exports.IND")["2025-05"]
    assert india["predicted"] < india["observed"] < india["high90"] and "India got twice the model's best guess" in text
    assert round(india["observed"] / india["predicted"]) == 2
    folds = (("2025", "to-june"), ("2025", "to-september"), ("2025_no_deadline", "to-june"), ("2010", "to-2012"))
    carry = [round(sheet_of(*f)["effective_draws"]) for f in folds]
    said = "Of 200 draws {} carry weight in 2025 to June, {} to September and {} without the deadline, but {} in 2010"
    assert said.format(*carry) in text
    assert points(june, "price.Y.outside")["2025-09"]["observed"] == 97.5 and "97.5 USD/kg" in text
    granted = points(june, "licensed.EUU")["2025-06-04"]
    assert granted["observed"] == 0.25 and round(granted["predicted"], 1) == 0.1 and "a tenth in the model" in text
    paid = points(june, "paid.Y.outside")["2025"]
    assert paid["predicted"] / paid["observed"] < 2 / 3 and "by more than a third" in text
    days = {"USA": "2025-05-20", "JPN": "2025-05-26", "EUU": "2025-06-04"}
    usa, japan, europe = (round(points(june, f"stop.{b}")[day]["predicted"]) for b, day in days.items())
    assert f"after {europe} weeks in Europe, {usa} in the United States and {japan} in Japan" in text
    dysprosium = points(quotas, "home.Dy.spot")["2011-09"]["observed"]
    assert round(dysprosium, -1) == 1400 and "about 1,400 USD/kg" in text
    ends = [line for line in quotas["series"] if line["series"].endswith("year_end")]
    rises = [points(quotas, e["series"])["2010-12"]["predicted"] / e["points"][0]["predicted"] for e in ends]
    assert (round(min(rises)), round(max(rises))) == (9, 11) and "nine- to elevenfold" in text
    left = points(quotas, "left.CHN")
    assert f"{left['2011']['predicted']:,.0f} t leave in 2011" in text
    assert f"{left['2011']['observed']:,.0f} t left in 2011 and {left['2012']['observed']:,.0f} t in 2012" in text
