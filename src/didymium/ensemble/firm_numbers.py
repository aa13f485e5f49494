"""A firm's file as arrays: one row per member, one column per part or lane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from didymium.chain.structure import Array
from didymium.ensemble.sample import draws
from didymium.market.behaviour import Behaviour
from didymium.market.build import Model
from didymium.market.firm import Lines
from didymium.market.firm_file import Firm, Part, Product
from didymium.market.firm_licence import Applications
from didymium.market.firm_read import Where, composition, uncertain_figures, way_of
from didymium.market.firm_supply import Lane, lane
from didymium.world import World
from didymium.world.distributions import centre

__all__ = ["Days", "FirmNumbers", "PartFacts", "firm_numbers"]

DAYS_PER_WEEK = 7.0


class Days(NamedTuple):
    """Days as weeks from the start of the first week, of which ``offset_weeks`` lie before the ``control``."""

    control: date
    offset_weeks: float
    announced: Callable[[Lane], date | None]
    """The day from which applications for a lane can be filed; None where it needs none."""

    def week(self, day: date) -> float:
        """Weeks from the start of the first week to ``day``."""
        return (day - self.control).days / DAYS_PER_WEEK + self.offset_weeks

    def filing_from(self, way: Lane) -> date:
        """The control, or the announcement of the lane's licences where that comes later."""
        return max(self.control, self.announced(way) or self.control)


@dataclass(frozen=True)
class PartFacts:
    """A part, the line it goes into, what it is made of, and what a week of it weighs (K,), kg."""

    part: Part
    line: int
    composition: Mapping[str, float]
    source: str | None
    kg_per_week: Array


@dataclass(frozen=True)
class FirmNumbers:
    """All that the run of a firm needs. Lanes of second sources have ``second`` set and no share at the start."""

    firm: Firm
    parts: tuple[PartFacts, ...]
    lanes: tuple[Lane, ...]
    second: np.ndarray[tuple[int], np.dtype[np.bool_]]
    general: tuple[bool | None, ...]
    """Per lane: whether under a general licence; None where the share of trade says."""
    lines: Lines
    applications: Applications
    per_week: Array
    """(K, Q) planned units a week."""
    second_share: Array
    """(K, S) share that a second source would cover, 0 for other lanes."""
    second_lead: Array
    """(K, P) weeks to qualify the second source, infinite without one."""
    heavy_free_lead: Array
    """(K, P) weeks to a design without listed elements, infinite without one."""
    price_usd_per_kg: tuple[float | None, ...]
    """Per part: median of what the firm pays; None where its file does not say."""
    holding_per_y: float | None
    """Median share of its price that holding stock costs in a year."""
    heavy_free_usd: Array | None
    """(K,) cost of all such designs; None where one is not known."""


class _Values:
    """The figures of a firm by name: drawn where they are distributions."""

    def __init__(self, firm: Firm, runs: int, seed: int) -> None:
        uncertain = uncertain_figures(firm)
        drawn = draws(uncertain, runs, seed)
        self.runs = runs
        self.drawn = {u.name: drawn[:, j] for j, u in enumerate(uncertain)}

    def __call__(self, entry: Any, field: str, path: str) -> Array:
        """(K,) values of ``field``; NaN for one that is not given."""
        value, name = getattr(entry, field), f"{path}{field}"
        if name in self.drawn:
            return self.drawn[name]
        return np.full(self.runs, np.nan if value is None else float(value))


def firm_numbers(
    world: World,
    firm: Firm,
    model: Model,
    behaviour: Behaviour,
    days: Days,
    runs: int,
    seed: int,
    where: Where,
) -> FirmNumbers:
    """``runs`` draws of the figures of ``firm``.

    Raises RecordError, with ``where`` it is written, for a supplier in a bloc that does not make the part's form.
    """
    values = _Values(firm, runs, seed)
    found = _Columns(firm, model, values, days, where)
    per_week = np.stack([values(p, "per_week", f"products.{q}.") for q, p in enumerate(firm.products)], axis=1)
    parts = []
    for q, product in enumerate(firm.products):
        for p, part in enumerate(product.parts):
            mix, source = composition(part, world)
            path = f"products.{q}.parts.{p}."
            kg = values(part, "kg_per_unit", path) * per_week[:, q]
            parts.append(PartFacts(part, q, mix, source, kg))
            found.add(part, len(parts) - 1, mix, path)
    return found.numbers(tuple(parts), firm.products, per_week, behaviour)


