"""Observations of the base year as rows of a linear system: what was published, in which unit, how well known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from didymium.chain.layout import LINKED, Layout
from didymium.chain.prior import Prior, assay_fractions, magnet_share_rows, mine_mix
from didymium.chain.stoichiometry import metal_fractions
from didymium.chain.structure import Array
from didymium.errors import TableError, UnitError
from didymium.units import parse_unit
from didymium.world import ELEMENTS, WORLD, World
from didymium.world.belief import GRADE_SIGMA
from didymium.world.reader import Row

__all__ = ["MAGNET_BASKET", "Context", "Observation", "Terms", "observations"]

MAGNET_BASKET = ("Nd", "Pr", "Dy", "Tb")
"""The four magnet rare earths that the IEA counts."""

E = len(ELEMENTS)
_DEFINITION_SIGMA = {"mine_output": 0.0, "quota_basis": 0.05, "import_derived": 0.15}
_STAGE_FORM = {"mine": "concentrate", "separate": "oxide", "metal": "metal", "magnet": "magnet"}


@dataclass
class Terms:
    """A linear form over the unknowns: positions and coefficients."""

    positions: list[NDArray[np.intp]] = field(default_factory=list)
    coefficients: list[Array] = field(default_factory=list)

    def add(self, blocks: Iterable[NDArray[np.intp]], coefficient: Array) -> Terms:
        """Add ``coefficient`` (15,) on every block of fifteen positions; returns itself."""
        for block in blocks:
            self.positions.append(block)
            self.coefficients.append(coefficient)
        return self

    def plus(self, other: Terms, factor: float) -> Terms:
        """This form plus ``factor`` times another."""
        return Terms(self.positions + other.positions, self.coefficients + [factor * c for c in other.coefficients])

    def value(self, x: Array) -> float:
        """The form at ``x``."""
        return float(sum((c * x[p]).sum() for p, c in zip(self.positions, self.coefficients, strict=True)))


@dataclass(frozen=True)
class Observation:
    """A published figure: ``terms`` should equal ``target`` within ``sigma``; shares carry what they are a share of.

    ``form`` is the form of the chain that it is about, or the product as the source of a trade figure names it.
    """

    key: str
    kind: str
    place: str
    partner: str
    basket: str
    form: str
    observed: float
    unit: str
    terms: Terms
    target: float
    sigma: float
    sources: tuple[str, ...]
    grade: str
    where: str
    whole: Terms | None = None
    part: Terms | None = None

    def fitted(self, x: Array) -> float:
        """The same quantity in the solution, in the unit of ``observed``."""
        if self.whole is not None and self.part is not None:
            whole = self.whole.value(x)
            return 100 * self.part.value(x) / whole if whole else float("nan")
        return self.terms.value(x)


@dataclass(frozen=True)
class Context:
    """What the builders of observations need."""

    world: World
    year: int
    layout: Layout
    prior: Prior
    start: Array
    metal: Array
    magnet_content: Row
    compound_content: Row
    concentrate_content: Row

    @classmethod
    def of(cls, world: World, year: int, layout: Layout, prior: Prior) -> Context:
        """The context of a world and a year."""
        fractions = metal_fractions(world)
        goods = {r.text("good"): r for r in world.rows("contents")}
        metal = np.array([fractions[e] for e in ELEMENTS])
        start = layout.pack(prior)
        return cls(world, year, layout, prior, start, metal, goods["magnet"], goods["compounds"], goods["concentrate"])

    def bloc(self, place: str) -> int:
        """Index of the bloc that ``place`` is; raises UnknownName."""
        return self.world.blocs.index(self.world.bloc_of(place))

    def is_whole_bloc(self, place: str) -> bool:
        """Whether ``place`` is a bloc of its own rather than a part of one."""
        return place in self.world.blocs_set

    def basket(self, text: str) -> Array:
        """One for the elements named in ``text`` (blanks between), all for ``*``; raises UnknownName."""
        if text == "*":
            return np.ones(E)
        named = {self.world.element(e) for e in text.split()}
        return np.array([float(e in named) for e in ELEMENTS])


def observations(context: Context) -> tuple[Observation, ...]:
    """All observations of the base year: mine output, assays, published shares, trade, and the observations table."""
    from didymium.chain.observe_trade import trade_observations

    return (
        *_production(context),
        *_assays(context),
        *_shares(context),
        *trade_observations(context),
        *_listed(context),
        *_magnet_mix(context),
    )


def _production(c: Context) -> list[Observation]:
    by_bloc: dict[int, list[Row]] = {}
    for row in c.world.rows("production", year=c.year, latest=True):
        if row.text("place") != WORLD and row.number("value_t_reo") > 0:
            by_bloc.setdefault(c.bloc(row.text("place")), []).append(row)
    found = []
    for i, rows in sorted(by_bloc.items()):
        values = np.array([r.number("value_t_reo") for r in rows])
        sigmas = np.array(
            [GRADE_SIGMA[r.text("grade")] + _DEFINITION_SIGMA.get(r.text("definition"), 0.2) for r in rows]
        )
        found.append(
            Observation(
                key=f"mine {c.world.blocs[i]}",
                kind="production",
                place=c.world.blocs[i],
                partner="",
                basket="*",
                form="concentrate",
                observed=float(values.sum()),
                unit="t REO/y",
                terms=Terms().add([c.layout.node("mine", i)], np.ones(E)),
                target=float(values.sum()),
                sigma=max(float(np.hypot.reduce(sigmas * values)), 1.0),
                sources=tuple(sorted({r.text("source") for r in rows})),
                grade=max(r.text("grade") for r in rows),
                where=", ".join(f"production.csv:{r.line}" for r in rows),
            )
        )
    return found


def _assays(c: Context) -> list[Observation]:
    mined, relative, _ = mine_mix(c.world, c.year)
    all_mixes = c.world.rows("mixes", year=c.year)
    found = []
    for i, bloc in enumerate(c.world.blocs):
        total = mined[i].sum()
        if total == 0:
            continue
        mixes = [m for m in all_mixes if c.bloc(m.text("place")) == i]
        rows = [*mixes, *dict.fromkeys(assay_fractions(c.world, m.text("mine"))[1] for m in mixes)]
        for k, element in enumerate(ELEMENTS):
            if mined[i, k] <= 0:
                continue
            share = mined[i, k] / total
            pick = np.eye(E)[k]
            node = [c.layout.node("mine", i)]
            part, whole = Terms().add(node, pick), Terms().add(node, np.ones(E))
            found.append(
                Observation(
                    key=f"assay {bloc} {element}",
                    kind="assay",
                    place=bloc,
                    partner="",
                    basket=element,
                    form="concentrate",
                    observed=100 * share,
                    unit="percent",
                    terms=part.plus(whole, -share),
                    target=0.0,
                    sigma=float(relative[i, k] * mined[i, k]),
                    sources=tuple(sorted({r.text("source") for r in rows})),
                    grade=max(r.text("grade") for r in rows),
                    where=", ".join(f"{r.table}.csv:{r.line}" for r in rows),
                    whole=whole,
                    part=part,
                )
            )
    return found


def output(c: Context, form: str, i: int, weights: Array) -> Terms:
    """Output of a form by bloc ``i``: what it sent out and what it put in stock, weighted by element."""
    return Terms().add(c.layout.made(form, i), weights)


def world_output(c: Context, form: str, weights: Array) -> Terms:
    """World output of a form weighted by element."""
    whole = Terms()
    for i in range(c.layout.n_blocs):
        whole.add(c.layout.made(form, i), weights)
    return whole


def _shares(c: Context) -> list[Observation]:
    """Published shares of output on the magnet basket and of sintered magnets; other baskets are rivals, not fitted."""
    found = []
    for row in _one_per_publisher(c):
        weights = c.basket(" ".join(MAGNET_BASKET)) * c.metal
        form = _STAGE_FORM[row.text("stage")]
        whole = world_output(c, form, weights)
        part = output(c, form, c.bloc(row.text("place")), weights)
        if whole.value(c.start) <= 0:
            continue
        share = row.number("share_pct") / 100
        spread = GRADE_SIGMA[row.text("grade")] * min(share, 1 - share) + 0.005
        found.append(
            Observation(
                key=f"share {row.text('stage')} {row.text('place')} by {row.text('publisher')}",
                kind="share",
                place=row.text("place"),
                partner="",
                basket=" ".join(MAGNET_BASKET),
                form=form,
                observed=100 * share,
                unit="percent",
                terms=part.plus(whole, -share),
                target=0.0,
                sigma=spread * whole.value(c.start),
                sources=(row.text("source"),),
                grade=row.text("grade"),
                where=f"shares.csv:{row.line}",
                whole=whole,
                part=part,
            )
        )
    return found


def _one_per_publisher(c: Context) -> list[Row]:
    """The best-graded row of each publisher: one figure quoted by three others is still one measurement."""
    best: dict[tuple[str, ...], Row] = {}
    for row in c.world.rows("shares", year=c.year, kind="history", measure="output"):
        if row.text("basis") in ("magnet_basket", "sintered_magnet") and c.is_whole_bloc(row.text("place")):
            key = tuple(row.text(name) for name in ("stage", "place", "basis", "publisher"))
            if key not in best or row.text("grade") < best[key].text("grade"):
                best[key] = row
    return list(best.values())


def in_unit(c: Context, weights: Array, unit: str) -> Array:
    """Element weights that turn t REO-equivalent per year into ``unit`` (REO, element or magnets).

    Raises UnitError for a mass of anything else, whose rare-earth content is not known.
    """
    parsed = parse_unit(unit)
    mass = next((d for d, _ in parsed.dimensions if d.startswith("mass")), "")
    if mass == "mass of NdFeB":
        weights = weights * c.metal / c.magnet_content.number("content_fraction")
    elif mass in ("mass of element", "mass of metal"):
        weights = weights * c.metal
    elif mass not in ("mass of REO", "mass of NdPr", "mass of Dy+Tb"):
        raise UnitError(
            f"{unit!r} does not say what it is a mass of, or that holds an unknown share of rare earths",
            expected="REO, NdPr, Dy+Tb, element, metal or NdFeB, such as t REO/y",
        )
    return weights / parsed.scale


def _listed_terms(c: Context, row: Row, weights: Array) -> Terms:
    form, quantity, i = row.text("form"), row.text("quantity"), c.bloc(row.text("place"))
    if quantity == "recycled":
        return Terms().add([c.layout.node("recycled", i)], weights)
    if quantity == "stock_drawn" and form in ("concentrate", "oxide"):
        return Terms().add([c.layout.node(f"stock_{form}", i)], -weights)
    if quantity not in ("use", "output") or form not in LINKED:
        raise TableError(
            f"{quantity} of {form!r} has no place in the balance",
            where=f"observations.csv:{row.line}",
            expected=f"recycled, stock_drawn of concentrate or oxide, or output or use of {', '.join(LINKED)}",
            cure="move trade to trade.csv and shares of the world to shares.csv",
        )
    return Terms().add(c.layout.incoming(form, i), weights) if quantity == "use" else output(c, form, i, weights)


def _listed(c: Context) -> list[Observation]:
    """Rows of the observations table; the figure of a country that is only part of a bloc is left out."""
    found = []
    for row in c.world.rows("observations", year=c.year):
        if not c.is_whole_bloc(row.text("place")):
            continue
        quantity = row.text("quantity")
        weights = in_unit(c, c.basket(row.text("basket")), row.text("unit"))
        terms = _listed_terms(c, row, weights)
        value, least = row.number("value"), 1.0 / parse_unit(row.text("unit")).scale
        extra = 0.03 if "NdFeB" in row.text("unit") else 0.0
        found.append(
            Observation(
                key=row.text("observation"),
                kind=quantity,
                place=row.text("place"),
                partner="",
                basket=row.text("basket"),
                form=row.text("form"),
                observed=value,
                unit=row.text("unit"),
                terms=terms,
                target=value,
                sigma=max(float(np.hypot(GRADE_SIGMA[row.text("grade")], extra)) * value, least),
                sources=(row.text("source"),),
                grade=row.text("grade"),
                where=f"observations.csv:{row.line}",
            )
        )
    return found


def _magnet_mix(c: Context) -> list[Observation]:
    """The mix of elements in magnets of the largest maker, as seen in what is recovered from its scrap."""
    made = c.prior.trade["magnet"].sum(axis=(1, 2))
    i = int(np.argmax(made))
    found: list[Observation] = []
    if made[i] <= 0:
        return found
    for row in magnet_share_rows(c.world, c.year):
        k = ELEMENTS.index(row.text("element"))
        if c.prior.magnet_mix[k] <= 0:
            continue
        blocks = c.layout.outgoing("magnet", i)
        part, whole = Terms().add(blocks, np.eye(E)[k]), Terms().add(blocks, np.ones(E))
        share = float(c.prior.magnet_mix[k])
        found.append(
            Observation(
                key=f"magnet mix {ELEMENTS[k]}",
                kind="magnet_mix",
                place=c.world.blocs[i],
                partner="",
                basket=ELEMENTS[k],
                form="magnet",
                observed=100 * share,
                unit="percent",
                terms=part.plus(whole, -share),
                target=0.0,
                sigma=GRADE_SIGMA[row.text("grade")] * share * made[i],
                sources=(row.text("source"),),
                grade=row.text("grade"),
                where=f"magnet_shares.csv:{row.line}",
                whole=whole,
                part=part,
            )
        )
    return found
