"""Primitives: escaping, widths, numbers, scales, ticks, and colours apart for every eye."""

from __future__ import annotations

import itertools
import math
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didymium.errors import DidymiumError
from didymium.report.figures.palette import BLOC_HUES, OTHER_HUE, bloc_hue, ink_on
from didymium.report.svg import (
    Box,
    LinearScale,
    LogScale,
    NumberStyle,
    el,
    fit_text,
    flatten_variables,
    format_number,
    format_percent,
    linear_ticks,
    log_ticks,
    render,
    standalone,
    text_width,
    wrap_text,
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))))
def test_any_text_comes_back_whole_from_content_and_attribute(text: str) -> None:
    reader = _Reader()
    reader.feed(render(el("p", text, title=text)))
    reader.close()
    assert reader.seen == [("p", {"title": text})]
    assert reader.text == text


def test_names_of_attributes_and_numbers_are_written_as_svg_wants_them() -> None:
    markup = render(el("rect", class_="a", stroke_width=1.0, viewBox="0 0 1 1", x=-0.001, y=2.345, rx=None))
    assert markup == '<rect class="a" stroke-width="1" viewBox="0 0 1 1" x="0" y="2.35"></rect>'
    assert render(el("meta", charset="utf-8")) == '<meta charset="utf-8">'


def test_a_coordinate_that_is_not_finite_is_refused() -> None:
    with pytest.raises(DidymiumError, match="not finite"):
        el("rect", x=math.nan)


def test_a_standalone_svg_needs_no_stylesheet() -> None:
    svg = standalone('<svg viewBox="0 0 1 1"><path fill="var(--ink,#17212b)"></path></svg>')
    assert "var(" not in svg
    assert 'fill="#17212b"' in svg
    assert svg.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert flatten_variables("var(--grid, #abc)") == "#abc"


def test_chinese_is_one_em_and_bold_is_wider() -> None:
    assert text_width("中国", 10) == pytest.approx(20, rel=0.05)
    assert text_width("iii", 10) < text_width("mmm", 10) / 3
    assert text_width("abc", 10, bold=True) > text_width("abc", 10)


@given(st.text(max_size=60), st.floats(1, 400))
def test_fitted_text_fits(text: str, width: float) -> None:
    shown = fit_text(text, width, 12)
    assert text_width(shown, 12) <= width or not shown
    assert shown == text or shown == "" or shown.endswith("…")


@pytest.mark.parametrize("text", ["Other Africa and the rest", "非洲其他国家和地区以及世界其余部分", "a/b  c d"])
def test_wrapped_lines_fit_and_lose_nothing_when_there_is_room(text: str) -> None:
    lines = wrap_text(text, 90, 12, lines=9)
    assert all(text_width(line, 12) <= 90 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(wrap_text(text * 4, 60, 12, lines=2)) == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (271_347, "271,000"),
        (-31.04, "−31"),
        (5.2345, "5.23"),
        (0.012345, "0.0123"),
        (999.96, "1,000"),
        (12.0, "12"),
        (2.5e-7, "2.50×10⁻⁷"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, shown: str) -> None:
    assert format_number(value) == shown


def test_numbers_follow_the_language() -> None:
    german = NumberStyle(".", ",", "{} %")
    chinese = NumberStyle(compact=((1e8, "亿"), (1e4, "万")))
    assert format_number(1234.5678, german) == "1.230"
    assert format_number(1.25, german) == "1,25"
    assert format_number(440_000, chinese, compact=True) == "44万"
    with pytest.raises(DidymiumError):
        format_number(math.nan)


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0%"), (0.04, "<0.1%"), (4.36, "4.4%"), (69.2, "69%"), (99.6, "99.6%"), (99.97, ">99.9%"), (100, "100%")],
)
def test_a_share_is_never_rounded_to_none_or_all(share: float, shown: str) -> None:
    assert format_percent(share) == shown


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_lie_inside_and_are_evenly_spaced(low: float, span: float, count: int) -> None:
    ticks = linear_ticks(low, low + span, count)
    assert len(ticks) <= count + 1
    assert all(low - span * 1e-6 <= t <= low + span * (1 + 1e-6) for t in ticks)
    steps = {round((b - a) / span, 6) for a, b in itertools.pairwise(ticks)}
    assert len(steps) <= 1 or max(steps) - min(steps) < 1e-4


def test_log_ticks_are_few_and_round() -> None:
    assert log_ticks(2, 60, 6) == [2, 5, 10, 20, 50]
    assert log_ticks(1, 1e6, 4) == [1, 100, 10_000, 1_000_000]
    assert len(log_ticks(1, 1e12, 5)) <= 5


def test_scales_meet_their_ends_and_zero_has_no_place_on_a_log_axis() -> None:
    assert [LinearScale((0, 100), (10, 60))(v) for v in (0, 50, 100)] == [10, 35, 60]
    log = LogScale((1, 100), (0, 200))
    assert log(10) == pytest.approx(100)
    with pytest.raises(DidymiumError, match="logarithmic"):
        log(0)


def test_boxes_that_only_touch_do_not_overlap() -> None:
    assert not Box(0, 0, 1, 1).overlaps(Box(1, 0, 2, 1))
    assert Box(0, 0, 1, 1).overlaps(Box(0.5, 0.5, 2, 2))


# --- colours ------------------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes (2009), table of matrices at severity 1.0, for linear RGB.
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _linear(hue: str) -> list[float]:
    channels = [int(hue[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def _oklab(rgb: list[float]) -> tuple[float, float, float]:
    """OKLab of linear sRGB (Ottosson 2020)."""
    r, g, b = (min(1.0, max(0.0, c)) for c in rgb)
    l_ = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    m_ = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s_ = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_,
        1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_,
        0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_,
    )


@pytest.mark.parametrize("sight", SIGHT)
def test_no_two_hues_look_alike(sight: str) -> None:
    """A just noticeable difference in OKLab is about 0.02; the palette keeps three times that."""
    seen = {
        h: _oklab([sum(m * c for m, c in zip(row, _linear(h), strict=True)) for row in SIGHT[sight]])
        for h in (*BLOC_HUES.values(), OTHER_HUE)
    }
    assert len(seen) == 19
    nearest = min(math.dist(seen[a], seen[b]) for a, b in itertools.combinations(seen, 2))
    assert nearest > 0.06


def test_words_on_a_hue_are_readable() -> None:
    for hue in BLOC_HUES.values():
        ground, ink = (0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (_linear(hue), _linear(ink_on(hue))))
        contrast = (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05)
        assert contrast >= 4.2, hue


def test_an_unlisted_bloc_keeps_its_hue_and_never_takes_a_fixed_one() -> None:
    assert bloc_hue("THA") == bloc_hue("THA")
    assert bloc_hue("THA") not in [BLOC_HUES[b] for b in ("CHN", "USA", "EUU")]
    assert bloc_hue("") == OTHER_HUE
