"""What of a scenario the market can carry: told before anything runs, and where it stands in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from didymium.errors import UnknownName
from didymium.world.distributions import Number, bounds
from didymium.world.scenario_events import Ban, CutChain, Event, ExportLicence, Halt, Quota, Stockpile
from didymium.world.world import ELEMENTS, World

if TYPE_CHECKING:
    from didymium.world.scenario import Scenario

__all__ = ["PRICED", "uncarried"]

Path = tuple[str | int, ...]
Fault = tuple[Path, str, str, str]
Placed = tuple[Path, Event]

PRICED = ("La", "Ce", "Pr", "Nd", "Sm", "Gd", "Tb", "Dy", "Y")
"""Elements that are traded in quantity; prices of the others rest on a few deals a year."""

UNSORTED = ("concentrate", "mixed")
"""Forms that cannot leave without the listed elements that are in them."""

STORED = ("oxide", "metal", "magnet")
"""Forms of which a public stock is modelled."""


def uncarried(scenario: Scenario, world: World) -> Iterator[Fault]:
    """What the market cannot run: path, what, expected, cure."""
    years = {r.integer("year") for r in world.table("routes").rows}
    if scenario.base_year not in years:
        what = f"the flows of {scenario.base_year} are not known"
        known = ", ".join(map(str, sorted(years)))
        yield ("base_year",), what, f"a year that the table routes holds: {known}", "take one of these"
    for k, element in enumerate(scenario.shows.elements):
        if element in ELEMENTS and element not in PRICED:
            what = f"the market tells no price of {element}"
            yield ("shows", "elements", k), what, f"one of {', '.join(PRICED)}", "take an element that is traded"
    yield from _assumptions(scenario.assumptions, world)
    placed: list[Placed] = [
        ((part, k), event)
        for part in ("events", "policies")
        for k, event in enumerate(getattr(scenario, part))
        # What has no length changes nothing.
        if event.end is None or event.end > event.start
    ]
    for path, event in placed:
        yield from _alone(path, event, scenario.base_year, world)
    for (_, one), (path, other) in combinations(sorted(placed, key=lambda p: p[1].start), 2):
        yield from _together(path, one, other)


def _assumptions(assumptions: Mapping[str, Number], world: World) -> Iterator[Fault]:
    """Names that the table behaviour does not have, and values on the other side of zero than its range."""
    rows = {r.text("parameter"): r for r in world.table("behaviour").rows}
    for name, number in assumptions.items():
        path = ("assumptions", name)
        if name not in rows:
            error = UnknownName("parameter", name, rows)
            yield path, error.what, error.expected, error.cure
            continue
        low, high = rows[name].number("low"), rows[name].number("high")
        least, most = bounds(number)
        if (low >= 0 > least) or (high <= 0 < most):
            what = f"{name} reaches from {least:g} to {most:g}" if least < most else f"{name} is {least:g}"
            expected = f"{'0 or more' if low >= 0 else '0 or less'}; the table has {low:g} to {high:g}"
            yield path, what, expected, "look at its meaning in the table behaviour"


def _alone(path: Path, event: Event, year: int, world: World) -> Iterator[Fault]:
    if isinstance(event, Stockpile) and event.form not in STORED:
        yield (*path, "form"), f"a public stock of {event.form} is not modelled", " or ".join(STORED), "choose a form"
    if isinstance(event, Quota):
        yield from _capped(path, event, year)
    if isinstance(event, Halt) and event.mine is not None:
        weighed = [
            r.text("mine") for r in world.rows("mixes", year=year) if world.bloc_of(r.text("place")) == event.bloc
        ]
        if event.mine not in weighed:
            what = f"no weight of mine {event.mine!r} in the output of {event.bloc} in {year}"
            expected = f"one of {', '.join(sorted(weighed))}" if weighed else "no mine, for none is weighed there"
            yield (*path, "mine"), what, expected, "give the share of the bloc instead"


def _capped(path: Path, quota: Quota, year: int) -> Iterator[Fault]:
    """Years in force, from the base ``year`` on, before the first that a quota by year has a figure for."""
    if not isinstance(quota.tonnes_per_y, tuple):
        return
    first = quota.tonnes_per_y[0][0]
    past = first if quota.end is None else min(first, (quota.end - timedelta(days=1)).year + 1)
    years = range(max(quota.start.year, year), past)
    if years:
        what = f"no figure for {', '.join(map(str, years))}, in which the quota is in force"
        expected = f"a figure for {years[0]}; it holds until that of a later year"
        cure = f"add figures for {', '.join(map(str, years))}, or let it start in {first}"
        yield (*path, "tonnes_per_y"), what, expected, cure


def _together(path: Path, one: Event, other: Event) -> Iterator[Fault]:
    """Two events on one trade that the market cannot tell apart; the later of them is at fault."""
    if isinstance(one, Quota) and isinstance(other, Quota):
        apart = one.exporter != other.exporter or not _both(one.forms, other.forms)
        if not apart and one.counted != other.counted:
            yield (*path, "forms"), "two quotas count the same shipments", "the forms of one quota, or forms apart", ""
    if isinstance(one, ExportLicence) and isinstance(other, ExportLicence):
        apart = one.exporter != other.exporter or not _both(one.forms, other.forms)
        if not apart and one.bureau != other.bureau and _both(one.importers, other.importers):
            what = "two licence regimes with unlike importers cover the same trade"
            expected = "the same importers for all licences of an exporter on one form, or importers apart"
            yield (*path, "importers"), what, expected, "list the importers one by one in an event for each group"
    if isinstance(one, Ban | CutChain) and isinstance(other, Ban | CutChain) and _meet(one, other):
        what = f"two bans on one trade list unlike elements; the other starts {one.start}"
        cure = "give both the same elements"
        if isinstance(one, CutChain) or isinstance(other, CutChain):
            cure = "leave elements out of the ban, since a cut reaches all, or write the cut as bans"
        if _listed(one) != _listed(other):
            key = "elements" if isinstance(other, Ban) else "between"
            yield (*path, key), what, "one list of elements for all bans between two blocs", cure


def _listed(event: Ban | CutChain) -> frozenset[str]:
    """The elements that a ban lists."""
    elements = event.elements if isinstance(event, Ban) else None
    return frozenset(ELEMENTS if elements is None else elements)


def _both(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
    """Whether two lists, of which None is all, share a name."""
    return one is None or other is None or bool(set(one) & set(other))


def _meet(one: Ban | CutChain, other: Ban | CutChain) -> bool:
    """Whether two bans shut one trade in a form that is sorted by element."""
    shared = [f for f in (one.forms or other.forms or ("oxide",)) if other.forms is None or f in other.forms]
    ways = any(a == c and _both(b, d) for a, b in _ways(one) for c, d in _ways(other))
    return ways and any(f not in UNSORTED for f in shared)


def _ways(event: Ban | CutChain) -> list[tuple[str, tuple[str, ...] | None]]:
    """Exporters with their importers, of which None is all."""
    if isinstance(event, Ban):
        return [(event.exporter, event.importers)]
    a, b = event.between
    return [(a, (b,)), (b, (a,))]
