"""The first guess: a forward pass through the chain from mine output, published routes and yields.

Reconciliation starts from it and pulls it towards the observations; on its own it is graded D.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from didymium.chain.demand import FinalUse, final_use_shares, net_goods_trade
from didymium.chain.structure import Array, Links, Recipes, read_links, read_recipes
from didymium.errors import TableError
from didymium.units import parse_unit
from didymium.world import ELEMENTS, WORLD, World
from didymium.world.reader import Row

__all__ = [
    "Prior",
    "assay_fractions",
    "build_prior",
    "drawn_from_stock",
    "magnet_share_rows",
    "mine_mix",
    "unreported_elements",
    "with_goods",
]


@dataclass(frozen=True)
class Prior:
    """First guess, t REO/y: trade by form (blocs, blocs, 15), node quantities (blocs, 15).

    ``drawn`` is concentrate out of stocks, ``magnet_mix`` (15,) the elements in magnets, adding up to 1.
    """

    trade: dict[str, Array]
    mine: Array
    feed_metal: Array
    other_use: Array
    recycled: Array
    drawn: Array
    magnet_mix: Array
    recipes: Recipes
    links: Links
    final_use: FinalUse
    sources: frozenset[str]


def assay_fractions(world: World, mine: str) -> tuple[Array, Row]:
    """Element fractions (15,) of the preferred assay of ``mine``, normalised to one, and its row."""
    rows = [r for r in world.rows("assays", mine=mine) if r.flag("preferred")]
    if not rows:
        raise TableError(
            f"mine {mine!r} has no preferred assay", where="assays.csv", expected="one row with preferred yes"
        )
    values = np.array([rows[0].optional(e) or 0.0 for e in ELEMENTS])
    return values / values.sum(), rows[0]


def mine_mix(world: World, year: int) -> tuple[Array, Array, frozenset[str]]:
    """Mine output by bloc and element (blocs, 15) in t REO/y, the relative sigma of its mix, and the sources."""
    rows = world.rows("production", year=year, latest=True)
    amounts = [(r, r.number("value_t_reo")) for r in rows if r.text("place") != WORLD and r.number("value_t_reo") > 0]
    output, relative, sources = _by_element(world, year, amounts)
    if not output.any():
        raise TableError(
            f"nobody mines in {year}",
            where="production.csv",
            expected="rows of that year marked latest",
            cure="choose a year that the table has",
        )
    return output, relative, sources


def drawn_from_stock(world: World, year: int) -> tuple[Array, frozenset[str]]:
    """Concentrate drawn from stocks by bloc and element (blocs, 15) in t REO/y, and the sources."""
    rows = world.rows("observations", year=year, quantity="stock_drawn", form="concentrate")
    drawn, _, sources = _by_element(
        world, year, [(r, r.number("value") * parse_unit(r.text("unit")).scale) for r in rows]
    )
    return drawn, sources


def _by_element(world: World, year: int, amounts: Sequence[tuple[Row, float]]) -> tuple[Array, Array, frozenset[str]]:
    """Tonnages of places split by the assays that stand for them: (blocs, 15), their relative sigma, the sources."""
    output = np.zeros((len(world.blocs), len(ELEMENTS)))
    variance = np.zeros_like(output)
    sources: set[str] = set()
    for row, amount in amounts:
        place = row.text("place")
        mixes = world.rows("mixes", place=place, year=year)
        if not mixes:
            raise TableError(
                f"{place} mines in {year} but no assay stands for it",
                where="mixes.csv",
                expected=f"a row with place {place}, year {year} and a mine that has an assay",
            )
        total = sum(m.number("weight_t_reo") for m in mixes)
        i = world.blocs.index(world.bloc_of(place))
        sources.add(row.text("source"))
        for mix in mixes:
            fractions, assay = assay_fractions(world, mix.text("mine"))
            tonnes = amount * mix.number("weight_t_reo") / total * fractions
            worst = max(mix.text("grade"), assay.text("grade"))
            output[i] += tonnes
            variance[i] += (MIX_SIGMA[worst] * tonnes) ** 2
            sources |= {mix.text("source"), assay.text("source")}
    relative = np.divide(np.sqrt(variance), output, out=np.zeros_like(output), where=output > 0)
    return output, relative, frozenset(sources)


def unreported_elements(world: World, year: int) -> frozenset[tuple[str, str]]:
    """(bloc, element) mined in ``year`` where no assay that stands for the bloc states the element."""
    stated: dict[str, set[str]] = {}
    for mix in world.rows("mixes", year=year):
        assay = assay_fractions(world, mix.text("mine"))[1]
        found = stated.setdefault(world.bloc_of(mix.text("place")), set())
        found |= {e for e in ELEMENTS if assay.optional(e) is not None}
    return frozenset((bloc, e) for bloc, known in stated.items() for e in ELEMENTS if e not in known)


MIX_SIGMA = {"A": 0.05, "B": 0.10, "C": 0.15, "D": 0.35}
"""Relative standard error of an element's share in an assay, by the worse grade of assay and its use: an assumption."""


