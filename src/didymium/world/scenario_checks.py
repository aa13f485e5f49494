"""A scenario against the world: names that exist, links that make sense, dates inside the span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from didymium.errors import UnknownName
from didymium.world.scenario_carried import uncarried
from didymium.world.scenario_events import Ban, Event, ExportLicence, Halt, Partnership, Tariff
from didymium.world.scenario_fields import Shows, Sourced
from didymium.world.world import ELEMENTS, World

if TYPE_CHECKING:
    from didymium.world.scenario import Scenario

__all__ = ["faults", "forms", "unknown"]

Path = tuple[str | int, ...]
Fault = tuple[Path, str, str, str]

_VOCABULARY = {
    "exporter": "bloc",
    "importer": "bloc",
    "bloc": "bloc",
    "partner": "bloc",
    "importers": "bloc",
    "exporters": "bloc",
    "blocs": "bloc",
    "between": "bloc",
    "form": "form",
    "forms": "form",
    "elements": "element",
    "stage": "stage",
    "mine": "mine",
    "project": "project",
    "source": "source",
    "sources": "source",
}
"""Which vocabulary the names in a field belong to."""


def forms(world: World) -> tuple[str, ...]:
    """Forms of material: what stages take and make, in the order of the chain."""
    stages = sorted(world.table("stages").rows, key=lambda r: r.integer("order"))
    return tuple(dict.fromkeys(f for r in stages for f in (r.text("feed"), r.text("product")) if f))


def faults(scenario: Scenario, world: World) -> Iterator[Fault]:
    """What ``world`` does not know or what cannot be meant: path, what, expected, cure."""
    known: dict[str, Sequence[str]] = {
        "bloc": world.blocs,
        "form": forms(world),
        "element": ELEMENTS,
        "stage": [r.text("stage") for r in world.table("stages").rows],
        "mine": [r.text("mine") for r in world.table("mines").rows],
        "project": [r.text("project") for r in world.table("projects").rows],
        "source": [r.text("source") for r in world.table("sources").rows],
    }
    for k, key in enumerate(scenario.sources):
        yield from unknown("source", key, known["source"], ("sources", k), world)
    yield from _names(scenario.shows, known, ("shows",), world)
    for part in ("events", "policies", "projects"):
        for k, entry in enumerate(getattr(scenario, part)):
            yield from _names(entry, known, (part, k), world)
    for part in ("events", "policies"):
        for k, event in enumerate(getattr(scenario, part)):
            yield from _links(event, (part, k))
            yield from _dates(event, scenario, (part, k))
            if isinstance(event, Halt):
                yield from _mine(event, world, (part, k))
    for k, project in enumerate(scenario.projects):
        if project.start is not None and project.start >= scenario.past_end:
            yield _outside(("projects", k, "start"), f"the start {project.start} lies after the span", scenario)
    yield from uncarried(scenario, world)


def _names(entry: Sourced | Shows, known: Mapping[str, Sequence[str]], path: Path, world: World) -> Iterator[Fault]:
    for field, kind in _VOCABULARY.items():
        value = getattr(entry, field, None)
        if isinstance(value, str):
            yield from unknown(kind, value, known[kind], (*path, field), world)
        elif isinstance(value, dict):
            for key, name in value.items():
                yield from unknown(kind, name, known[kind], (*path, field, key), world)
        else:
            for k, name in enumerate(value or ()):
                yield from unknown(kind, name, known[kind], (*path, field, k), world)


def unknown(kind: str, name: str, known: Iterable[str], path: Path, world: World) -> Iterator[Fault]:
    """The fault of a ``name`` that is not ``known``, with the nearest one, a place's bloc or an element's symbol."""
    if name in known:
        return
    error = UnknownName(kind, name, known)
    cure = error.cure
    if kind == "element":
        symbols = {r.text("name").casefold(): r.text("element") for r in world.table("elements").rows}
        cure = f"write {symbols[name.casefold()]}" if name.casefold() in symbols else cure
    if kind == "bloc":
        places = {n.casefold(): code for n, code in world.place_names().items()}
        code = places.get(name.casefold())
        if code is not None and code != "WLD":
            cure = f"{name} is bloc {code}" if code in world.blocs else f"{name} lies in bloc {world.bloc_of(code)}"
    yield path, error.what, error.expected, cure


def _links(event: Event, path: Path) -> Iterator[Fault]:
    """A link runs between two blocs."""
    ends = {
        "importers": (getattr(event, "exporter", None), getattr(event, "importers", None)),
        "exporters": (getattr(event, "importer", None), getattr(event, "exporters", None)),
    }
    if isinstance(event, Ban | ExportLicence | Tariff):
        for field, (one, others) in ends.items():
            if one is not None and one in (others or ()):
                yield (
                    (*path, field),
                    f"there is no link from {one} to itself",
                    f"other blocs than {one}",
                    f"remove {one}",
                )
    if isinstance(event, Partnership) and event.bloc == event.partner:
        yield (*path, "partner"), f"{event.bloc} is its own partner", "another bloc", ""


def _dates(event: Event, scenario: Scenario, path: Path) -> Iterator[Fault]:
    """An event that could never act in the span is a mistake; one that reaches into it is not."""
    if event.start >= scenario.past_end:
        yield _outside((*path, "start"), f"the start {event.start} lies after the span", scenario)
    elif event.end is not None and event.end <= scenario.start and event.end != event.start:
        yield _outside((*path, "end"), f"the end {event.end} lies before the span", scenario)
    general_from = getattr(event, "general_from", None)
    if general_from is not None and event.end is not None and general_from > event.end:
        what = f"general_from {general_from} lies after the end {event.end}"
        yield (*path, "general_from"), what, "general_from <= end", ""


def _outside(path: Path, what: str, scenario: Scenario) -> Fault:
    return path, what, f"a date within {scenario.start:%Y-%m} to {scenario.end:%Y-%m}", "change the date or the span"


def _mine(event: Halt, world: World, path: Path) -> Iterator[Fault]:
    if event.mine is None:
        return
    if event.stage != "mine":
        yield (*path, "stage"), f"a mine does not {event.stage}", "stage: mine", ""
    country = next(r.text("country") for r in world.table("mines").rows if r.text("mine") == event.mine)
    bloc = world.bloc_of(country)
    if bloc != event.bloc:
        yield (*path, "mine"), f"{event.mine} lies in {bloc}, not in {event.bloc}", f"a mine in {event.bloc}", ""
