"""A settled scenario as paths of the kernel: every event written into the arrays of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from didymium.chain.structure import FORMS, STAGES, Array
from didymium.errors import RecordError
from didymium.market.build import Model
from didymium.market.calendar import Calendar
from didymium.market.licence_paths import write_licences
from didymium.market.paths import still_paths
from didymium.market.structure import OXIDE, Paths
from didymium.world import ELEMENTS, World
from didymium.world.scenario import Scenario

__all__ = ["Opening", "calendar_of", "decimal_year", "events_without_links", "paths_of"]


@dataclass(frozen=True)
class Opening:
    """Capacity that opens at ``start_y`` (decimal year; infinite for never) and ramps up along ``ramp``.

    ``ramp`` (2, points) holds years since the start and shares of the nameplate ``t_reo_per_y``.
    """

    stage: str
    bloc: str
    t_reo_per_y: float
    start_y: float
    ramp: Array


def calendar_of(scenario: Scenario, year: int) -> Calendar:
    """The steps of a run: from January of the base ``year`` to the end of the scenario."""
    past = scenario.past_end
    whole, part = past.year - year, date(past.year, 1, 1)
    days = (date(past.year + 1, 1, 1) - part).days
    per_y = Calendar(year, 0, scenario.step).steps_per_y
    steps = whole * per_y + round((past - part).days / days * per_y)
    if steps <= 0:
        raise RecordError(
            f"the scenario ends before the base year {year} begins", where=scenario.name, expected="a later end"
        )
    return _calendar(year, steps, scenario.step)


# Members of an ensemble share one, with its edges.
_calendar = lru_cache(maxsize=8)(Calendar)


def paths_of(world: World, model: Model, scenario: Scenario, openings: Iterable[Opening], heavy_share: float) -> Paths:
    """The paths of a ``scenario`` whose figures are settled, with the capacity that ``openings`` add.

    ``heavy_share`` is the share of the Nd and Pr in magnets that goes into magnets with listed heavy elements.
    What the kernel cannot carry was refused before (``world.scenario_carried``).
    """
    days = calendar_of(scenario, model.year)
    kinds: dict[str, list[Any]] = {}
    for event in scenario.happenings:
        if _lasts(days, event):
            kinds.setdefault(event.kind, []).append(event)
    bureaus = _numbered(e.bureau for e in kinds.get("export_licence", []))
    quotas = _numbered(e.counted for e in kinds.get("quota", []))
    stocks = kinds.get("stockpile", [])
    paths = still_paths(
        model, days.steps, days.steps_per_y, regimes=len(bureaus), quotas=len(quotas), reserves=len(stocks)
    )
    write_licences(world, model, paths, days, kinds.get("export_licence", []), bureaus, heavy_share)
    for event in kinds.get("ban", []):
        links = links_of(model, event.exporter, event.importers, event.forms)
        _shut(model, paths, links, event.share * days.covered(event.start, event.end), event.elements)
    for event in kinds.get("cut_chain", []):
        for a, b in (event.between, event.between[::-1]):
            links = links_of(model, a, (b,), event.forms)
            _shut(model, paths, links, days.covered(event.start, event.end), None)
    for event in kinds.get("quota", []):
        _cap(model, paths, days, event, quotas[event.counted])
    for event in kinds.get("tariff", []):
        share = event.percent / 100 * days.covered(event.start, event.end)
        for exporter in event.exporters or model.blocs:
            paths.tariff[:, links_of(model, exporter, (event.importer,), event.forms)] += share[:, None]
    for event in kinds.get("halt", []):
        _halt(world, model, paths, days, event)
    for event in kinds.get("price_floor", []):
        _floor(model, paths, days, event)
    for k, event in enumerate(stocks):
        _stockpile(model, paths, days, event, k)
    for event in kinds.get("demand", []):
        _grow(model, paths, days, event)
    _open(model, paths, days, (*openings, *_by_date(kinds)))
    return paths


def _lasts(days: Calendar, event: Any) -> bool:
    """Whether any day of the run lies in an event that has a length: else it must not change anything."""
    return not hasattr(event, "end") or bool(days.covered(event.start, event.end).any())


def _numbered(keys: Iterable[tuple[object, ...]]) -> dict[tuple[object, ...], int]:
    """Numbers of the keys, in the order in which they first come."""
    return {key: k for k, key in enumerate(dict.fromkeys(keys))}


def links_of(
    model: Model, exporter: str, importers: tuple[str, ...] | None, forms: tuple[str, ...] | None
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Positions of the links from ``exporter`` to ``importers`` (None: all others) in ``forms`` (None: all)."""
    index = {b: k for k, b in enumerate(model.blocs)}
    links = model.links
    to = [index[b] for b in importers] if importers else range(len(model.blocs))
    numbers = [FORMS.index(f) for f in forms if f in FORMS] if forms else range(len(FORMS))
    found = (links.origin == index[exporter]) & (links.to != index[exporter])
    return np.flatnonzero(found & np.isin(links.to, list(to)) & np.isin(links.form, list(numbers)))


def events_without_links(model: Model, scenario: Scenario) -> tuple[str, ...]:
    """Events on trade or plants that the model does not have, as ``ban of 2027-01-01``: they change nothing."""
    return tuple(f"{e.kind} of {e.start}" for e in scenario.happenings if not _touches(model, e))


def _touches(model: Model, event: Any) -> bool:
    pairs: Any
    if event.kind == "halt":
        return bool(model.chain.capacity[STAGES.index(event.stage), model.blocs.index(event.bloc)] > 0)
    if event.kind == "cut_chain":
        a, b = event.between
        pairs = ((a, (b,)), (b, (a,)))
    elif event.kind == "tariff":
        pairs = tuple((e, (event.importer,)) for e in event.exporters or model.blocs)
    elif event.kind in ("ban", "export_licence", "quota"):
        pairs = ((event.exporter, getattr(event, "importers", None)),)
    else:
        return True
    return any(len(links_of(model, exporter, to, event.forms)) for exporter, to in pairs)


