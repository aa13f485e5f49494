"""The page of the hindcast in a real browser, from one short fit of each case; desk and phone, both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from looks import CUT_OFF, DESK, LABELS, PHONE, WIDER_THAN_THE_WINDOW

from didymium.market.hindcast import Case, assess
from didymium.market.hindcast_2010 import case_2010
from didymium.market.hindcast_2025 import case_2025
from didymium.report.hindcast_page import hindcast_page
from didymium.words import say_in
from didymium.world import load_world

every = pytest.mark.parametrize(("lang", "width"), [(lang, width) for lang in ("en", "zh") for width in (DESK, PHONE)])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page in each language."""
    folder, world = tmp_path_factory.mktemp("hindcast"), load_world()
    cases: list[Case] = [case_2025(world), case_2010(world)]
    sheets = tuple(assess(case, case.folds[0], draws=20, starts=1) for case in cases)
    found = {lang: folder / f"{lang}.html" for lang in ("en", "zh")}
    for lang, path in found.items():
        path.write_text(hindcast_page(world, sheets, say_in(lang)), encoding="utf-8")
    return found


@every
def test_the_page_is_silent_fits_and_keeps_its_labels_apart(
    open_page: Any, files: dict[str, Path], lang: str, width: int
) -> None:
    found = open_page(files[lang], width)
    assert found.said == []
    assert [url for url in found.asked if not url.startswith("data:")] == [files[lang].as_uri()]
    assert found.page.evaluate(WIDER_THAN_THE_WINDOW) == []
    assert found.page.evaluate(LABELS) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_scores_are_whole_on_a_desk_and_a_phone(open_page: Any, files: dict[str, Path], lang: str) -> None:
    for width in (DESK, PHONE):
        page = open_page(files[lang], width).page
        assert page.locator(".stacked").count() >= 5
        assert page.evaluate(CUT_OFF) == []


@every
def test_names_are_not_cut_and_logarithmic_axes_say_so(
    open_page: Any, files: dict[str, Path], lang: str, width: int
) -> None:
    page = open_page(files[lang], width).page
    told = page.locator("svg:visible text").all_text_contents()
    assert [t for t in told if "…" in t] == []
    assert f"USD/kg · {say_in(lang)('number.logarithmic')}" in told


@every
def test_months_and_prices_are_drawn_with_what_was_observed(
    open_page: Any, files: dict[str, Path], lang: str, width: int
) -> None:
    page = open_page(files[lang], width).page
    drawn = page.locator("#figure-world-2025-to-june svg:visible text").all_text_contents()
    # What hovers over a mark is part of its text.
    assert "2025-07" in drawn and any(t.endswith("5,580") for t in drawn)
    prices = page.locator("#figure-year_end-2010-to-2012 svg:visible text").all_text_contents()
    assert any(t.endswith("1,410") for t in prices)
