"""Trade rows as observations: forms, units, periods shorter than a year, and shares of imports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from didymium.chain.observe import Context, Observation, Terms
from didymium.chain.structure import Array
from didymium.world import ELEMENTS, WORLD, World
from didymium.world.belief import GRADE_SIGMA
from didymium.world.reader import Row

__all__ = ["months_of", "trade_observations"]

E = len(ELEMENTS)

DIDYMIUM = {"Nd", "Pr"}
"""Elements whose metal is sold as a mixture with a customs code of its own: the code of one holds little of it."""

_FORMS = {
    "concentrate": ("concentrate",),
    "ores_compounds": ("concentrate", "mixed", "oxide"),
    "compounds": ("mixed", "oxide"),
    "compounds_metals": ("mixed", "oxide", "metal"),
    "ndpr_oxide": ("oxide",),
    "oxide": ("oxide",),
    "metal": ("metal",),
    "magnet": ("magnet",),
}
_PERIOD_SIGMA = ((1.0, 6.0, 12.0), (0.25, 0.10, 0.0))
"""Relative standard error of a year scaled up from so many months, linear in between: an assumption."""


def months_of(period: str, year: int) -> tuple[int, ...]:
    """The months of ``year`` that a period such as 2024, 2024-05 or 2024-01/2024-06 covers; empty when it leaves it."""
    first, _, last = period.partition("/")
    last = last or first
    if not (first[:4] == last[:4] == str(year)):
        return ()
    try:
        start = int(first[5:7]) if len(first) >= 7 else 1
        end = int(last[5:7]) if len(last) >= 7 else 12
    except ValueError:
        return ()
    return tuple(range(start, end + 1))


@dataclass(frozen=True)
class _Flow:
    """Rows about one flow: the best one, and its months."""

    rows: tuple[Row, ...]
    months: int

    @property
    def annual_t(self) -> float:
        return sum(r.number("quantity_t") for r in self.rows) * 12 / self.months


def trade_observations(context: Context) -> list[Observation]:
    """Quantities and import shares of the base year, one observation per flow, the longest and best-graded period.

    Left out: rejected rows, places that are only part of a bloc, and the mirror of a row that is already there.
    """
    by_flow: dict[tuple[str, ...], list[Row]] = {}
    shares: list[Row] = []
    for row in context.world.rows("trade"):
        months = months_of(row.text("period"), context.year)
        usable = row.text("method") != "rejected" and row.text("form") in _FORMS and months and _basket(context, row)
        if not usable or not _places_fit(context, row):
            continue
        if row.optional("quantity_t") is not None:
            what = (row.text("form"), _basket(context, row), row.text("basis"))
            key = (row.text("flow"), row.text("reporter"), row.text("partner"), *what)
            by_flow.setdefault(key, []).append(row)
        elif row.optional("share_pct") is not None and row.text("flow") == "import":
            shares.append(row)
    flows = [_best(rows, context.year) for _, rows in sorted(by_flow.items())]
    found = [_quantity(context, flow) for flow in _without_mirrors(flows)]
    found += [_import_share(context, row) for row in shares]
    return [o for o in found if o is not None]


def _places_fit(c: Context, row: Row) -> bool:
    return c.is_whole_bloc(row.text("reporter")) and (
        row.text("partner") == WORLD or c.is_whole_bloc(row.text("partner"))
    )


def _best(rows: list[Row], year: int) -> _Flow:
    """The row that covers most months (grade, then more significant digits break ties); single months together.

    Products that the same source lists side by side for the same period are parts of one form and add up.
    """

    def rank(row: Row) -> tuple[str, int, int]:
        return row.text("grade"), -len(f"{row.number('quantity_t'):.9g}".replace(".", "").rstrip("0")), row.line

    length = {row.line: len(months_of(row.text("period"), year)) for row in rows}
    longest = max(length.values())
    chosen: list[Row] = []
    periods = sorted({r.text("period") for r in rows if length[r.line] == longest})
    best = [min((r for r in rows if r.text("period") == period), key=rank) for period in periods]
    for one in best if longest == 1 else [min(best, key=rank)]:
        parts = {one.text("product"): one}
        for row in rows:
            if row.text("period") == one.text("period") and row.text("source") == one.text("source"):
                parts.setdefault(row.text("product"), row)
        chosen += parts.values()
    return _Flow(tuple(chosen), len(periods) if longest == 1 else longest)


def _without_mirrors(flows: list[_Flow]) -> list[_Flow]:
    """Flows without those that repeat, seen from the other end, a figure already there; the importer's record stays."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for flow in sorted(flows, key=lambda f: f.rows[0].text("flow") != "import"):
        row = flow.rows[0]
        ends = (row.text("reporter"), row.text("partner"))
        way = ends if row.text("flow") == "export" else ends[::-1]
        figure = (way, row.text("form"), row.text("basis"), flow.months, flow.annual_t)
        if WORLD in ends or figure not in seen:
            kept.append(flow)
        seen.add(figure)
    return kept


