"""Which tables answer which question: quantity by name → Belief."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from didymium.errors import DidymiumError, UnknownName
from didymium.world.belief import Belief, Figure, gather
from didymium.world.reader import Row
from didymium.world.world import World

__all__ = ["QUANTITIES", "belief", "deposits"]

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
        if year is None or row.integer("year") == year:
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


def belief(world: World, quantity: str, place: str, *, year: int | None = None, stage: str = "") -> Belief:
    """All rivals for ``quantity`` of ``place`` (a country, bloc, or for reserves a deposit).

    Raises UnknownName for an unknown quantity or place and DidymiumError when nobody publishes a figure.
    """
    if quantity not in QUANTITIES:
        raise UnknownName("quantity", quantity, QUANTITIES)
    named = deposits(world).get(place.casefold()) if quantity == "reserves" else None
    code = named or world.place(place)
    order = RESERVE_ORDER if quantity == "reserves" else ()
    found = gather(quantity, code, QUANTITIES[quantity](world, code, year, stage), order)
    if not found.figures:
        raise DidymiumError(
            f"nobody publishes {quantity} of {code}" + (f" for {year}" if year else ""),
            expected="a place and year with at least one figure",
            cure=f"didymium data show {_TABLE[quantity]} lists what there is",
        )
    return found


_TABLE = {
    "reserves": "reserves",
    "production": "production",
    "share": "shares",
    "quota": "quotas",
    "statement": "statements",
}
