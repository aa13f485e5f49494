"""What a run of the market says to a firm: week by week what passes on each lane, and how far the queue has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import FORMS, Array
from didymium.errors import RecordError
from didymium.market.build import Model
from didymium.market.simulate import Run, start
from didymium.market.structure import HEAVY, LIGHT, OTHER, Knobs
from didymium.world import ELEMENTS

__all__ = ["Lane", "Supply", "lane", "queues", "stacked", "supply"]

BEFORE_WEEKS = 13
"""Weeks before the control whose shipments count as ordinary."""

WHOLLY = 1 - 1e-9
"""Listed elements need a licence whole; Nd and Pr only in magnets that also hold a listed one."""

LEAST_T = 1e-9

Bools = NDArray[np.bool_]


class Lane(NamedTuple):
    """A way by which a part comes: from where it is made to where it is used."""

    part: int
    form: int
    origin: int
    to: int
    elements: tuple[int, ...]


@dataclass(frozen=True)
class Supply:
    """Of M members and S lanes; the first dimension of the first eight is the week, from that of the control on."""

    available: Array
    """(W, M, S) share of what is ordered that makers can send, licences left aside."""
    force: Array
    """(W, M, S) share of the week in which the lane is under licence."""
    controlled: Bools
    """(W, M, S) whether what the lane carries needs a licence."""
    free: Array
    """(W, M, S) share of what needs none that customs let pass."""
    filed: Array
    """(W, M, S) applications filed by the end of the week, over all that stand behind the trade of the lane."""
    decided: Array
    """(W, M, S) applications decided by the end of the week, counted likewise."""
    reviews: Array
    """(W, M, S) applications decided."""
    general: Array
    """(W, M, S) share of trade under general licences."""
    approved: Array
    """(M, S) share of decided applications that is approved."""
    review_weeks: Array
    term_weeks: Array


def lane(model: Model, part: int, form: str, origin: str, to: str, composition: dict[str, float]) -> Lane:
    """The lane of a part made in ``origin``; raises RecordError where that bloc makes none in any year of the model."""
    f, i = FORMS.index(form), model.blocs.index(origin)
    if model.chain.capacity[f, i] <= 0:
        makers = [b for b, c in zip(model.blocs, model.chain.capacity[f], strict=True) if c > 0]
        raise RecordError(
            f"{origin} makes no {form} in the model of {model.year}",
            where="supplier or second source",
            expected=f"one of {', '.join(makers)}",
            cure="name the bloc where the part is made, and makers after it as tiers",
        )
    elements = tuple(ELEMENTS.index(e) for e, share in composition.items() if share > 0)
    return Lane(part, f, i, model.blocs.index(to), elements)


def supply(run: Run, knobs: Knobs, lanes: Sequence[Lane], first: int, weeks: int) -> Supply:
    """One member (M = 1) from step ``first`` of a weekly ``run`` on."""
    paths, span = run.paths, slice(first, first + weeks)
    per_week = 1.0 / paths.steps_per_y
    filed, decided = queues(run, knobs)
    shape = (weeks, 1, len(lanes))
    out = {
        f.name: np.ones(shape[1:] if f.name in ("approved", "review_weeks", "term_weeks") else shape)
        for f in fields(Supply)
    }
    for name in ("force", "filed", "decided", "reviews", "general", "review_weeks"):
        out[name][:] = 0.0
    controlled = np.zeros(shape, dtype=bool)
    for s, way in enumerate(lanes):
        link = _link(run.model, way)
        r = int(paths.regime_of[link]) if link is not None else -1
        out["available"][:, 0, s] = _available(run, way, link, r, first)[span]
        if r < 0:
            continue
        out["force"][:, 0, s] = paths.licensed[span, r]
        out["free"][:, 0, s] = 1.0 - paths.held[span, r]
        out["general"][:, 0, s] = paths.general[span, r]
        out["filed"][:, 0, s] = filed[span, r]
        out["decided"][:, 0, s] = decided[span, r]
        out["reviews"][:, 0, s] = paths.reviews[span, r] * per_week * paths.licensed[span, r]
        listed = paths.controlled[span, r, way.form][:, list(way.elements)]
        controlled[:, 0, s] = (listed >= WHOLLY).any(axis=1)
        out["approved"][0, s] = paths.approved[r]
        out["review_weeks"][0, s] = paths.review_y[r] / per_week
        out["term_weeks"][0, s] = paths.term_y[r] / per_week
    return Supply(**(out | {"controlled": controlled}))


def stacked(members: Sequence[Supply]) -> Supply:
    """Members side by side."""
    joined = {}
    for f in fields(Supply):
        arrays = [getattr(m, f.name) for m in members]
        joined[f.name] = np.concatenate(arrays, axis=arrays[0].ndim - 2)
    return Supply(**joined)


def queues(run: Run, knobs: Knobs) -> tuple[Array, Array]:
    """Applications filed and decided by the end of each step, (T, R) each, over all behind the trade of a link.

    Queues do not depend on what is ordered, and all links of a bureau move alike: the office alone runs again.
    """
    from didymium.market.firm_queue import office
    from didymium.market.permits import LICENSED, QUEUED, WAITING

    paths = run.paths
    regimes = [np.flatnonzero(paths.regime_of == r) for r in range(paths.licensed.shape[1])]
    known = [r for r, links in enumerate(regimes) if len(links)]
    filed, decided = np.zeros_like(paths.licensed), np.zeros_like(paths.licensed)
    if not known:
        return filed, decided
    state = start(run.model, knobs, paths)
    after = np.zeros((len(filed), len(known), state.licence.shape[1]))
    office(run.model.links, knobs, paths, state, np.array([regimes[r][0] for r in known]), after)
    before = np.concatenate([np.zeros_like(after[:1]), after[:-1]])
    with_office = before[:, :, [LICENSED, WAITING, QUEUED]].sum(axis=2)
    share = 1.0 - np.exp(-1.0 / (paths.steps_per_y * knobs.filing_y)) if knobs.filing_y > 0 else 1.0
    filed[:, known] = np.clip(1.0 - with_office, 0.0, None) * share * paths.licensed[:, known]
    waiting = before[:, :, [WAITING, QUEUED]].sum(axis=2) - after[:, :, [WAITING, QUEUED]].sum(axis=2)
    decided[:, known] = waiting + filed[:, known]
    return filed.cumsum(axis=0), decided.cumsum(axis=0)


def _link(model: Model, way: Lane) -> int | None:
    links = model.links
    found = np.flatnonzero((links.form == way.form) & (links.origin == way.origin) & (links.to == way.to))
    return int(found[0]) if len(found) else None


def _available(run: Run, way: Lane, link: int | None, regime: int, first: int) -> Array:
    """(T,) share of an old customer's orders that the maker can fill, licences left aside.

    Makers are taken to serve old customers first: it is what the link carried over what it carried before, at most 1.
    Where a licence office stands between, what the maker ships at home stands for it.
    """
    model, paths = run.model, run.paths
    seen = link
    if link is None or regime >= 0:
        home = _link(model, way._replace(to=way.origin))
        seen = home if home is not None else link
    if seen is None:
        shipped, usual = run.record.output[:, way.form, way.origin], model.chain.output[way.form, way.origin]
        to = way.origin
    else:
        shipped, usual, to = run.record.shipped[:, seen], model.links.offered[seen], int(model.links.to[seen])
    growth = paths.use_index[:, to] / paths.use_index[max(first - 1, 0), to]
    share = np.ones(len(shipped))
    for group in _groups(model, way.elements):
        moved = shipped[:, group].sum(axis=1)
        base = moved[max(first - BEFORE_WEEKS, 0) : max(first, 1)].mean()
        if base <= LEAST_T:
            base = usual[group].sum() / paths.steps_per_y
        if base > LEAST_T:
            share = np.minimum(share, moved / (base * growth))
    if link is not None and regime >= 0:
        barred = paths.banned[link, list(way.elements)].max(initial=0.0)
        share = share * (1.0 - barred * (1.0 - paths.open[:, link]))
    return np.clip(share, 0.0, 1.0)


def _groups(model: Model, elements: tuple[int, ...]) -> list[list[int]]:
    """Elements that stand in for each other together, the others each alone."""
    kinds = model.chain.group
    found: list[list[int]] = []
    for group in (LIGHT, HEAVY):
        if any(kinds[e] == group for e in elements):
            found.append([e for e in range(len(kinds)) if kinds[e] == group])
    return found + [[e] for e in elements if kinds[e] == OTHER]