def elements_of(elements: tuple[str, ...] | None) -> Array:
    """Ones (15,) for ``elements``, all of them for None."""
    return np.array([1.0 if elements is None or e in elements else 0.0 for e in ELEMENTS])


def _shut(model: Model, paths: Paths, links: Any, share: Array, elements: tuple[str, ...] | None) -> None:
    what = elements_of(elements)
    for k in links:
        # Ore and mixed compounds cannot leave without the listed elements that are in them.
        reach = np.ones(len(ELEMENTS)) if model.links.form[k] < OXIDE else what
        paths.banned[k] = reach
        paths.open[:, k] *= 1 - share


def _cap(model: Model, paths: Paths, days: Calendar, event: Any, q: int) -> None:
    paths.quota_of[links_of(model, event.exporter, None, event.forms)] = q
    for t in np.flatnonzero(days.covered(event.start, event.end) > 0):
        paths.quota[t, q] = event.tonnes_in(days.begins(int(t)).year)


def _halt(world: World, model: Model, paths: Paths, days: Calendar, event: Any) -> None:
    share = event.share
    if event.mine is not None:
        rows = [r for r in world.rows("mixes", year=model.year) if world.bloc_of(r.text("place")) == event.bloc]
        weights = {r.text("mine"): r.number("weight_t_reo") for r in rows}
        share *= weights[event.mine] / sum(weights.values())
    s, i = STAGES.index(event.stage), model.blocs.index(event.bloc)
    paths.running[:, s, i] *= 1 - share * days.covered(event.start, event.end)


def _floor(model: Model, paths: Paths, days: Calendar, event: Any) -> None:
    worth, what = model.chain.worth, elements_of(event.elements)
    base = np.divide(event.usd_per_kg, worth, out=np.zeros_like(worth), where=worth > 0) * what
    i = model.blocs.index(event.bloc)
    now = days.covered(event.start, event.end)[:, None] * base
    paths.floor[:, i] = np.maximum(paths.floor[:, i], now)


def _stockpile(model: Model, paths: Paths, days: Calendar, event: Any, k: int) -> None:
    f, i = FORMS.index(event.form), model.blocs.index(event.bloc)
    mix = model.chain.intake[f, i] if model.chain.intake[f, i].sum() > 0 else model.chain.intake[f].sum(axis=0)
    mix = mix * elements_of(event.elements)
    mix = mix / mix.sum() if mix.sum() > 0 else elements_of(event.elements) / elements_of(event.elements).sum()
    share = days.covered(event.start, within_days=event.over_months * 365 / 12)
    total = share.sum()
    rate = share / total * event.tonnes * days.steps_per_y if total > 0 else share
    paths.reserve_rate[:, k] = rate if event.action == "buy" else -rate
    paths.reserve_what[k], paths.reserve_form[k], paths.reserve_bloc[k] = mix, f, i
    if event.action == "release":
        paths.reserve_start[f, i] += event.tonnes * mix


def _grow(model: Model, paths: Paths, days: Calendar, event: Any) -> None:
    """Growth from the middle of the base year on, for which the base flows stand, or from the start of the event."""
    begin = max(model.year + 0.5, decimal_year(event.start))
    end = decimal_year(event.end) if event.end else np.inf
    years = np.clip(np.minimum(days.middles_y, end) - begin, 0.0, None)
    factor = (1 + event.percent_per_y / 100) ** years
    for b in event.blocs or model.blocs:
        i = model.blocs.index(b)
        if event.use in ("all", "magnets"):
            paths.use_index[:, i] *= factor
        if event.use in ("all", "other"):
            paths.other_index[:, i] *= factor


def decimal_year(day: date) -> float:
    """``day`` in decimal years."""
    first, after = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - first).days / (after - first).days


def _by_date(kinds: Mapping[str, list[Any]]) -> list[Opening]:
    """Capacity with a date of its own, partnerships without a clock too."""
    found = []
    for event in kinds.get("capacity", []):
        ramp = np.array([[0.0, max(event.ramp_months / 12, 1e-9)], [0.0, 1.0]])
        found.append(Opening(event.stage, event.bloc, event.tonnes_per_y, decimal_year(event.start), ramp))
    return found


def _open(model: Model, paths: Paths, days: Calendar, openings: Iterable[Opening]) -> None:
    new = np.zeros_like(paths.built)
    middles_y = days.middles_y
    for o in openings:
        if o.start_y < middles_y[-1]:
            s, i = STAGES.index(o.stage), model.blocs.index(o.bloc)
            new[:, s, i] += o.t_reo_per_y * np.interp(middles_y - o.start_y, o.ramp[0], o.ramp[1], left=0.0)
    base = model.chain.capacity
    grown = np.divide(new, base, out=np.zeros_like(new), where=base > 0)
    # Who has no plant may still sell oxide from scrap. Where one is to come, what is sold by then stands over its
    # nameplate and pulls orders, while no plant runs.
    scrap = np.zeros_like(base)
    scrap[OXIDE] = np.divide(model.chain.recycled.sum(axis=1), base[OXIDE], out=scrap[OXIDE], where=base[OXIDE] > 0)
    to_come = ~model.running & (base > 0)
    paths.built[:] = np.where(to_come, np.maximum(grown, np.minimum(scrap, 1.0)), 1.0 + grown)
    paths.running[:] *= np.where(
        to_come, np.divide(grown, paths.built, out=np.ones_like(grown), where=paths.built > 0), 1.0
    )
