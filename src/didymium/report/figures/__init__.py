"""The figure kit: plain data in, SVG markup out, once for a desk and once for a phone."""

from didymium.report.figures.bars import Share, ShareBarsData, ShareRow, draw_share_bars
from didymium.report.figures.dots import DotRow, DotsData, DotsWords, draw_dots
from didymium.report.figures.frame import FigurePair, RivalMark
from didymium.report.figures.palette import bloc_hue
from didymium.report.figures.sankey import FlowLink, FlowNode, SankeyData, draw_sankey
from didymium.report.figures.timeline import Interval, ProjectRow, TimelineData, TimelineWords, draw_timeline

__all__ = [
    "DotRow",
    "DotsData",
    "DotsWords",
    "FigurePair",
    "FlowLink",
    "FlowNode",
    "Interval",
    "ProjectRow",
    "RivalMark",
    "SankeyData",
    "Share",
    "ShareBarsData",
    "ShareRow",
    "TimelineData",
    "TimelineWords",
    "bloc_hue",
    "draw_dots",
    "draw_sankey",
    "draw_share_bars",
    "draw_timeline",
]