class _Columns:
    """Gathers lanes and parts, column by column."""

    def __init__(self, firm: Firm, model: Model, values: _Values, days: Days, where: Where) -> None:
        self.firm, self.model, self.values, self.days, self.where = firm, model, values, days, where
        self.lanes: list[Lane] = []
        self.general: list[bool | None] = []
        names = ("share", "transit", "tier_cover", "tier_delay", "filed", "ahead", "approved", "second")
        self.by_lane: dict[str, list[Array]] = {n: [] for n in names}
        self.by_part: dict[str, list[Array]] = {n: [] for n in ("cover", "second_lead", "heavy_lead", "heavy_usd")}

    def add(self, part: Part, index: int, mix: dict[str, float], path: str) -> None:
        """The lanes of one part."""
        values, runs = self.values, self.values.runs
        first = len(self.lanes)
        for s, supplier in enumerate(part.suppliers):
            at = f"{path}suppliers.{s}."
            self._made_in(supplier.bloc, part, index, mix, at)
            tiers = [(t, f"{at}tiers.{k}.") for k, t in enumerate(supplier.tiers)]
            self._lane(
                supplier.licence.general,
                share=values(supplier, "share", at),
                transit=values(supplier, "transit_weeks", at),
                tier_cover=sum((values(t, "cover_weeks", w) for t, w in tiers), np.zeros(runs)),
                tier_delay=sum((values(t, "delay_weeks", w) for t, w in tiers), np.zeros(runs)),
                second=np.zeros(runs),
                **self._licence(supplier.licence, f"{at}licence."),
            )
        total = sum(self.by_lane["share"][first:])
        self.by_lane["share"][first:] = [s / total for s in self.by_lane["share"][first:]]
        self.by_part["cover"].append(values(part, "cover_weeks", path))
        self._ways_out(part, index, mix, path)

    def _made_in(self, bloc: str, part: Part, index: int, mix: dict[str, float], path: str) -> None:
        written = self.where(way_of(f"{path}bloc"))
        self.lanes.append(lane(self.model, index, part.form, bloc, self.firm.bloc, mix, written))

    def _licence(self, licence: Any, path: str) -> dict[str, Array]:
        if licence.filed is not None:
            filed = np.full(self.values.runs, self.days.week(licence.filed))
        else:
            after = self.values(licence, "filed_after_days", path)
            filed = self.days.week(self.days.filing_from(self.lanes[-1])) + after / DAYS_PER_WEEK
        approved = self.values(licence, "approved_share", path)
        if self.firm.end_use == "military" and licence.approved_share is None:
            approved = np.zeros(self.values.runs)
        return {"filed": filed, "ahead": self.values(licence, "ahead", path), "approved": approved}

    def _ways_out(self, part: Part, index: int, mix: dict[str, float], path: str) -> None:
        values, runs = self.values, self.values.runs
        never, nothing = np.full(runs, np.inf), np.full(runs, np.nan)
        second, design = part.second_source, part.heavy_free
        self.by_part["second_lead"].append(
            never if second is None else values(second, "lead_weeks", f"{path}second_source.")
        )
        self.by_part["heavy_lead"].append(
            never if design is None else values(design, "lead_weeks", f"{path}heavy_free.")
        )
        self.by_part["heavy_usd"].append(
            np.zeros(runs) if design is None else values(design, "cost_usd", f"{path}heavy_free.")
        )
        if second is not None:
            at = f"{path}second_source."
            self._made_in(second.bloc, part, index, mix, at)
            zero = np.zeros(runs)
            self._lane(
                None,
                share=zero,
                transit=values(second, "transit_weeks", at),
                tier_cover=zero,
                tier_delay=zero,
                second=values(second, "share", at),
                filed=nothing,
                ahead=nothing,
                approved=np.zeros(runs) if self.firm.end_use == "military" else nothing,
            )

    def _lane(self, general: bool | None, **columns: Array) -> None:
        military = self.firm.end_use == "military" and general is None
        self.general.append(False if military else general)
        for name, column in columns.items():
            self.by_lane[name].append(column)

    def numbers(
        self, parts: tuple[PartFacts, ...], products: tuple[Product, ...], per_week: Array, behaviour: Behaviour
    ) -> FirmNumbers:
        """Everything put together."""
        lane, part = ({k: np.stack(v, axis=1) for k, v in d.items()} for d in (self.by_lane, self.by_part))
        values = behaviour.values
        lines = Lines(
            lane_part=np.array([w.part for w in self.lanes]),
            part_line=np.array([p.line for p in parts]),
            cover=part["cover"],
            share=lane["share"],
            later_share=lane["share"],
            switch_week=np.full_like(lane["share"], np.inf),
            transit=lane["transit"],
            tier_cover=lane["tier_cover"],
            tier_delay=lane["tier_delay"],
            adjust_weeks=values["order_adjust"] / DAYS_PER_WEEK,
            headroom=values["headroom"],
        )
        holding = _centre(self.firm.holding_percent_per_y)
        usd = part["heavy_usd"].sum(axis=1)
        designs = any(p.part.heavy_free is not None for p in parts)
        return FirmNumbers(
            firm=self.firm,
            parts=parts,
            lanes=tuple(self.lanes),
            second=lane["second"].max(axis=0) > 0,
            general=tuple(self.general),
            lines=lines,
            applications=Applications(lane["filed"], lane["ahead"], lane["approved"]),
            per_week=per_week,
            second_share=lane["second"],
            second_lead=part["second_lead"],
            heavy_free_lead=part["heavy_lead"],
            price_usd_per_kg=tuple(_centre(p.part.price_usd_per_kg) for p in parts),
            holding_per_y=None if holding is None else holding / 100,
            heavy_free_usd=usd if designs and not np.isnan(usd).any() else None,
        )


def _centre(value: Any) -> float | None:
    return None if value is None else centre(value)
