"""The outside view: of comparable projects, how many were producing within so many months.

The question about one plan is answered from the record of its class (Kahneman & Lovallo 1993; Flyvbjerg 2006,
"From Nobel Prize to project management"), with the projects that have not arrived counted at full weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from didymium.clocks.records import HasRows, ProjectRecord, Span, announcement_spans, as_records
from didymium.errors import DidymiumError, UnknownName

if TYPE_CHECKING:
    from didymium.clocks.hazards import HazardModel
    from didymium.clocks.parametric import ParametricFit
    from didymium.clocks.survival import Median

__all__ = ["STAGES", "ClockAnswer", "StratumCount", "clock", "similar_first"]

STAGES = ("mine", "crack", "separate", "metal", "magnet", "recycle")
N_DRAWS = 4000


@dataclass(frozen=True)
class StratumCount:
    """How many projects, starts and sites one of the nested strata holds."""

    stage: str | None
    bloc: str | None
    n: int
    n_events: int
    n_sites: int


@dataclass(frozen=True)
class ClockAnswer:
    """P(a project announced today produces within ``within_months``), with what it rests on.

    ``n``, ``n_events``, ``n_censored`` and ``n_sites`` count the stratum asked for; ``n_followed`` of them were
    announced at least that long before the end of follow-up, and ``n_within`` of these started in time.
    ``borrowed`` is the share of the weight that comes from wider strata.  ``comparables`` are ordered by likeness;
    the bands hold the uncertainty of the hazards; ``parametric`` is a cross-check.  Times in years,
    probabilities as shares.
    """

    stage: str | None
    place: str | None
    bloc: str | None
    within_months: float
    probability: float
    band50: tuple[float, float]
    band90: tuple[float, float]
    n: int
    n_events: int
    n_censored: int
    n_sites: int
    n_followed: int
    n_within: int
    borrowed: float
    levels: tuple[StratumCount, ...]
    km_median_y: Median
    parametric: ParametricFit
    comparables: tuple[ProjectRecord, ...]


def _bloc_of(source: HasRows | Sequence[ProjectRecord], place: str | None) -> str | None:
    """The bloc of a country (ISO 3166 alpha-3) or of a bloc code, None for the world; else UnknownName."""
    if place in (None, "WLD"):
        return None
    if isinstance(source, Sequence):
        known = {record.country: record.bloc for record in source} | {r.bloc: r.bloc for r in source}
    else:
        known = {str(row["country"]): str(row["bloc"]) for row in source.rows("countries")}
        known |= {str(row["bloc"]): str(row["bloc"]) for row in source.rows("blocs")}
    if place is None or place not in known:
        raise UnknownName("place", str(place), known)
    return known[place]


def _check(stage: str | None, within_months: float, horizon_y: float) -> None:
    if stage is not None and stage not in STAGES:
        raise UnknownName("stage", stage, STAGES)
    if not 0.0 < within_months <= 12.0 * horizon_y:
        raise DidymiumError(
            f"no clock for {within_months:g} months",
            where="within_months",
            expected=f"more than 0 and at most {12.0 * horizon_y:g}",
            cure="no project was followed longer than that",
        )


def similar_first(
    records: Sequence[ProjectRecord], stage: str | None, place: str | None, bloc: str | None
) -> tuple[ProjectRecord, ...]:
    """Records ordered by likeness: same stage, then same place, same bloc, then the newest announcement."""

    def key(record: ProjectRecord) -> tuple[int, int, float, str]:
        by_stage = 0 if stage in (None, record.stage) else 1 if stage in record.stages else 2
        by_place = 0 if bloc is None or place == record.country else 1 if bloc == record.bloc else 2
        return by_stage, by_place, -(record.announced_y or 0.0), record.project

    return tuple(sorted(records, key=key))


def _inside(spans: Sequence[Span], stage: str | None, bloc: str | None) -> list[Span]:
    return [s for s in spans if stage in (None, s.record.stage) and bloc in (None, s.record.bloc)]


def _levels(model: HazardModel, stage: str | None, bloc: str | None) -> tuple[StratumCount, ...]:
    from didymium.clocks.hazards import cell_of, chain

    cells = [(key, cell_of(model, key)) for key in chain(stage, bloc)]
    return tuple(StratumCount(*key, cell.n, cell.n_events, cell.n_sites) for key, cell in cells)


def _borrowed(model: HazardModel, stage: str | None, bloc: str | None, years: float) -> float:
    """Time-average over ``years`` of c / (E + c) in the narrowest stratum; zero for the whole."""
    import numpy as np

    from didymium.clocks.hazards import cell_of

    if stage is None and bloc is None:
        return 0.0
    edges = np.asarray(model.edges_y)
    spent = np.clip(years - edges[:-1], 0.0, np.diff(edges))
    share = model.strength_y / (cell_of(model, (stage, bloc)).exposure_y + model.strength_y)
    return float((share * spent).sum() / spent.sum())


def _bands(
    model: HazardModel, stage: str | None, bloc: str | None, years: float, seed: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    import numpy as np

    from didymium.clocks.hazards import draw_hazards, survival

    draws = draw_hazards(model, [(stage, bloc)], np.random.default_rng(seed), N_DRAWS)[stage, bloc]
    chance = 1.0 - survival(draws, model.edges_y, years)
    q = [float(x) for x in np.quantile(chance, [0.25, 0.75, 0.05, 0.95])]
    return (q[0], q[1]), (q[2], q[3])


def clock(
    source: HasRows | Sequence[ProjectRecord],
    *,
    stage: str | None = None,
    place: str | None = None,
    within_months: float = 12.0,
    seed: int = 0,
) -> ClockAnswer:
    """The chance that a project announced today produces within ``within_months``, from comparable projects.

    ``stage`` is the most downstream stage promised (None: any); ``place`` a country (ISO 3166 alpha-3) or a bloc
    code, of which the bloc counts (None or WLD: anywhere).  Method: piecewise-constant hazard with gamma shrinkage
    (:mod:`didymium.clocks.hazards`); abandoned projects never start.  Raises UnknownName for a stage or place
    that does not exist, DidymiumError for a time beyond 20 years or a table without usable projects.
    """
    from didymium.clocks.hazards import DURATION_EDGES_Y, fit_hazards, hazard_of, survival
    from didymium.clocks.parametric import best_fit
    from didymium.clocks.survival import bootstrap_median

    _check(stage, within_months, DURATION_EDGES_Y[-1])
    bloc = _bloc_of(source, place)
    spans = announcement_spans(as_records(source))
    if not spans:
        raise DidymiumError("no project with an announcement date", where="projects", expected="at least one")
    model, years = fit_hazards(spans), within_months / 12.0
    inside = _inside(spans, stage, bloc)
    times, events = [s.time_y for s in inside], [s.event for s in inside]
    followed = [s for s in inside if s.watched_y >= years]
    band50, band90 = _bands(model, stage, bloc, years, seed)
    levels = _levels(model, stage, bloc)
    nearby = inside if stage is None else _inside(spans, stage, None)
    return ClockAnswer(
        stage=stage,
        place=place,
        bloc=bloc,
        within_months=within_months,
        probability=float(1.0 - survival(hazard_of(model, stage, bloc), model.edges_y, years)),
        band50=band50,
        band90=band90,
        n=len(inside),
        n_events=sum(events),
        n_censored=len(inside) - sum(events),
        n_sites=levels[-1].n_sites,
        n_followed=len(followed),
        n_within=sum(s.event and s.time_y <= years for s in followed),
        borrowed=_borrowed(model, stage, bloc, years),
        levels=levels,
        km_median_y=bootstrap_median(times, events, [s.record.site for s in inside], seed=seed),
        parametric=best_fit(times, events),
        comparables=similar_first([s.record for s in nearby], stage, place, bloc),
    )