def _terms(c: Context, row: Row, weights: Array) -> Terms:
    """The flow of ``row``: its forms, from reporter to partner or the other way round, home links left out."""
    i = c.bloc(row.text("reporter"))
    export = row.text("flow") == "export"
    terms = Terms()
    for form in _FORMS[row.text("form")]:
        if row.text("partner") == WORLD:
            blocks = (c.layout.outgoing if export else c.layout.incoming)(form, i, abroad=True)
        else:
            j = c.bloc(row.text("partner"))
            block = c.layout.link(form, i, j) if export else c.layout.link(form, j, i)
            blocks = [] if block is None else [block]
        terms.add(blocks, weights)
    return terms


def _basket(c: Context, row: Row) -> str:
    """The elements that the product names, ``*`` when it names none; empty for scandium, and metal of Nd or Pr."""
    if row.text("form") == "ndpr_oxide":
        return "Nd Pr"
    names = _element_names(c.world)
    named = [names[word] for word in row.text("product").casefold().split() if word in names]
    if row.text("form") == "metal" and len(set(named)) == 1 and named[0] in DIDYMIUM:
        return ""
    return " ".join(e for e in named if e in ELEMENTS) if named else "*"


@lru_cache(maxsize=8)
def _element_names(world: World) -> dict[str, str]:
    return {r.text("name").casefold(): r.text("element") for r in world.rows("elements")}


def _weights(c: Context, row: Row) -> tuple[Array, float]:
    """Element weights that turn t REO-equivalent into the tonnes of ``row``, and the relative sigma of doing so."""
    basket = _basket(c, row)
    weights = c.basket(basket)
    if row.text("basis") in ("metal", "element"):
        return weights * c.metal, 0.05
    if row.text("basis") == "REO" or basket != "*":
        return weights, 0.0
    if row.text("form") == "magnet":
        content = c.magnet_content
        weights = weights * c.metal
    elif row.text("form") in ("concentrate", "ores_compounds"):
        content = c.concentrate_content
    else:
        content = c.compound_content
    middle = content.number("content_fraction")
    spread = (content.number("high") - content.number("low")) / (2 * 1.645 * middle)
    return weights / middle, spread


def _quantity(c: Context, flow: _Flow) -> Observation | None:
    row = flow.rows[0]
    weights, content_sigma = _weights(c, row)
    terms = _terms(c, row, weights)
    if not terms.positions:
        return None
    period_sigma = float(np.interp(flow.months, *_PERIOD_SIGMA))
    relative = float(np.sqrt(GRADE_SIGMA[row.text("grade")] ** 2 + content_sigma**2 + period_sigma**2))
    units = {"REO": "t REO/y", "metal": "t metal/y", "element": "t element/y"}
    unit = "t NdFeB/y" if row.text("form") == "magnet" else units.get(row.text("basis"), "t/y")
    products = dict.fromkeys(r.text("product") for r in flow.rows)
    return Observation(
        key=f"{row.text('flow')} {row.text('reporter')} {row.text('partner')} {' + '.join(products)}",
        kind="trade",
        place=row.text("reporter"),
        partner=row.text("partner"),
        basket=_basket(c, row),
        form=" + ".join(products),
        observed=flow.annual_t,
        unit=unit,
        terms=terms,
        target=flow.annual_t,
        sigma=max(relative * flow.annual_t, 1.0),
        sources=tuple(sorted({r.text("source") for r in flow.rows})),
        grade=max(r.text("grade") for r in flow.rows),
        where=", ".join(f"trade.csv:{r.line}" for r in flow.rows),
    )


def _import_share(c: Context, row: Row) -> Observation | None:
    i, j = c.bloc(row.text("reporter")), row.text("partner")
    if j == WORLD:
        return None
    basket = _basket(c, row)
    weights = c.basket(basket)
    part = _terms(c, row, weights)
    whole = Terms()
    for form in _FORMS[row.text("form")]:
        whole.add(c.layout.incoming(form, i, abroad=True), weights)
    share = row.number("share_pct") / 100
    total = whole.value(c.start)
    if not part.positions or total <= 0:
        return None
    return Observation(
        key=f"import share {row.text('reporter')} from {j}: {row.text('product')}",
        kind="import_share",
        place=row.text("reporter"),
        partner=j,
        basket=basket,
        form=row.text("product"),
        observed=100 * share,
        unit="percent",
        terms=part.plus(whole, -share),
        target=0.0,
        sigma=(GRADE_SIGMA[row.text("grade")] + 0.02) * total,
        sources=(row.text("source"),),
        grade=row.text("grade"),
        where=f"trade.csv:{row.line}",
        whole=whole,
        part=part,
    )
