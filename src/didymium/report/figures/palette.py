"""Colours: one stable hue per bloc, and the page's ink, paper and greys as CSS variables with fallbacks.

The eighteen hues were searched for the largest least distance in OKLab (Ottosson 2020) under normal sight and
under protanopia, deuteranopia and tritanopia (Machado, Oliveira and Fernandes 2009), with a floor of contrast
on white and on dark paper, so one palette serves both themes. China, the USA and the EU were fixed first.
"""

from __future__ import annotations

import zlib

__all__ = [
    "ACCENT",
    "BLOC_HUES",
    "GRID",
    "INK",
    "LINE_HUES",
    "MUTED",
    "OTHER_HUE",
    "PAPER",
    "SOFT",
    "bloc_hue",
    "ink_on",
]

INK = "var(--ink,#17212b)"
MUTED = "var(--muted,#586673)"
GRID = "var(--grid,#dde2e7)"
PAPER = "var(--paper,#ffffff)"
SOFT = "var(--soft,#eef1f4)"
ACCENT = "var(--accent,#0f6e84)"

BLOC_HUES: dict[str, str] = {
    "CHN": "#c8322d",
    "USA": "#1f5fd0",
    "EUU": "#f0b400",
    "JPN": "#d878d8",
    "KOR": "#30a8fc",
    "IND": "#c0a884",
    "RUS": "#6c306c",
    "KAZ": "#90c0c0",
    "AUS": "#e47818",
    "MYS": "#48e4e4",
    "VNM": "#4830a8",
    "MMR": "#546c0c",
    "BRA": "#c0d89c",
    "CAN": "#b46c60",
    "GBR": "#786cc0",
    "SAU": "#4884fc",
    "AFR": "#900c00",
    "ROW": "#846078",
}
OTHER_HUE = "#8b9199"

PALE = ("KAZ", "MYS", "BRA")
LINE_HUES = tuple(hue for bloc, hue in BLOC_HUES.items() if bloc not in PALE)
"""Hues for thin lines: those of blocs, but for the three that are too pale on paper."""


def bloc_hue(bloc: str) -> str:
    """The hue of a bloc code; grey for the empty code; an unlisted code always gets the same listed hue."""
    if not bloc:
        return OTHER_HUE
    spare = list(BLOC_HUES.values())[3:]
    return BLOC_HUES.get(bloc) or spare[zlib.crc32(bloc.encode()) % len(spare)]


def _luminance(hue: str) -> float:
    channels = [int(hue[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(hue: str) -> str:
    """Black or white, whichever contrasts more with a filled hue (WCAG relative luminance)."""
    return "#ffffff" if 1.05 / (_luminance(hue) + 0.05) > (_luminance(hue) + 0.05) / 0.06 else "#101418"
