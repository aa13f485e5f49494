"""Where a layered flow picture puts its nodes and ribbons, in one direction "along" a layer and one "across".

Order by barycentre sweeps (Sugiyama, Tagawa and Toda 1981) keeping the least weighted crossing; places by
least squares under the order (pool adjacent violators). Links that skip a layer pass through a placeholder.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from didymium.errors import DidymiumError, UnknownName

__all__ = ["FlowLink", "FlowNode", "Layout", "PlacedNode", "Ribbon", "Stub", "lay_out", "merge_small", "spread"]

SWEEPS = 8
GAP_PX = 6.0


@dataclass(frozen=True)
class FlowNode:
    """A bloc in a layer: unique key, layer index from 0, label, short label for phones, bloc code for colour."""

    key: str
    layer: int
    label: str
    bloc: str = ""
    short: str = ""


@dataclass(frozen=True)
class FlowLink:
    """A flow; a loss has no target; a recycle link goes to an earlier or the same layer."""

    source: str
    target: str
    value: float
    kind: Literal["flow", "loss", "recycle"] = "flow"
    label: str = ""


@dataclass(frozen=True)
class PlacedNode:
    """A node with its throughput, its extent along the layer, and the slot kept free for it and its label."""

    node: FlowNode
    value: float
    start: float
    size: float
    slot_start: float
    slot_size: float
    members: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Ribbon:
    """A flow as a band: its thickness, and (layer, start along) at each layer it passes."""

    link: FlowLink
    thickness: float
    stations: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Stub:
    """The end of a loss or recycle link at a node: out of it, or back into it."""

    link: FlowLink
    node: str
    start: float
    thickness: float
    outward: bool


@dataclass(frozen=True)
class Layout:
    """A placed picture; ``scale_px`` is pixels per unit of flow, the same everywhere."""

    nodes: tuple[PlacedNode, ...]
    ribbons: tuple[Ribbon, ...]
    stubs: tuple[Stub, ...]
    scale_px: float
    layer_totals: tuple[float, ...]


@dataclass
class _Graph:
    """Nodes by layer and links by segment while the order is sought; ``~`` marks placeholders."""

    layers: list[list[str]]
    value: dict[str, float]
    segments: list[tuple[str, str, float]] = field(default_factory=list)
    chains: dict[int, list[str]] = field(default_factory=dict)  # index of the link -> keys it passes


# --- checks and merging -------------------------------------------------------------------------------


def _check(nodes: Sequence[FlowNode], links: Sequence[FlowLink], n_layers: int) -> None:
    by_key = {n.key: n for n in nodes}
    if len(by_key) != len(nodes):
        raise DidymiumError("two flow nodes share a key", expected="one key per node")
    for n in nodes:
        if not 0 <= n.layer < n_layers:
            raise DidymiumError(f"layer {n.layer} of node {n.key!r}", expected=f"0 to {n_layers - 1}")
    for link in links:
        where = f"link {link.source!r} to {link.target!r}"
        ends = (link.source,) if link.kind == "loss" else (link.source, link.target)
        for end in ends:
            if end not in by_key:
                raise UnknownName("flow node", end, by_key, where=where)
        if not (math.isfinite(link.value) and link.value >= 0):
            raise DidymiumError(f"value {link.value}", where=where, expected="a finite value, zero or more")
        if link.kind != "loss":
            forward = by_key[link.target].layer > by_key[link.source].layer
            if forward != (link.kind == "flow"):
                cure = 'use kind "recycle" for a link that goes back, "flow" for one that goes on'
                raise DidymiumError(f"a {link.kind} link in the wrong direction", where=where, cure=cure)


def _throughput(links: Sequence[FlowLink]) -> dict[str, float]:
    """Each node's throughput: the larger of what comes in and what goes out."""
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for link in links:
        out[link.source] += link.value
        if link.kind != "loss":
            into[link.target] += link.value
    return {key: max(into[key], out[key]) for key in {*into, *out}}


