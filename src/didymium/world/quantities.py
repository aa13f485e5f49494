"""Which tables answer which question: quantity by name → Belief."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from didymium.errors import DidymiumError, UnknownName
from didymium.world.belief import Belief, Figure, gather
from didymium.world.reader import Row
from didymium.world.world import World

__all__ = ["QUANTITIES", "TABLE_OF", "belief", "deposits"]

RESERVE_ORDER = (
    "reserve",
    "reserve_jorc",
    "state_balance",
    "resource_jorc",
    "resource",
    "resource_forecast",
    "claim",
    "misread",
)
SHARE_ORDER = (
    ["mine", "separate", "metal", "magnet"],
    ["magnet_basket", "sintered_magnet", "all_reo", "high_performance", "heavy", "cerium_lanthanum", "unspecified"],
    ["output", "capacity", "unspecified"],
)
PRODUCTION_ORDER = ("mine_output", "quota_basis", "import_derived", "gross_mineral", "unclear")


def _figure(
    row: Row, value: float | None, unit: str, definition: str, publisher: str, year: int, **more: str
) -> Figure:
    return Figure(
        value=value,
        unit=unit,
        definition=definition,
        publisher=publisher,
        year=year,
        grade=row.text("grade"),
        source=row.text("source"),
        note=row.text("note"),
        formula=row.text("formula") if "formula" in row else "",
        where=f"{row.table}.csv:{row.line}",
        **more,
    )


def _reserves(world: World, place: str, year: int | None, stage: str) -> Iterator[Figure]:
    for row in world.rows("reserves"):
        scope = row.text("deposit")
        wanted = (row.text("place") == place and not scope) or scope.casefold() == place.casefold()
        if wanted and (year is None or row.integer("edition_year") == year):
            measure = row.text("measure")
            unit = {"REO": "t REO", "ore": "t ore", "mineral": "t mineral"}[measure]
            definition = row.text("definition") if measure == "REO" else f"{row.text('definition')} ({measure})"
            yield _figure(
                row,
                row.optional("value_t"),
                unit,
                definition,
                row.text("publisher"),
                row.integer("edition_year"),
                state=row.text("state"),
                scope=scope,
            )


def _production(world: World, place: str, year: int | None, stage: str) -> Iterator[Figure]:
    for row in world.rows("production", place=place):
        if year is None or row.integer("year") == year:
            state = "latest edition" if row.flag("latest") else "superseded or rival"
            yield _figure(
                row,
                row.number("value_t_reo"),
                "t REO/y",
                f"{row.text('definition')} {row.integer('year')}",
                row.text("edition"),
                row.integer("year"),
                state=state,
            )


def _shares(world: World, place: str, year: int | None, stage: str) -> Iterator[Figure]:
    for row in world.rows("shares", place=place):
        if (year is None or row.integer("year") == year) and stage in ("", row.text("stage")):
            definition = f"{row.text('stage')}, {row.text('basis')}, {row.text('measure')}"
            publisher, kind = row.text("publisher"), row.text("kind")
            if kind == "projection":
                definition += ", projection"
            yield _figure(
                row,
                row.number("share_pct"),
                "percent",
                definition,
                publisher,
                row.integer("year"),
                state=kind,
            )


def _quotas(world: World, place: str, year: int | None, stage: str) -> Iterator[Figure]:
    for row in world.rows("quotas", place=place):
        if (year is None or row.integer("year") == year) and stage in ("", row.text("stage")):
            definition = f"{row.text('stage')}, {row.text('ore')}"
            yield _figure(row, row.number("value_t_reo"), "t REO/y", definition, "state quota", row.integer("year"))


def _statements(world: World, place: str, year: int | None, stage: str) -> Iterator[Figure]:
    for row in world.rows("statements", place=place):
        when = int(row.text("date")[:4])
        if (year is None or when == year) and stage in ("", row.text("variable")):
            definition = f"{row.text('variable')} ({row.text('modality')})"
            publisher = world.source(row.text("source")).text("publisher")
            yield _figure(row, row.optional("value"), row.text("unit"), definition, publisher, when)


QUANTITIES: dict[str, Callable[[World, str, int | None, str], Iterator[Figure]]] = {
    "reserves": _reserves,
    "production": _production,
    "share": _shares,
    "quota": _quotas,
    "statement": _statements,
}


def deposits(world: World) -> dict[str, str]:
    """Names of deposits in the reserves table, by case-folded name."""
    return {r.text("deposit").casefold(): r.text("deposit") for r in world.rows("reserves") if r.text("deposit")}


TABLE_OF = {
    "reserves": "reserves",
    "production": "production",
    "share": "shares",
    "quota": "quotas",
    "statement": "statements",
}
"""The table that answers each quantity."""

_STAGE_COLUMN = {"share": "stage", "quota": "stage", "statement": "variable"}


def belief(world: World, quantity: str, place: str, *, year: int | None = None, stage: str = "") -> Belief:
    """All rivals for ``quantity`` of ``place`` (a country, bloc, or for reserves a deposit).

    ``stage`` narrows a share or quota to a stage and a statement to a variable. Raises UnknownName for an unknown
    quantity, place or stage and DidymiumError when nobody publishes a figure.
    """
    if quantity not in QUANTITIES:
        raise UnknownName("quantity", quantity, QUANTITIES)
    if stage:
        _check_stage(world, quantity, stage)
    code = _place_or_deposit(world, quantity, place)
    figures = tuple(QUANTITIES[quantity](world, code, year, stage))
    found = gather(quantity, code, figures, _order(quantity, figures))
    if not found.figures:
        raise DidymiumError(
            f"nobody publishes {quantity} of {code}"
            + (f" for {stage}" if stage else "")
            + (f" for {year}" if year else ""),
            expected="a place and year with at least one figure",
            cure=f"didymium data show {TABLE_OF[quantity]} lists what there is",
        )
    return found


def _place_or_deposit(world: World, quantity: str, place: str) -> str:
    named = deposits(world) if quantity == "reserves" else {}
    if place.casefold() in named:
        return named[place.casefold()]
    try:
        return world.place(place)
    except UnknownName:
        if not named:
            raise
        raise UnknownName("place or deposit", place, [*world.place_names(), *named.values()]) from None


def _check_stage(world: World, quantity: str, stage: str) -> None:
    column = _STAGE_COLUMN.get(quantity)
    if column is None:
        raise DidymiumError(
            f"{quantity} does not come by stage",
            expected=f"a stage only with {', '.join(_STAGE_COLUMN)}",
            cure="leave the stage out",
        )
    known = dict.fromkeys(row.text(column) for row in world.rows(TABLE_OF[quantity]))
    if stage not in known:
        raise UnknownName(column, stage, known)


def _order(quantity: str, figures: Sequence[Figure]) -> tuple[str, ...]:
    """Definitions, the default first: for production the newest year, for shares history before projection."""
    if quantity == "reserves":
        return RESERVE_ORDER
    if quantity == "production":
        rank = {d: i for i, d in enumerate(PRODUCTION_ORDER)}
        by_year = sorted(figures, key=lambda f: (-f.year, rank[f.definition.split()[0]]))
        return tuple(dict.fromkeys(f.definition for f in by_year))
    if quantity == "share":
        return tuple(sorted({f.definition for f in figures}, key=_share_rank))
    return ()


def _share_rank(definition: str) -> tuple[int, ...]:
    """History before projection, then stage, basis and measure in the order of SHARE_ORDER."""
    parts = definition.split(", ")
    ranks = (order.index(part) for order, part in zip(SHARE_ORDER, parts, strict=False))
    return (len(parts), *ranks)
