"""Where each flow sits in the vector of unknowns, and the mass balance as a sparse matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from didymium.chain.prior import Prior
from didymium.chain.structure import FORMS, Array
from didymium.world import ELEMENTS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = ["NODES", "Layout"]

E = len(ELEMENTS)
NODES = ("mine", "feed_metal", "other_use", "recycled", "scrap_lost", "unseparated", "stock_concentrate", "stock_oxide")
"""Quantities of one bloc; the stock changes may be negative, all others are not."""

LINKED = (*FORMS, "scrap")


@dataclass(frozen=True)
class Layout:
    """Blocks of fifteen elements: one per link (form, from, to), then one per node quantity and bloc."""

    n_blocs: int
    links: tuple[tuple[str, int, int], ...]

    @classmethod
    def of(cls, prior: Prior) -> Layout:
        """The layout with every link that the first guess uses."""
        n = prior.mine.shape[0]
        links = []
        for form in LINKED:
            used = prior.trade[form].sum(axis=2) > 0
            links += [(form, int(i), int(j)) for i, j in zip(*np.nonzero(used), strict=True)]
        return cls(n, tuple(links))

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return (len(self.links) + len(NODES) * self.n_blocs) * E

    @cached_property
    def _blocks(self) -> NDArray[np.intp]:
        """Positions (links and nodes, 15); rows of it are handed out and not to be written to."""
        blocks: NDArray[np.intp] = np.arange(self.size).reshape(-1, E)
        blocks.flags.writeable = False
        return blocks

    @cached_property
    def _at(self) -> dict[tuple[str, int, int], int]:
        return {link: k for k, link in enumerate(self.links)}

    @cached_property
    def _from(self) -> dict[tuple[str, int], list[int]]:
        return _grouped(self.links, lambda link: (link[0], link[1]))

    @cached_property
    def _to(self) -> dict[tuple[str, int], list[int]]:
        return _grouped(self.links, lambda link: (link[0], link[2]))

    def link(self, form: str, i: int, j: int) -> NDArray[np.intp] | None:
        """Positions (15,) of a link, or None when it does not exist."""
        k = self._at.get((form, i, j))
        return None if k is None else self._blocks[k]

    def node(self, name: str, i: int) -> NDArray[np.intp]:
        """Positions (15,) of a node quantity of bloc ``i``."""
        block: NDArray[np.intp] = self._blocks[len(self.links) + NODES.index(name) * self.n_blocs + i]
        return block

    def outgoing(self, form: str, i: int, *, abroad: bool = False) -> list[NDArray[np.intp]]:
        """Positions of all links of ``form`` from bloc ``i``; without the home link when ``abroad``."""
        return [self._blocks[k] for k in self._from.get((form, i), ()) if not (abroad and self.links[k][2] == i)]

    def incoming(self, form: str, j: int, *, abroad: bool = False) -> list[NDArray[np.intp]]:
        """Positions of all links of ``form`` to bloc ``j``; without the home link when ``abroad``."""
        return [self._blocks[k] for k in self._to.get((form, j), ()) if not (abroad and self.links[k][1] == j)]

    def made(self, form: str, i: int) -> list[NDArray[np.intp]]:
        """Positions whose sum is what bloc ``i`` makes of ``form``: what it sent, and for oxide what it stocked."""
        if form == "concentrate":
            return [self.node("mine", i)]
        return self.outgoing(form, i) + ([self.node("stock_oxide", i)] if form == "oxide" else [])

    def pack(self, prior: Prior) -> Array:
        """The first guess as a vector of unknowns (changes of the stock of oxide at zero)."""
        x = np.zeros(self.size)
        for k, (form, i, j) in enumerate(self.links):
            x[self._blocks[k]] = prior.trade[form][i, j]
        for i in range(self.n_blocs):
            for name in ("mine", "feed_metal", "other_use", "recycled"):
                x[self.node(name, i)] = getattr(prior, name)[i]
            x[self.node("stock_concentrate", i)] = -prior.drawn[i]
            scrap = sum((x[p] for p in self.incoming("scrap", i)), np.zeros(E))
            yields = prior.recipes.yields["recycle"][i]
            x[self.node("scrap_lost", i)] = np.maximum(scrap - x[self.node("recycled", i)] / yields, 0.0)
        return x

    def trade(self, x: Array, form: str) -> Array:
        """Trade of one form (blocs, blocs, 15) out of a vector of unknowns."""
        out = np.zeros((self.n_blocs, self.n_blocs, E))
        for k, (f, i, j) in enumerate(self.links):
            if f == form:
                out[i, j] = x[self._blocks[k]]
        return out

    def nodes(self, x: Array, name: str) -> Array:
        """A node quantity (blocs, 15) out of a vector of unknowns."""
        return np.stack([x[self.node(name, i)] for i in range(self.n_blocs)])

    def balance(self, prior: Prior) -> csr_matrix:
        """The mass balance: rows (9 balances × blocs × 15) that vanish on a consistent set of flows."""
        build = _Rows()
        y = prior.recipes.yields
        for i in range(self.n_blocs):
            node = {name: [self.node(name, i)] for name in NODES}
            into = {form: self.incoming(form, i) for form in LINKED}
            out = {form: self.outgoing(form, i) for form in LINKED}
            build.add((node["mine"], 1.0), (out["concentrate"], -1.0), (node["stock_concentrate"], -1.0))
            build.add((into["concentrate"], y["crack"][i]), (out["mixed"], -1.0))
            build.add(
                (into["mixed"], y["separate"][i]),
                (node["unseparated"], -y["separate"][i]),
                (node["recycled"], 1.0),
                (out["oxide"], -1.0),
                (node["stock_oxide"], -1.0),
            )
            build.add((into["oxide"], 1.0), (node["feed_metal"], -1.0), (node["other_use"], -1.0))
            build.add((node["feed_metal"], y["metal"][i]), (out["metal"], -1.0))
            build.add((into["metal"], y["magnet"][i]), (out["magnet"], -1.0))
            build.add((into["metal"], 1 - y["magnet"][i]), (out["scrap"], -1.0))
            build.add((into["scrap"], 1.0), (node["recycled"], -1 / y["recycle"][i]), (node["scrap_lost"], -1.0))
            build.add((into["magnet"], y["assemble"][i]), (out["product"], -1.0))
        return build.matrix(self.size)


def _grouped(
    links: tuple[tuple[str, int, int], ...], key: Callable[[tuple[str, int, int]], tuple[str, int]]
) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = {}
    for k, link in enumerate(links):
        found.setdefault(key(link), []).append(k)
    return found


class _Rows:
    """Collects balance rows, one block of fifteen elements at a time."""

    def __init__(self) -> None:
        self.rows: list[NDArray[np.intp]] = []
        self.columns: list[NDArray[np.intp]] = []
        self.values: list[Array] = []
        self.count = 0

    def add(self, *terms: tuple[list[NDArray[np.intp]], Array | float]) -> None:
        at = np.arange(self.count, self.count + E)
        for positions, coefficient in terms:
            for position in positions:
                self.rows.append(at)
                self.columns.append(position)
                self.values.append(np.full(E, coefficient))
        self.count += E

    def matrix(self, size: int) -> csr_matrix:
        from scipy.sparse import csr_matrix

        data = (np.concatenate(self.values), (np.concatenate(self.rows), np.concatenate(self.columns)))
        return csr_matrix(data, shape=(self.count, size))