def merge_small(
    nodes: Sequence[FlowNode],
    links: Sequence[FlowLink],
    *,
    below_pct: float,
    keep: int,
    other_label: str,
) -> tuple[list[FlowNode], list[FlowLink], dict[str, tuple[tuple[str, float], ...]]]:
    """Nodes under ``below_pct`` of their layer, or beyond its ``keep`` largest, merged into one node per layer.

    Returns the nodes, the links summed, and the members (label, value) of each merged node. A layer where only
    one node is small stays as it is. Nodes and links without flow are left out. Raises as ``lay_out`` does.
    """
    _check(nodes, links, 1 + max((n.layer for n in nodes), default=0))
    links = [link for link in links if link.value > 0]
    value = _throughput(links)
    renamed: dict[str, str] = {}
    merged: list[FlowNode] = []
    members: dict[str, tuple[tuple[str, float], ...]] = {}
    for layer in sorted({n.layer for n in nodes}):
        here = sorted((n for n in nodes if n.layer == layer and value.get(n.key, 0) > 0), key=lambda n: -value[n.key])
        total = math.fsum(value[n.key] for n in here)
        small = [n for i, n in enumerate(here) if value[n.key] < total * below_pct / 100 or i >= keep]
        if len(small) == 1 and len(here) > keep:
            small = here[keep - 1 :]
        if len(small) < 2:
            continue
        other = FlowNode(f"other:{layer}", layer, other_label)
        merged.append(other)
        members[other.key] = tuple((n.label, value[n.key]) for n in small)
        renamed.update({n.key: other.key for n in small})
    sums: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for link in links:
        source = renamed.get(link.source, link.source)
        target = renamed.get(link.target, link.target)
        sums[source, target, link.kind, link.label] += link.value
    kept = [n for n in nodes if n.key not in renamed and value.get(n.key, 0) > 0] + merged
    summed = [FlowLink(s, t, v, kind, label) for (s, t, kind, label), v in sums.items()]  # type: ignore[arg-type]
    return kept, summed, members


# --- order --------------------------------------------------------------------------------------------


def _graph(nodes: Sequence[FlowNode], links: Sequence[FlowLink], n_layers: int) -> _Graph:
    """The layered graph with a placeholder wherever a flow skips a layer; largest first, 'other' last."""
    value = _throughput(links)
    layer_of = {n.key: n.layer for n in nodes}
    graph = _Graph([[] for _ in range(n_layers)], value)
    for n in sorted(nodes, key=lambda n: (n.key.startswith("other:"), -value[n.key])):
        graph.layers[n.layer].append(n.key)
    for index, link in enumerate(links):
        if link.kind != "flow":
            continue
        chain = [link.source]
        for layer in range(layer_of[link.source] + 1, layer_of[link.target]):
            key = f"~{index}:{layer}"
            graph.layers[layer].append(key)
            graph.value[key] = link.value
            chain.append(key)
        chain.append(link.target)
        graph.chains[index] = chain
        graph.segments += [(a, b, link.value) for a, b in pairwise(chain)]
    return graph


def _crossing(layers: Sequence[Sequence[str]], segments: Sequence[tuple[str, str, float]]) -> float:
    """The sum over crossing pairs of the product of their values."""
    place = {key: i for layer in layers for i, key in enumerate(layer)}
    level = {key: n for n, layer in enumerate(layers) for key in layer}
    total = 0.0
    for n in range(len(layers) - 1):
        edges = sorted((place[a], place[b], v) for a, b, v in segments if level[a] == n)
        seen = [0.0] * (len(layers[n + 1]) + 1)
        for _, target, v in edges:
            total += v * math.fsum(seen[target + 1 :])
            seen[target] += v
    return total


