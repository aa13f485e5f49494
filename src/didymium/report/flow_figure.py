"""The flow picture of one element: nodes and links out of the reconciled flows."""

from __future__ import annotations

import numpy as np

from didymium.chain.flows import Flows
from didymium.chain.structure import Array
from didymium.report.figures import FigurePair, FlowLink, FlowNode, SankeyData, draw_sankey
from didymium.report.numbers import amount, percent, style_of
from didymium.report.page import TableData
from didymium.words import Say
from didymium.world import ELEMENTS, World

__all__ = ["LAYERS", "flow_links", "flow_note", "flow_picture", "flow_table"]

LAYERS = ("mine", "crack", "separate", "metal", "magnet", "use")
MERGE_BELOW_PCT = 0.7


def flow_links(flows: Flows, element: str) -> list[FlowLink]:
    """Links between blocs for one element, t REO-equivalent per year, with losses, other uses and recycled scrap."""
    e = ELEMENTS.index(element)
    trade = {form: table[:, :, e] for form, table in flows.trade.items()}
    node = {name: table[:, e] for name, table in flows.nodes.items()}
    y = {stage: table[:, e] for stage, table in flows.recipes.yields.items()}
    arrived = trade["oxide"].sum(axis=0)
    reduced = np.divide(node["feed_metal"], arrived, out=np.zeros_like(arrived), where=arrived > 0)
    goods = trade["product"].sum(axis=1)
    to_use = np.divide(trade["product"], goods[:, None], out=np.zeros_like(trade["product"]), where=goods[:, None] > 0)
    links = [
        *_between(flows, "mine", "crack", trade["concentrate"]),
        *_between(flows, "crack", "separate", trade["mixed"]),
        *_between(flows, "separate", "metal", trade["oxide"] * reduced[None, :]),
        *_between(flows, "metal", "magnet", trade["metal"]),
        *_between(flows, "magnet", "use", trade["magnet"] @ to_use),
        *_out(flows, "crack", (1 - y["crack"]) * trade["concentrate"].sum(axis=0), ""),
        *_out(flows, "separate", (1 - y["separate"]) * trade["mixed"].sum(axis=0), ""),
        *_out(flows, "separate", (trade["oxide"] * (1 - reduced)[None, :]).sum(axis=1), "other_use"),
        *_out(flows, "metal", (1 - y["metal"]) * node["feed_metal"], ""),
    ]
    scrap = trade["scrap"].sum(axis=0)
    share = np.divide(node["recycled"], scrap, out=np.zeros_like(scrap), where=scrap > 0)
    links += _between(flows, "magnet", "separate", trade["scrap"] * share[None, :], kind="recycle")
    links += _out(flows, "magnet", (trade["scrap"] * (1 - share)[None, :]).sum(axis=1), "")
    return links


def _between(flows: Flows, source: str, target: str, table: Array, kind: str = "flow") -> list[FlowLink]:
    floor = 1e-4 * table.sum()
    return [
        FlowLink(f"{source}:{a}", f"{target}:{b}", float(table[i, j]), kind)  # type: ignore[arg-type]
        for i, a in enumerate(flows.blocs)
        for j, b in enumerate(flows.blocs)
        if table[i, j] > floor
    ]


def _out(flows: Flows, source: str, amounts: Array, label: str) -> list[FlowLink]:
    floor = 1e-4 * max(float(amounts.sum()), 1e-9)
    return [
        FlowLink(f"{source}:{b}", "", float(amounts[i]), "loss", label)
        for i, b in enumerate(flows.blocs)
        if amounts[i] > floor
    ]


def flow_note(flows: Flows, element: str, say: Say) -> str:
    """What the picture leaves out, with the tonnages."""
    e = ELEMENTS.index(element)
    stocks = np.concatenate([flows.nodes["stock_concentrate"][:, e], flows.nodes["stock_oxide"][:, e]])
    unit = "t REO"
    return say(
        "figure.sankey.note",
        threshold=percent(say, MERGE_BELOW_PCT / 100, digits=1),
        drawn=amount(say, float(-stocks[stocks < 0].sum()), unit),
        added=amount(say, float(stocks[stocks > 0].sum()), unit),
        left=amount(say, float(flows.nodes["unseparated"][:, e].sum()), unit),
    ).strip()


def flow_picture(world: World, flows: Flows, element: str, say: Say) -> FigurePair:
    """The Sankey of ``element`` for desk and phone."""
    links = [
        FlowLink(x.source, x.target, x.value, x.kind, say(f"figure.sankey.{x.label}") if x.label else "")
        for x in flow_links(flows, element)
    ]
    used = {end for link in links for end in (link.source, link.target) if end}
    nodes = tuple(
        FlowNode(f"{layer}:{b}", k, world.place_name(b, say.lang), bloc=b, short=b)
        for k, layer in enumerate(LAYERS)
        for b in flows.blocs
        if f"{layer}:{b}" in used
    )
    title = say("figure.sankey.title", element=element, year=flows.year)
    return draw_sankey(
        SankeyData(
            key=f"flow-{element}",
            title=title,
            description=flow_note(flows, element, say),
            layers=tuple(say(f"stage.{layer}") for layer in LAYERS),
            nodes=nodes,
            links=tuple(links),
            unit="t REO/y",
            other_label=say("figure.sankey.other"),
            loss_label=say("figure.sankey.loss"),
            recycle_label=say("figure.sankey.recycle"),
            empty_label=say("figure.sankey.empty"),
            merge_below_pct=MERGE_BELOW_PCT,
            style=style_of(say),
        )
    )


def flow_table(world: World, flows: Flows, element: str, say: Say) -> TableData:
    """The links of the picture as a table, largest first."""
    rows = []
    for link in sorted(flow_links(flows, element), key=lambda x: -x.value):
        layer, bloc = link.source.split(":")
        if link.target:
            to_layer, to = link.target.split(":")
            end = f"{world.place_name(to, say.lang)} ({say(f'stage.{to_layer}')})"
        else:
            end = say(f"figure.sankey.{link.label or 'loss'}")
        kind = f"{say('figure.sankey.recycle')}: " if link.kind == "recycle" else ""
        start = f"{world.place_name(bloc, say.lang)} ({say(f'stage.{layer}')})"
        rows.append((start, kind + end, round(link.value, 1)))
    return TableData((say("table.from"), say("table.to"), say("table.value")), tuple(rows), ("", "", "t REO/y"))
