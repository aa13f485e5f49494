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
from didymium.market.simulate import Run, new_work, start
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
    """Of M members and S lanes, week by week."""

    available: Array
    """(W, M, S) share of what is ordered that makers can send, licences left aside."""
    available_free: Array
    """(W, M, S) the same for a part without heavy elements and without those that are listed or banned."""
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
    """(W, M, S) share of decided applications that is approved."""
    review_weeks: Array
    term_weeks: Array

    def since(self, week: int) -> Supply:
        """The same from ``week`` on."""
        return Supply(**{f.name: getattr(self, f.name)[week:] for f in fields(self)})


def lane(
    model: Model, part: int, form: str, origin: str, to: str, composition: dict[str, float], where: str = ""
) -> Lane:
    """The lane of a part made in ``origin``.

    Raises RecordError, with ``where`` the origin is written, if that bloc makes no such form in any year of the model.
    """
    f, i = FORMS.index(form), model.blocs.index(origin)
    if model.chain.capacity[f, i] <= 0:
        makers = [b for b, c in zip(model.blocs, model.chain.capacity[f], strict=True) if c > 0]
        raise RecordError(
            f"{origin} makes no {form}",
            where=where,
            expected=f"a bloc that makes {form} in {model.year} or later: {', '.join(makers)}",
            cure=f"name the bloc where the {form} is made; who works on it after that is a tier",
        )
    elements = tuple(ELEMENTS.index(e) for e, share in composition.items() if share > 0)
    return Lane(part, f, i, model.blocs.index(to), elements)


def supply(run: Run, knobs: Knobs, lanes: Sequence[Lane], first: int, weeks: int, lead: int = 0) -> Supply:
    """One member (M = 1) for ``weeks`` from the control in step ``first`` of a weekly ``run``, and ``lead`` before."""
    paths, span = run.paths, slice(first - lead, first + weeks)
    per_week = 1.0 / paths.steps_per_y
    filed, decided = queues(run, knobs)
    shape = (lead + weeks, 1, len(lanes))
    out = {f.name: np.ones(shape) for f in fields(Supply) if f.name != "controlled"}
    for name in ("force", "filed", "decided", "reviews", "general", "review_weeks"):
        out[name][:] = 0.0
    controlled = np.zeros(shape, dtype=bool)
    for s, way in enumerate(lanes):
        link = _link(run.model, way)
        r = int(paths.regime_of[link]) if link is not None else -1
        out["available"][:, 0, s] = _available(run, way, link, r, first)[span]
        out["available_free"][:, 0, s] = _available(run, _without_heavy(run, way, link, r), link, r, first)[span]
        if r < 0:
            continue
        out["force"][:, 0, s] = paths.licensed[span, r]
        out["free"][:, 0, s] = 1.0 - paths.held[span, r, way.form]
        out["general"][:, 0, s] = paths.general[span, r]
        out["filed"][:, 0, s] = filed[span, r]
        out["decided"][:, 0, s] = decided[span, r]
        out["reviews"][:, 0, s] = paths.reviews[span, r] * per_week * paths.licensed[span, r]
        listed = paths.controlled[span, r, way.form][:, list(way.elements)]
        controlled[:, 0, s] = (listed >= WHOLLY).any(axis=1)
        out["approved"][:, 0, s] = paths.approved[span, r]
        out["review_weeks"][:, 0, s] = paths.review_y[span, r] / per_week
        out["term_weeks"][:, 0, s] = paths.term_y[span, r] / per_week
    return Supply(controlled=controlled, **out)


def stacked(members: Sequence[Supply]) -> Supply:
    """Members side by side."""
    return Supply(**{f.name: np.concatenate([getattr(m, f.name) for m in members], axis=1) for f in fields(Supply)})


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
    office(
        run.model.links, knobs, paths, state, new_work(run.model, 0), np.array([regimes[r][0] for r in known]), after
    )
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
    While a licence office stands between, what the maker ships at home stands for it, less bans and quotas.
    """
    own = _carried(run, way, link, first)
    if link is not None and regime < 0:
        return own
    at_home = _carried(run, way, _link(run.model, way._replace(to=way.origin)), first)
    if link is None:
        return at_home
    paths = run.paths
    barred = paths.banned[link, list(way.elements)].max(initial=0.0)
    through = (1.0 - barred * (1.0 - paths.open[:, link])) * _under_quota(run, link, first)
    return np.where(paths.licensed[:, regime] > 0, at_home * through, own)


def _carried(run: Run, way: Lane, link: int | None, first: int) -> Array:
    """(T,) what ``link`` carried of the scarcest group over what it carried before, at most 1; without one, output."""
    model = run.model
    if link is None:
        shipped, usual = run.record.output[:, way.form, way.origin], model.chain.output[way.form, way.origin]
    else:
        shipped, usual = run.record.shipped[:, link], model.links.offered[link]
    share = np.ones(len(shipped))
    for group in _groups(model, way.elements):
        moved = shipped[:, group].sum(axis=1)
        base = _before(moved, first)
        if base <= LEAST_T:
            base = usual[group].sum() / run.paths.steps_per_y
        if base > LEAST_T:
            share = np.minimum(share, moved / base)
    return np.clip(share, 0.0, 1.0)


def _under_quota(run: Run, link: int, first: int) -> Array:
    """(T,) what the quota of ``link`` has left for the year over what its links carried before, at most 1."""
    paths, q = run.paths, int(run.paths.quota_of[link])
    if q < 0:
        return np.ones(len(run.record.shipped))
    moved = run.record.shipped[:, paths.quota_of == q].sum(axis=(1, 2))
    year = np.arange(len(moved)) // paths.steps_per_y
    total = np.cumsum(moved) - moved
    used = total - total[year * paths.steps_per_y]
    base = _before(moved, first)
    return np.clip((paths.quota[:, q] - used) / base, 0.0, 1.0) if base > LEAST_T else np.ones(len(moved))


def _before(moved: Array, first: int) -> float:
    """Mean of a step in the weeks before the control."""
    return float(moved[max(first - BEFORE_WEEKS, 0) : max(first, 1)].mean())


def _without_heavy(run: Run, way: Lane, link: int | None, regime: int) -> Lane:
    """The lane of the same part designed without heavy, listed and banned elements."""
    paths = run.paths
    out = run.model.chain.group == HEAVY
    if link is not None:
        out = out | (paths.banned[link] > 0)
    if regime >= 0:
        out = out | (paths.controlled[:, regime, way.form] >= WHOLLY).any(axis=0)
    return way._replace(elements=tuple(e for e in way.elements if not out[e]))


def _groups(model: Model, elements: tuple[int, ...]) -> list[list[int]]:
    """Elements that stand in for each other together, the others each alone."""
    kinds = model.chain.group
    found: list[list[int]] = []
    for group in (LIGHT, HEAVY):
        if any(kinds[e] == group for e in elements):
            found.append([e for e in range(len(kinds)) if kinds[e] == group])
    return found + [[e] for e in elements if kinds[e] == OTHER]
