"""Data of the market kernel: plain named tuples of arrays, so that compiled and interpreted code read the same.

Forms and stages share their numbers: stage ``s`` makes form ``s`` (0 concentrate, 1 mixed, 2 oxide, 3 metal, 4 magnet,
5 product) out of form ``s - 1``. Masses are t REO-equivalent, rates t REO-equivalent per year, times years. Arrays end
with the fifteen elements. N is the number of blocs, L that of links, T that of steps, R that of licence regimes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from didymium.chain.structure import Array

__all__ = [
    "CONCENTRATE",
    "MAGNET",
    "METAL",
    "MIXED",
    "OXIDE",
    "PRODUCT",
    "Chain",
    "Ints",
    "Knobs",
    "Links",
    "Paths",
    "Record",
    "State",
    "Work",
]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CONCENTRATE, MIXED, OXIDE, METAL, MAGNET, PRODUCT = range(6)

INSIDE, OUTSIDE = 0, 1
"""Markets: inside China and outside."""

OTHER, LIGHT, HEAVY = 0, 1, 2
"""Groups of elements in a magnet: Nd and Pr stand in for each other, as do Dy and Tb; all others stand alone."""


class Links(NamedTuple):
    """Who may send what to whom, sorted by form and destination."""

    form: Ints
    goods: Ints
    """(6,) so many elements, counted from the first, are all that links of a form can carry."""
    origin: Ints
    to: Ints
    offered: Array
    """(L, 15) t/y that the base year sent, or that a new plant would send at nameplate."""
    first: Array
    """(L, 15) t/y that go at the start: ``offered`` without the plants to come."""
    part: Array
    """(L, 15) share of its maker's ore or mixed compounds that goes this way, element by element; ones past them.

    Who keeps the light and sells the heavy in one mixed compound keeps on doing so.
    """
    into: Ints
    """(6 N + 1) first link of every (form, destination)."""
    out: Ints
    """(6 N + 1) first entry in ``by_origin`` of every (form, origin)."""
    by_origin: Ints
    transit_y: Array


class Chain(NamedTuple):
    """What does not change while time passes."""

    inside: Bools
    yields: Array
    """(6, N, 15) out per in of the stages; ones for the mine."""
    output: Array
    """(6, N, 15) t/y made in the base year from ore, or at nameplate by plants to come."""
    intake: Array
    """(5, N, 15) t/y taken in by stages 1 to 5 in the base year, or at nameplate."""
    other_use: Array
    final_use: Array
    unseparated: Array
    """(N,) share of the mixed compounds that are used or lost without separation."""
    recovered: Array
    """(N, 15) share of scrap that comes back as oxide, from what arrives."""
    recycled: Array
    """(N, 15) t/y of oxide from scrap in the base year."""
    scrap_from: Ints
    scrap_to: Ints
    scrap_share: Array
    """(scrap links, 15) share of a bloc's scrap that goes each way; what has no way is lost."""
    leave: Array
    """(N, ages) share of a year's inflow that retires in each year after, from the next on."""
    collected: Array
    """(N, ages) share of a year's inflow that retires in each year after and is recycled."""
    past_leaving: Array
    """(years, N, 15) t/y that retire of what was in use at the start."""
    past_collected: Array
    in_use: Array
    """(N, 15) t in use at the start."""
    worth: Array
    """(15,) prices of the base year, USD/kg oxide: weights in baskets of joint products."""
    group: Ints
    capacity: Array
    """(6, N) t/y of all elements at which ``output`` is made."""


class Knobs(NamedTuple):
    """Behaviour, one number each; see the table ``behaviour`` for meaning, range and source."""

    demand_short: Array
    demand_long: Array
    thrift_y: float
    mine_short: float
    mine_long: float
    mine_response_y: float
    expansion_y: float
    headroom: float
    target_use: float
    cover_users_y: float
    cover_bulk_y: float
    cover_made_y: float
    order_adjust_y: float
    expect_y: float
    supplier_price: float
    supplier_inertia_y: float
    reliability_y: float
    home_preference: float
    heavy_share: float
    price_cover: float
    price_shortage: float
    price_adjust_y: float
    arbitrage_per_y: float
    caution: float
    caution_decay_y: float
    spot_share: float
    filing_y: float


class Paths(NamedTuple):
    """What a scenario prescribes, step by step."""

    steps_per_y: int
    use_index: Array
    """(T, N) final demand for goods with magnets over that of the base year."""
    other_index: Array
    running: Array
    """(T, 6, N) share of capacity that is not halted."""
    built: Array
    """(T, 6, N) capacity over that of the base year (or over nameplate for plants to come)."""
    open: Array
    """(T, L) share of each step in which no ban shuts the link."""
    banned: Array
    """(L, 15) bool-like: which elements a ban on the link reaches."""
    tariff: Array
    """(T, L) duty as a fraction of the price."""
    quota_of: Ints
    """(L,) number of the quota that counts the link, or -1."""
    quota: Array
    """(T, quotas) t/y that may be shipped in the calendar year of the step; infinite without a quota."""
    regime_of: Ints
    """(L,) number of the licence regime that covers the link, or -1."""
    licensed: Array
    """(T, R) share of the step in which the regime is in force."""
    controlled: Array
    """(T, R, 6, 15) share of what is shipped that needs a licence, by form and element."""
    held: Array
    """(T, R, 6) share of what needs no licence that customs hold all the same, by form."""
    general: Array
    """(T, R) share of trade under general licences."""
    reviews: Array
    """(T, R) applications decided per year."""
    approved: Array
    """(T, R) share of the applications decided in the step that is approved."""
    term_y: Array
    """(T, R) term of a licence."""
    review_y: Array
    """(T, R) time that the review of an application filed in the step takes at least."""
    statutory_y: Array
    """(T, R) time after which what is filed in the step is decided whatever the queue; infinite without a rule."""
    per_licence: Array
    """(T, R, 6) t REO-equivalent of each form that one licence covers."""
    floor: Array
    """(T, N, 15) lowest price that mines of a bloc receive, over the base price; 0 without one."""
    reserve_start: Array
    """(6, N, 15) t in public stocks at the start; only forms that have users."""
    reserve_rate: Array
    """(T, reserves) t/y bought (above 0) or released (below), element by element as ``reserve_what``."""
    reserve_what: Array
    """(reserves, 15) shares of the elements."""
    reserve_form: Ints
    reserve_bloc: Ints


