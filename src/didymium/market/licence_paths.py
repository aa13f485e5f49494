"""Licence events as paths: one bureau per exporter and group of importers, whatever the number of announcements.

Customs hold what they cannot tell from what is listed, magnets and goods with them; oxide and metal name their element.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from didymium.chain.stoichiometry import metal_fractions
from didymium.chain.structure import FORMS, Array
from didymium.market.build import Model
from didymium.market.calendar import Calendar
from didymium.market.structure import LIGHT, MAGNET, METAL, OXIDE, Paths
from didymium.world import ELEMENTS, World

__all__ = ["reo_per_gross", "write_licences"]

DAYS_PER_WORKING_DAY = 7 / 5

HEAVY_MAKERS = ("Dy", "Tb")
"""Elements whose listing puts a magnet of Nd and Pr under control."""


def write_licences(
    world: World,
    model: Model,
    paths: Paths,
    days: Calendar,
    events: list[Any],
    bureaus: Mapping[tuple[object, ...], int],
    heavy_share: float,
) -> None:
    """Writes licence ``events`` into the regimes of ``paths``; of two the later's figures hold while it lasts."""
    per_gross = reo_per_gross(world, model)
    for event in sorted(events, key=lambda e: e.start):
        r = bureaus[event.bureau]
        now = days.covered(event.start, event.end, after_days=event.grace_days)
        forms = [FORMS.index(f) for f in event.forms if f in FORMS] if event.forms else list(range(len(FORMS)))
        links = model.links
        to = [model.blocs.index(b) for b in event.importers] if event.importers else range(len(model.blocs))
        i = model.blocs.index(event.exporter)
        reach = (links.origin == i) & (links.to != i) & np.isin(links.form, forms) & np.isin(links.to, list(to))
        paths.regime_of[reach] = r
        where = now > 0
        for f in forms:
            share = _controlled(model, f, event.elements, heavy_share)
            paths.controlled[where, r, f] = np.maximum(paths.controlled[where, r, f], share)
        paths.licensed[:, r] = np.maximum(paths.licensed[:, r], now)
        later = days.covered(event.reviews_factor_from or event.start, event.end)
        rate = event.reviews_per_week * 365 / 7 * (1 + (event.reviews_factor - 1) * later)
        paths.reviews[where, r] = rate[where]
        held = event.also_held_share * days.covered(event.start, event.end, within_days=event.also_held_days)
        untold = [f for f in forms if f >= MAGNET]
        paths.held[:, r, untold] = np.maximum(paths.held[:, r, untold], held[:, None])
        general = event.general_share * days.covered(event.general_from or event.start, event.end)
        paths.general[:, r] = np.maximum(paths.general[:, r], general)
        paths.approved[where, r] = event.approved_share
        paths.term_y[where, r] = event.term_months / 12
        paths.review_y[where, r] = event.review_days / 365
        law = event.statutory_working_days
        paths.statutory_y[where, r] = np.inf if law is None else law * DAYS_PER_WORKING_DAY / 365
        paths.per_licence[where, r] = event.tonnes_per_licence * per_gross


def _controlled(model: Model, f: int, elements: tuple[str, ...] | None, heavy_share: float) -> Array:
    """Share (15,) of each element in shipments of form ``f`` that needs a licence."""
    listed = np.array([1.0 if elements is None or e in elements else 0.0 for e in ELEMENTS])
    if f < OXIDE:
        return np.ones(len(ELEMENTS)) if listed.any() else listed
    if f >= MAGNET and any(listed[ELEMENTS.index(e)] for e in HEAVY_MAKERS):
        # Nd and Pr leave in the same magnet as the listed element; so do the lesser partners.
        listed = np.maximum(listed, np.where(model.chain.group == LIGHT, heavy_share, listed))
    return listed


def reo_per_gross(world: World, model: Model) -> Array:
    """t REO-equivalent in a gross tonne of each form (6,): oxide as it is, metal by its atoms, magnets by content."""
    metal = np.array([metal_fractions(world)[e] for e in ELEMENTS])
    content = {r.text("good"): r.number("content_fraction") for r in world.rows("contents")}
    mix = model.chain.output[MAGNET].sum(axis=0)
    mean = float(mix @ metal / mix.sum())
    found = np.ones(len(FORMS))
    found[METAL] = 1 / mean
    found[MAGNET:] = content["magnet"] / mean
    return found