def build_prior(world: World, year: int) -> Prior:
    """The forward pass for ``year``; raises TableError when the tables leave a mine without an assay."""
    recipes, links, final_use = read_recipes(world), read_links(world, year), final_use_shares(world, year)
    mine, _, mine_sources = mine_mix(world, year)
    drawn, stock_sources = drawn_from_stock(world, year)
    share, mix, magnet_sources = _magnet_shares(world, year)
    observed = _recycled(world, year, mix)
    recycles = links.shares["oxide"].sum(axis=1) > 0
    recycled = observed
    for _ in range(3):
        guess = _forward(mine + drawn, recycled, share, recipes, links, final_use)
        scrap = np.where(recycles, recipes.yields["recycle"] * guess.trade["scrap"].sum(axis=0), 0.0)
        recycled = np.where(observed.sum(axis=1, keepdims=True) > 0, observed, scrap)
    sources = recipes.sources | links.sources | final_use.sources | mine_sources | stock_sources | magnet_sources
    return Prior(
        trade=guess.trade,
        mine=mine,
        feed_metal=guess.feed_metal,
        other_use=guess.other_use,
        recycled=guess.recycled,
        drawn=drawn,
        magnet_mix=mix,
        recipes=recipes,
        links=links,
        final_use=final_use,
        sources=sources,
    )


@dataclass(frozen=True)
class _Pass:
    trade: dict[str, Array]
    feed_metal: Array
    other_use: Array
    recycled: Array


def _forward(ore: Array, recycled: Array, share: Array, recipes: Recipes, links: Links, final_use: FinalUse) -> _Pass:
    """One pass from ``ore``, mined or out of stocks, to product with ``recycled`` oxide given."""
    trade: dict[str, Array] = {}

    def ship(form: str, made: Array) -> Array:
        trade[form] = links.shares[form] * made[:, None, :]
        arrived: Array = trade[form].sum(axis=0)
        return arrived

    concentrate = ship("concentrate", ore)
    mixed = ship("mixed", recipes.yields["crack"] * concentrate)
    oxide = ship("oxide", recipes.yields["separate"] * mixed + recycled)
    reduces = links.shares["metal"].sum(axis=1) > 0
    feed_metal = np.where(reduces, oxide * share, 0.0)
    metal = ship("metal", recipes.yields["metal"] * feed_metal)
    magnet = ship("magnet", recipes.yields["magnet"] * metal)
    ship("scrap", (1 - recipes.yields["magnet"]) * metal)
    goods = recipes.yields["assemble"] * magnet
    trade["product"] = net_goods_trade(goods.sum(axis=1), final_use.shares)[:, :, None] * goods[:, None, :]
    return _Pass(trade, feed_metal, oxide - feed_metal, recycled)


def with_goods(prior: Prior, magnets: Array) -> Prior:
    """The first guess with trade in goods that follows from ``magnets`` (blocs, 15) arriving in each bloc."""
    goods = prior.recipes.yields["assemble"] * magnets
    product = net_goods_trade(goods.sum(axis=1), prior.final_use.shares)[:, :, None] * goods[:, None, :]
    return replace(prior, trade=prior.trade | {"product": product})


def magnet_share_rows(world: World, year: int | None = None) -> list[Row]:
    """Rows of the magnet_shares table of the year nearest to ``year``, the earlier of two; without one the newest."""
    rows = world.rows("magnet_shares")
    years = sorted({r.integer("year") for r in rows})
    chosen = years[-1:] if year is None else sorted(years, key=lambda y: abs(y - year))[:1]
    return [r for r in rows if r.integer("year") in chosen]


def _magnet_shares(world: World, year: int) -> tuple[Array, Array, frozenset[str]]:
    share, mix = np.zeros(len(ELEMENTS)), np.zeros(len(ELEMENTS))
    sources = set()
    for row in magnet_share_rows(world, year):
        k = ELEMENTS.index(world.element(row.text("element")))
        share[k], mix[k] = row.number("share_pct") / 100, row.number("magnet_mix_pct") / 100
        sources.add(row.text("source"))
    return share, mix / mix.sum(), frozenset(sources)


def _recycled(world: World, year: int, mix: Array) -> Array:
    """First guess of recycled oxide: the observed totals split by the mix of magnets, metal taken as oxide."""
    blocs = world.blocs
    recycled = np.zeros((len(blocs), len(ELEMENTS)))
    for row in world.rows("observations", year=year, quantity="recycled", basket="*"):
        tonnes = row.number("value") * parse_unit(row.text("unit")).scale
        recycled[blocs.index(world.bloc_of(row.text("place")))] += tonnes * mix
    return recycled