class State(NamedTuple):
    """Everything that carries over from one step to the next."""

    feed: Array
    """(5, N, 15) t at users, by form taken in."""
    made: Array
    """(6, N, 15) t at makers."""
    ring: Array
    """(L, slots, 15) t in transit by step of arrival."""
    transit: Array
    """(6, N, 15) t in transit by form and destination."""
    expected: Array
    """(6, N, 15) t/y of orders that makers expect."""
    share: Array
    """(L, 15) share of a user's orders that go to each supplier."""
    awake: Bools
    """(L,) links with a share, or whose maker has once had capacity; those of plants to come sleep and cost nothing."""
    reliability: Array
    price: Array
    """(2, 15) logarithm of the price over that of the base year: inside, outside."""
    thrift: Array
    """(2, 15) logarithm of demand per good over that of the base year, from slow adaptation."""
    caution: Array
    """(15,) how restricted supply has lately been, fading slowly."""
    cover: Array
    """(2, 15) years of use in stock at the start; the level at which prices rest."""
    mines: Array
    """(N,) logarithm of mine capacity grown or closed in answer to prices."""
    plants: Array
    """(6, N) logarithm of plant capacity added in answer to orders."""
    recycled: Array
    licence: Array
    """(L, 4) shares of a link's trade: licensed, under review, in the queue for a decision; the rest has not applied.

    The last column is what is overdue by law: filed so long ago, less all that was decided.
    """
    review: Array
    """(L, slots) shares filed, by step in which their review may end."""
    due: Array
    """(L, slots) shares filed, by step in which the law wants them decided."""
    quota_used: Array
    reserve: Array
    """(6, N, 15) t in public stocks."""
    inflow: Array
    """(years, N, 15) t that went into use, by year of the run."""
    in_use: Array
    retiring: Array
    """(N, 15) t/y that retire this year."""
    collecting: Array
    """(N, 15) t/y that are collected this year."""


class Record(NamedTuple):
    """What is kept of every step; masses in t per step."""

    shipped: Array
    """(T, L, 15)"""
    output: Array
    """(T, 6, N, 15), oxide with that from scrap."""
    used: Array
    """(T, N, 15) goods that reached their users."""
    wanted: Array
    """(T, N, 15) goods that users wanted at the price."""
    other: Array
    other_wanted: Array
    price: Array
    """(T, 2, 15) over the base year's: inside, and the ask outside."""
    paid: Array
    """(T, 15) over the base year's: volume-weighted outside."""
    feed: Array
    """(T, 5, N, 15) t at users at the end of the step."""
    licensed: Array
    """(T, L)"""
    stock: Array
    """(T, 15) everything in stock, in transit and in use."""
    mined: Array
    lost: Array
    """(T, 15) losses, other uses and what is not collected."""


class Work(NamedTuple):
    """What the phases of one step hand on to each other; what does not change in a step stays from the one before."""

    use: Array
    """(N, 15) t/y of goods that users want."""
    other: Array
    """(N, 15) t/y of oxide that other uses want."""
    paid: Array
    """(2, 15) logarithm of what is paid on average over the price of the base year."""
    level: Array
    """(2, 15) prices over those of the base year at the start of the step."""
    growth: Array
    """(6, N) capacity over that of the base year, halts left out."""
    limit: Array
    """(6, N) t/y that can be made at most."""
    wished: Array
    """(6, N) t/y that makers would make without a limit."""
    plan: Array
    """(6, N, 15) t/y to be made; ore and mixed compounds hold their total in the first place."""
    intake: Array
    """(5, N, 15) t/y to be taken in, likewise."""
    need: Array
    """(N, 15) t/y that users of one form expect to use."""
    cheap: Array
    """(N, 15) pull of the prices at the origin."""
    pull: Array
    """(L, 15) pull of each supplier."""
    orders: Array
    """(L, 15) t/y."""
    busy: Bools
    """(L,) links of which anything is ordered."""
    allowed: Array
    """(L, 15) t that may leave in the step, of busy links."""
    sent: Array
    """(L, 15) t shipped in the step."""
    scrap: Array
    """(N, 15) t."""
    years: Array
    """(2, 15) stocks in years of use."""
    passed: Array
    """(15,) share of the oxide and metal that the outside ordered from inside that was let out."""
    stock: Array
    """(2, 15) t in each market."""
    back: Array
    """(N, 15) t of oxide from scrap."""
    licensed: Array
    """(L,) share of a link's trade that is licensed, on average over the step."""
    capped: Array
    """(2, quotas) t that quotas count, and the share of it that they let pass."""
    groups: Array
    """(2, 3) sums by group of elements."""
    rows: Array
    """(2, 15) room for a sum or two within a phase."""
