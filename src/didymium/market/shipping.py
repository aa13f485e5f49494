# mypy: disallow-untyped-decorators=False
# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call,untyped-decorator"
"""Shipping: bans, quotas and licence queues, rationing by makers who serve home first, and transit.

Licences are counted as shares of a link's trade, each share standing for so many applicants: a share without a licence
ships nothing that needs one, however much the others may ship. Applications wait at least the time of a review and then
for a bureau that decides so many a week, all links of a regime in one queue.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from didymium.chain.structure import Array
from didymium.market.orders import share_of_step
from didymium.market.structure import MAGNET, OXIDE, PRODUCT, Chain, Knobs, Links, Paths, State

__all__ = ["arrive", "licence_office", "permit", "ship"]

LICENSED, WAITING, QUEUED = 0, 1, 2

LEAST_RELIABLE = 0.02
"""Orders to a supplier never quite cease, so that users notice when it delivers again."""


@njit(cache=True)
def arrive(links: Links, state: State, t: int, used: Array) -> None:
    """Takes in what arrives at the start of step ``t``; products reach their users (``used``, (N, 15), t)."""
    slot = t % state.ring.shape[1]
    for l in range(links.form.shape[0]):
        if links.transit_y[l] <= 0.0:
            continue
        f, j = links.form[l], links.to[l]
        for e in range(used.shape[1]):
            mass = state.ring[l, slot, e]
            state.ring[l, slot, e] = 0.0
            state.transit[f, j, e] -= mass
            if f == PRODUCT:
                used[j, e] += mass
            else:
                state.feed[f, j, e] += mass


@njit(cache=True)
def licence_office(links: Links, knobs: Knobs, paths: Paths, state: State, t: int, dt: float) -> None:
    """Files, reviews and decides applications of one step."""
    slots, steps = state.review.shape[1], state.review.shape[1] - 2
    file = share_of_step(dt, knobs.filing_y)
    for r in range(paths.approved.shape[0]):
        force = paths.licensed[t, r]
        if force <= 0.0:
            continue
        wait = min(paths.review_y[r] / dt, float(steps))
        whole = int(math.floor(wait))
        part = wait - whole
        waiting = 0.0
        for l in range(links.form.shape[0]):
            if paths.regime_of[l] != r:
                continue
            mine = state.licence[l]
            filed = max(1.0 - mine[LICENSED] - mine[WAITING] - mine[QUEUED], 0.0) * file * force
            state.review[l, (t + whole) % slots] += filed * (1.0 - part)
            state.review[l, (t + whole + 1) % slots] += filed * part
            ready = state.review[l, t % slots]
            state.review[l, t % slots] = 0.0
            mine[WAITING] += filed - ready
            mine[QUEUED] += ready
            waiting += mine[QUEUED] * _applications(links, paths, r, l)
        decided = min(1.0, paths.reviews[t, r] * dt * force / waiting) if waiting > 0.0 else 0.0
        for l in range(links.form.shape[0]):
            if paths.regime_of[l] == r:
                mine = state.licence[l]
                granted = mine[QUEUED] * decided * paths.approved[r]
                lapsed = mine[LICENSED] * (1.0 - paths.approved[r]) * share_of_step(dt * force, paths.term_y[r])
                mine[QUEUED] -= mine[QUEUED] * decided
                mine[LICENSED] += granted - lapsed


@njit(cache=True)
def _applications(links: Links, paths: Paths, r: int, l: int) -> float:
    """Applications that stand behind the whole controlled trade of a link."""
    trade = 0.0
    for e in range(links.offered.shape[1]):
        trade += links.offered[l, e] * paths.controlled[r, links.form[l], e]
    return trade * paths.term_y[r] / paths.per_licence[r]


@njit(cache=True)
def permit(links: Links, paths: Paths, state: State, t: int, dt: float, orders: Array, allowed: Array) -> None:
    """Masses (L, 15) that may leave in this step: what is ordered, less bans, licences not held, and quotas."""
    n_links, elements = orders.shape
    asked = np.zeros(paths.quota.shape[1])
    for l in range(n_links):
        r, q = paths.regime_of[l], paths.quota_of[l]
        force = paths.licensed[t, r] if r >= 0 else 0.0
        for e in range(elements):
            passes = 1.0 - paths.banned[l, e] * (1.0 - paths.open[t, l])
            if force > 0.0:
                share = paths.controlled[r, links.form[l], e]
                general = paths.general[t, r]
                holds = general + (1.0 - general) * min(max(state.licence[l, LICENSED], 0.0), 1.0)
                free = (1.0 - share) * (1.0 - paths.held[t, r])
                passes *= 1.0 - force + force * (free + share * holds)
            allowed[l, e] = orders[l, e] * dt * passes
            if q >= 0:
                asked[q] += allowed[l, e]
    for l in range(n_links):
        q = paths.quota_of[l]
        if q >= 0 and asked[q] > 0.0:
            left = max(paths.quota[t, q] - state.quota_used[q], 0.0)
            if asked[q] > left:
                for e in range(elements):
                    allowed[l, e] *= left / asked[q]


@njit(cache=True)
def ship(chain: Chain, links: Links, knobs: Knobs, paths: Paths, state: State, f: int, t: int, dt: float,
         orders: Array, allowed: Array, used: Array, shipped: Array) -> None:
    """Ships form ``f`` (``shipped``, (L, 15), t): makers short of stock serve home first, then all alike."""
    n = chain.inside.shape[0]
    trust = share_of_step(dt, knobs.reliability_y)
    for i in range(n):
        a, b = links.out[f * n + i], links.out[f * n + i + 1]
        for e in range(orders.shape[1]):
            total, home = 0.0, 0.0
            for p in range(a, b):
                l = links.by_origin[p]
                total += allowed[l, e]
                if links.to[l] == i:
                    home += allowed[l, e]
            stock = state.made[f, i, e]
            short = total > stock
            kept = home
            if short:
                kept = min(home, stock * (knobs.home_preference + (1.0 - knobs.home_preference) * home / total))
            for p in range(a, b):
                l = links.by_origin[p]
                mass = allowed[l, e]
                if short and links.to[l] == i:
                    mass *= kept / home if home > 0.0 else 0.0
                elif short:
                    mass *= min((stock - kept) / (total - home), 1.0) if total > home else 0.0
                mass = min(mass, state.made[f, i, e])
                shipped[l, e] = mass
                state.made[f, i, e] -= mass
                _send(links, state, f, l, e, t, dt, mass, used)
                if orders[l, e] > 0.0:
                    fill = mass / (orders[l, e] * dt)
                    state.reliability[l, e] = max(
                        state.reliability[l, e] + trust * (fill - state.reliability[l, e]), LEAST_RELIABLE
                    )
                if paths.quota_of[l] >= 0:
                    state.quota_used[paths.quota_of[l]] += mass


@njit(cache=True)
def _send(links: Links, state: State, f: int, l: int, e: int, t: int, dt: float, mass: float, used: Array) -> None:
    j = links.to[l]
    if links.transit_y[l] <= 0.0:
        if f == PRODUCT:
            used[j, e] += mass
        else:
            state.feed[f, j, e] += mass
        return
    slots = state.ring.shape[1]
    steps = links.transit_y[l] / dt
    whole = int(math.floor(steps))
    part = (steps - whole) * mass
    state.ring[l, (t + whole) % slots, e] += mass - part
    state.ring[l, (t + whole + 1) % slots, e] += part
    state.transit[f, j, e] += mass


@njit(cache=True)
def openness(chain: Chain, links: Links, orders: Array, shipped: Array, dt: float, out: Array) -> None:
    """Share (15,) of what the outside ordered from the inside that was shipped, oxide to magnets."""
    for e in range(orders.shape[1]):
        asked, came = 0.0, 0.0
        for l in range(links.form.shape[0]):
            if OXIDE <= links.form[l] <= MAGNET and chain.inside[links.origin[l]] and not chain.inside[links.to[l]]:
                asked += orders[l, e] * dt
                came += shipped[l, e]
        out[e] = came / asked if asked > 0.0 else 1.0