def _order(graph: _Graph) -> list[list[str]]:
    """The layers reordered by barycentre sweeps, down and up, keeping the best order met."""
    before: dict[str, list[tuple[str, float]]] = defaultdict(list)
    after: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for a, b, v in graph.segments:
        after[a].append((b, v))
        before[b].append((a, v))
    layers = [list(layer) for layer in graph.layers]
    best, best_score = [list(x) for x in layers], _crossing(layers, graph.segments)
    for sweep in range(SWEEPS):
        neighbours, order = (
            (before, range(1, len(layers))) if sweep % 2 == 0 else (after, range(len(layers) - 2, -1, -1))
        )
        for n in order:
            other = layers[n - 1] if sweep % 2 == 0 else layers[n + 1]
            layers[n] = _by_barycentre(layers[n], other, neighbours)
        if (score := _crossing(layers, graph.segments)) < best_score:
            best, best_score = [list(x) for x in layers], score
    return best


def _by_barycentre(layer: list[str], other: list[str], neighbours: Mapping[str, list[tuple[str, float]]]) -> list[str]:
    place = {key: i / max(len(other) - 1, 1) for i, key in enumerate(other)}
    own = {key: i / max(len(layer) - 1, 1) for i, key in enumerate(layer)}

    def centre(key: str) -> float:
        weight = math.fsum(v for _, v in neighbours[key]) if key in neighbours else 0.0
        return math.fsum(place[k] * v for k, v in neighbours[key]) / weight if weight else own[key]

    return sorted(layer, key=lambda key: (key.startswith("other:"), centre(key)))


# --- places -------------------------------------------------------------------------------------------


def spread(
    wanted: Sequence[float], sizes: Sequence[float], weights: Sequence[float], low: float, high: float
) -> list[float]:
    """Starts nearest in least squares to ``wanted``, in order, not overlapping, within [low, high] if they fit."""
    offsets = [math.fsum(sizes[:i]) for i in range(len(sizes))]
    blocks: list[tuple[float, float, int]] = []  # mean, weight, count
    for want, offset, weight in zip(wanted, offsets, weights, strict=True):
        mean, total, count = want - offset, max(weight, 1e-9), 1
        while blocks and blocks[-1][0] > mean:
            last, last_weight, last_count = blocks.pop()
            mean = (mean * total + last * last_weight) / (total + last_weight)
            total, count = total + last_weight, count + last_count
        blocks.append((mean, total, count))
    room = high - low - math.fsum(sizes)
    flat = [min(max(mean, low), low + max(room, 0.0)) for mean, _, count in blocks for _ in range(count)]
    return [f + offset for f, offset in zip(flat, offsets, strict=True)]


def _slots(keys: Sequence[str], value: Mapping[str, float], label_px: Mapping[str, float], scale: float) -> list[float]:
    return [max(value[k] * scale + (GAP_PX if not k.startswith("~") else 2.0), label_px.get(k, 0.0)) for k in keys]


def _scale(
    layers: Sequence[Sequence[str]], value: Mapping[str, float], label_px: Mapping[str, float], px: float
) -> float:
    """The largest pixels per unit at which every layer's slots fit into ``px``; bisection."""

    def fits(scale: float) -> bool:
        return all(math.fsum(_slots(layer, value, label_px, scale)) <= px for layer in layers)

    low, high = 0.0, px / max((math.fsum(value[k] for k in layer) for layer in layers if layer), default=1.0)
    if fits(high):
        return high
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return max(low, high * 1e-3)


