"""What announced projects would add to each stage of a bloc, in t REO-equivalent of a basket per year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from didymium.chain.flows import basket_weights
from didymium.chain.prior import assay_fractions, magnet_share_rows
from didymium.chain.stoichiometry import metal_fractions
from didymium.chain.structure import Array, ran_in
from didymium.errors import TableError
from didymium.world import ELEMENTS, World

if TYPE_CHECKING:
    from didymium.clocks import ProjectRecord

__all__ = ["HOME_STAGES", "Addition", "additions", "installed"]

HOME_STAGES = ("mine", "separate", "metal", "magnet")
"""Stages that a home chain needs. Cracking is taken to come with separation, assembly as at hand everywhere."""

_REO_STAGES = ("mine", "separate")


@dataclass(frozen=True)
class Addition:
    """Capacity that one project adds to one stage; ``imputed`` when the project does not publish it."""

    project: ProjectRecord
    stage: str
    t_reo_per_y: float
    imputed: bool


def additions(world: World, records: tuple[ProjectRecord, ...], basket: tuple[str, ...]) -> tuple[Addition, ...]:
    """Additions of ``records`` by stage for a basket.

    A capacity that is not published is taken as the median of the published ones of its stage, and marked: a gap is
    neither zero nor plenty. Stages outside a home chain (recycling of scrap) are left out.
    """
    composition = _Composition.of(world, basket)
    known: dict[tuple[str, str], float] = {}
    wanted: list[tuple[ProjectRecord, str]] = []
    for record in records:
        for stage in record.stages:
            if stage not in HOME_STAGES:
                continue
            amount = composition.amount(world, record, stage)
            wanted.append((record, stage))
            if amount is not None:
                known[record.project, stage] = amount
    typical = {
        stage: float(np.median([v for (_, s), v in known.items() if s == stage and v > 0] or [0.0]))
        for stage in HOME_STAGES
    }
    return tuple(Addition(r, s, known.get((r.project, s), typical[s]), (r.project, s) not in known) for r, s in wanted)


def installed(world: World, year: int, basket: tuple[str, ...]) -> tuple[Addition, ...]:
    """Nameplate of plants that operate in ``year``, by stage; plants that publish none are left out.

    What those make is in the output of the base year, which the outlook takes where it is larger.
    """
    from didymium.clocks import ProjectRecord

    composition = _Composition.of(world, basket, year)
    found = []
    for row in world.rows("plants", scope="plant"):
        stage = "metal" if row.text("stage") == "alloy" else row.text("stage")
        start = row.optional("start_year")
        if stage not in HOME_STAGES or not ran_in(row, year):
            continue
        record = ProjectRecord(
            project=row.text("plant"),
            site=row.text("plant"),
            stage=stage,
            country=row.text("country"),
            bloc=world.bloc_of(row.text("country")),
            as_of_y=float(year),
            actual_start_y=float(year - 20 if start is None else start),
            stages=(stage,),
            capacity=row.optional("capacity"),
            basis=row.text("basis"),
            heavy=row.flag("heavy_capable"),
            source=row.text("source"),
        )
        amount = composition.amount(world, record, stage)
        if amount is not None:
            found.append(Addition(record, stage, amount, False))
    return tuple(found)


@dataclass(frozen=True)
class _Composition:
    """Fractions of the basket in typical feed, in magnets and in its own metal."""

    basket: tuple[str, ...]
    weights: Array
    typical_feed: float
    magnet_reo_share: float
    reo_per_t_magnet: float
    reo_per_t_metal: float
    heavy_only: bool

    @classmethod
    def of(cls, world: World, basket: tuple[str, ...], year: int | None = None) -> _Composition:
        """Magnets as they were made around ``year``, by default the newest that is known."""
        fractions = metal_fractions(world)
        metal = np.array([fractions[e] for e in ELEMENTS])
        rows = magnet_share_rows(world, year)
        mix = np.array([r.number("magnet_mix_pct") for r in rows])
        order = [ELEMENTS.index(r.text("element")) for r in rows]
        magnet = np.zeros(len(ELEMENTS))
        magnet[order] = mix / mix.sum()
        weights = basket_weights(basket)
        content = {r.text("good"): r.number("content_fraction") for r in world.rows("contents")}["magnet"]
        preferred = [r for r in world.rows("assays") if r.flag("preferred")]
        feeds = [float(assay_fractions(world, r.text("mine"))[0] @ weights) for r in preferred]
        share = float(magnet @ weights)
        mean_metal = float(magnet @ metal)
        return cls(
            basket=basket,
            weights=weights,
            typical_feed=float(np.median(feeds)),
            magnet_reo_share=share,
            reo_per_t_magnet=content / mean_metal * share,
            reo_per_t_metal=share / mean_metal,
            heavy_only=bool(basket) and set(basket) <= {"Dy", "Tb"},
        )

    def amount(self, world: World, record: ProjectRecord, stage: str) -> float | None:
        """t REO-equivalent of the basket that ``record`` adds at ``stage``; None when it is not published."""
        part = bool(self.basket) and not self.heavy_only
        if stage == "separate" and record.basis in ("heavy", "feed") and record.heavy and part:
            # A circuit for heavy rare earths adds no NdPr, whatever its size.
            return 0.0
        if record.capacity is None or record.basis in ("unknown", "scrap", "feed"):
            return None
        if record.basis == "magnet":
            return record.capacity * self.reo_per_t_magnet if stage in ("magnet", "metal") else None
        if record.basis == "metal":
            return record.capacity * self.reo_per_t_metal if stage == "metal" else None
        if stage not in _REO_STAGES:
            return None
        if record.basis == "ndpr":
            return None if self.heavy_only and record.heavy else 0.0 if self.heavy_only else record.capacity
        if record.basis == "heavy":
            return None if part else record.capacity
        if record.basis == "magnet_reo":
            return record.capacity * self.magnet_reo_share
        return self._from_reo(world, record, stage)

    def _from_reo(self, world: World, record: ProjectRecord, stage: str) -> float | None:
        tonnes = record.capacity or 0.0
        mines = {r.text("mine"): r for r in world.rows("mines")}
        if record.basis == "ore":
            grade = mines[record.site].optional("grade_pct_treo") if record.site in mines else None
            if grade is None:
                return None
            tonnes *= grade / 100
        if self.heavy_only and stage == "separate" and not record.heavy:
            return 0.0
        try:
            fraction = float(assay_fractions(world, record.site)[0] @ self.weights)
        except TableError:
            fraction = self.typical_feed
        return tonnes * fraction