def _places(
    graph: _Graph, layers: Sequence[Sequence[str]], label_px: Mapping[str, float], scale: float, px: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Slot start and slot size of every key: stacked, then drawn towards their neighbours, order kept."""
    size = {k: s for layer in layers for k, s in zip(layer, _slots(layer, graph.value, label_px, scale), strict=True)}
    start: dict[str, float] = {}
    for layer in layers:
        at = 0.0
        for key in layer:
            start[key], at = at, at + size[key]
    links: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for a, b, v in graph.segments:
        links[a].append((b, v))
        links[b].append((a, v))
    for _ in range(4):
        for layer in [*layers, *reversed(layers)]:
            wanted = [_pulled(key, links, start, size) for key in layer]
            weights = [graph.value[key] for key in layer]
            placed = spread(wanted, [size[k] for k in layer], weights, 0.0, px)
            start.update(zip(layer, placed, strict=True))
    return start, size


def _pulled(
    key: str, links: Mapping[str, list[tuple[str, float]]], start: Mapping[str, float], size: Mapping[str, float]
) -> float:
    weight = math.fsum(v for _, v in links[key]) if key in links else 0.0
    if not weight:
        return start[key]
    return math.fsum((start[k] + size[k] / 2) * v for k, v in links[key]) / weight - size[key] / 2


def lay_out(
    nodes: Sequence[FlowNode],
    links: Sequence[FlowLink],
    n_layers: int,
    along_px: float,
    label_px: Callable[[FlowNode, float], float],
    members: Mapping[str, tuple[tuple[str, float], ...]] | None = None,
) -> Layout:
    """Places for nodes, ribbons and stubs within ``along_px``; node sizes are proportional to throughput.

    ``label_px`` gives the room along the layer that a node's label needs, from the node and its throughput.
    Raises DidymiumError on unknown ends, negative values, or links in the wrong direction.
    """
    _check(nodes, links, n_layers)
    links = [link for link in links if link.value > 0]
    value = _throughput(links)
    nodes = [n for n in nodes if value.get(n.key, 0) > 0]
    graph = _graph(nodes, links, n_layers)
    layers = _order(graph)
    room = {n.key: label_px(n, value[n.key]) for n in nodes}
    scale = _scale(layers, graph.value, room, along_px)
    slot, slot_size = _places(graph, layers, room, scale, along_px)
    extent = {k: graph.value[k] * scale for k in slot}
    start = {k: slot[k] + (slot_size[k] - extent[k]) / 2 for k in slot}
    placed = tuple(
        PlacedNode(
            n, value[n.key], start[n.key], extent[n.key], slot[n.key], slot_size[n.key], (members or {}).get(n.key, ())
        )
        for n in nodes
    )
    layer_of = {key: n for n, layer in enumerate(layers) for key in layer}
    ribbons, stubs = _attach(links, graph, start, layer_of, scale)
    totals = tuple(math.fsum(value[n.key] for n in nodes if n.layer == i) for i in range(n_layers))
    return Layout(placed, ribbons, stubs, scale, totals)


def _attach(
    links: Sequence[FlowLink], graph: _Graph, start: Mapping[str, float], layer_of: Mapping[str, int], scale: float
) -> tuple[tuple[Ribbon, ...], tuple[Stub, ...]]:
    """Where each link leaves and enters its nodes: flows in the order of their far ends, then the stubs."""
    out_at, in_at = dict(start), dict(start)
    leaves: dict[tuple[int, str], float] = {}
    enters: dict[tuple[int, str], float] = {}
    ends = [(i, a, b) for i, chain in graph.chains.items() for a, b in pairwise(chain)]
    for i, a, _ in sorted(ends, key=lambda e: (start[e[2]], start[e[1]])):
        leaves[i, a] = out_at[a]
        out_at[a] += links[i].value * scale
    for i, _, b in sorted(ends, key=lambda e: (start[e[1]], start[e[2]])):
        enters[i, b] = in_at[b]
        in_at[b] += links[i].value * scale
    ribbons = tuple(
        Ribbon(
            links[i],
            links[i].value * scale,
            tuple((layer_of[k], leaves[i, k] if k in chain[:-1] else enters[i, k]) for k in chain),
        )
        for i, chain in graph.chains.items()
    )
    stubs: list[Stub] = []
    for link in sorted((x for x in links if x.kind != "flow"), key=lambda x: x.kind == "loss"):
        thickness = link.value * scale
        stubs.append(Stub(link, link.source, out_at[link.source], thickness, outward=True))
        out_at[link.source] += thickness
        if link.kind == "recycle":
            stubs.append(Stub(replace(link), link.target, in_at[link.target], thickness, outward=False))
            in_at[link.target] += thickness
    return ribbons, tuple(stubs)
