"""What can happen in a scenario: one frozen model per kind, told apart by ``kind``."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from didymium.world.distributions import Misfit, bounds
from didymium.world.scenario_fields import (
    ByYear,
    Day,
    Factor,
    Figure,
    Name,
    Names,
    NonNegative,
    Percent,
    Positive,
    Share,
    Sourced,
    Timed,
    figure,
)

__all__ = [
    "EVENT_KINDS",
    "Ban",
    "Capacity",
    "CutChain",
    "Demand",
    "Event",
    "ExportLicence",
    "Halt",
    "Partnership",
    "PriceFloor",
    "Project",
    "Quota",
    "Stockpile",
    "Tariff",
]

_BLOC = "Bloc code"
_FORMS = "Forms of material, such as oxide, metal, magnet; all when left out"
_ELEMENTS = "Element symbols; all when left out"
_IMPORTERS = "Bloc codes; all others when left out"


class Ban(Timed):
    """An exporter stops shipments to some importers."""

    kind: Literal["ban"] = "ban"
    exporter: Name = Field(description=_BLOC)
    importers: Names = Field(None, description=_IMPORTERS)
    forms: Names = Field(None, description=_FORMS)
    elements: Names = Field(None, description=_ELEMENTS)
    share: Share = figure("Share of the shipments that stops", "1", 1.0)


def _unordered(names: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


class ExportLicence(Timed):
    """Shipments wait for a licence: applications queue at a bureau that reviews so many a week and approves a share."""

    kind: Literal["export_licence"] = "export_licence"
    exporter: Name = Field(description=_BLOC)
    importers: Names = Field(None, description=_IMPORTERS)
    forms: Names = Field(None, description=_FORMS)
    elements: Names = Field(None, description="Listed elements; all when left out")
    grace_days: NonNegative = figure("Days from the start in which shipments already declared still leave", "day", 0.0)
    reviews_per_week: NonNegative = figure("Applications that the bureau can decide in a week", "count/week")
    reviews_factor: NonNegative = figure("reviews_per_week is multiplied with this from a later day", "1", 1.0)
    reviews_factor_from: Day | None = Field(None, description="First day of reviews_factor; start when left out")
    approved_share: Share = figure("Share of the decided applications that is approved", "1")
    tonnes_per_licence: Positive = figure("Quantity that one licence covers", "t")
    term_months: Positive = figure("Months after which the rest of a licence lapses", "month")
    review_days: NonNegative = figure("Shortest time from application to decision, calendar days", "day", 0.0)
    statutory_working_days: Positive | None = figure(
        "Longest time that the law allows, working days; without limit when left out", "day", None
    )
    general_share: Share = figure("Share of the trade under year-long general licences, without a queue", "1", 0.0)
    general_from: Day | None = Field(None, description="First day of general licences; start when left out")
    also_held_share: Share = figure(
        "Share of shipments of magnets and goods without a listed element held by customs too, for tests", "1", 0.0
    )
    also_held_days: NonNegative = figure("Days for which customs hold those", "day", 0.0)

    @model_validator(mode="after")
    def _has_capacity(self) -> Self:
        if bounds(self.approved_share)[1] > 0 and bounds(self.reviews_per_week)[1] == 0:
            raise Misfit(
                "a licence without capacity: reviews_per_week is 0, yet approvals are expected",
                "reviews_per_week > 0, or approved_share 0",
                "write a ban if nothing may leave",
                key="reviews_per_week",
            )
        self._check_held()
        for key in ("general_from", "reviews_factor_from"):
            day = getattr(self, key)
            if day is not None and day < self.start:
                raise Misfit(f"{key} {day} lies before the start {self.start}", f"start <= {key}", key=key)
        return self

    def _check_held(self) -> None:
        if bounds(self.also_held_share)[1] == 0:
            return
        if self.forms and not {"magnet", "product"} & set(self.forms):
            raise Misfit(
                f"also_held_share without magnets: forms has only {', '.join(self.forms)}",
                "forms with magnet or product, which customs have to test",
                "add magnet to forms, or write also_held_share: 0",
                key="forms",
            )
        if bounds(self.also_held_days)[1] == 0:
            raise Misfit(
                "also_held_share without also_held_days: what customs hold for no time is not held",
                "also_held_days > 0",
                "write for how many days, or also_held_share: 0",
                key="also_held_share",
            )

    @property
    def bureau(self) -> tuple[str, frozenset[str] | None]:
        """Exporter and importers (None: all): announcements with the same share one office, in any order."""
        return self.exporter, _unordered(self.importers)


class Quota(Timed):
    """An exporter caps what may leave in a calendar year, all elements together."""

    kind: Literal["quota"] = "quota"
    exporter: Name = Field(description=_BLOC)
    forms: Names = Field(None, description=_FORMS)
    tonnes_per_y: ByYear = figure(
        't REO a year; one number, or by year: {"2010": 30258, "2011": 30184}, from the first year in force on;'
        " a year without one keeps that of the last before it",
        "t REO/y",
    )

    @property
    def counted(self) -> tuple[str, frozenset[str] | None]:
        """Exporter and forms (None: all): announcements with the same are one quota, in any order."""
        return self.exporter, _unordered(self.forms)

    def tonnes_in(self, year: int) -> Figure:
        """The cap of ``year`` in t REO: of the last year given until then, else of the first."""
        if not isinstance(self.tonnes_per_y, tuple):
            return self.tonnes_per_y
        past = [number for given, number in self.tonnes_per_y if given <= year]
        return past[-1] if past else self.tonnes_per_y[0][1]


class Tariff(Timed):
    """An importer taxes what comes in."""

    kind: Literal["tariff"] = "tariff"
    importer: Name = Field(description=_BLOC)
    exporters: Names = Field(None, description="Bloc codes; all others when left out")
    forms: Names = Field(None, description=_FORMS)
    percent: NonNegative = figure("Duty on the value, per cent", "percent")


class Halt(Timed):
    """A share of a stage stands still."""

    kind: Literal["halt"] = "halt"
    bloc: Name = Field(description=_BLOC)
    stage: Name = Field(description="Stage, such as mine or separate")
    share: Share = figure("Share of the capacity that stands still", "1", 1.0)
    mine: Name | None = Field(None, description="Key of the mines table; then share is that of this mine")


class PriceFloor(Timed):
    """A buyer of last resort pays makers at least so much."""

    kind: Literal["price_floor"] = "price_floor"
    bloc: Name = Field(description="Bloc code of the makers")
    elements: Names = Field(None, description=_ELEMENTS)
    usd_per_kg: Positive = figure("Least price of the oxide", "USD/kg")


class Stockpile(Timed):
    """A state buys for, or releases from, its stock, spread evenly over some months."""

    kind: Literal["stockpile"] = "stockpile"
    bloc: Name = Field(description=_BLOC)
    form: Name = Field(description="Form of the material")
    elements: Names = Field(None, description=_ELEMENTS)
    tonnes: Positive = figure("t REO in all", "t REO")
    action: Literal["buy", "release"] = Field(description="buy or release")
    over_months: Positive = figure("Months over which the tonnes are spread, from start", "month")


class Partnership(Timed):
    """A partner's technology and equipment help a bloc to build a stage.

    ``start`` is its announcement: from then on the bloc's clock of the stage runs, and what the partnership adds opens
    when that runs out, years later or never. Capacity that opens on a date is of the kind ``capacity``.
    """

    kind: Literal["partnership"] = "partnership"
    bloc: Name = Field(description="Bloc that builds")
    partner: Name = Field(description="Bloc whose technology and equipment help")
    stage: Name = Field(description="Stage that is built")
    tonnes_per_y: NonNegative = figure(
        "Capacity that the partnership adds, not on start but when the clock that start sets going runs out",
        "t REO/y",
        0.0,
    )
    clock_factor: Factor = figure("What is left of the wait for the bloc's projects at the stage, times this", "1", 1.0)


class Capacity(Timed):
    """New capacity that opens on a date and ramps up."""

    kind: Literal["capacity"] = "capacity"
    bloc: Name = Field(description=_BLOC)
    stage: Name = Field(description="Stage")
    tonnes_per_y: Positive = figure("Nameplate", "t REO/y")
    ramp_months: NonNegative = figure("Months from the start to nameplate, linear", "month", 0.0)


class Demand(Timed):
    """Final demand grows by so much a year on top of that of the year before."""

    kind: Literal["demand"] = "demand"
    blocs: Names = Field(None, description="Bloc codes; all when left out")
    use: Literal["all", "magnets", "other"] = Field("all", description="all, magnets or other uses")
    percent_per_y: Percent = figure("Growth a year, per cent; below 0 it shrinks", "percent/y")


class CutChain(Timed):
    """Two blocs that shared a chain no longer trade: both directions close."""

    kind: Literal["cut_chain"] = "cut_chain"
    between: tuple[Name, Name] = Field(description="Two bloc codes")
    forms: Names = Field(None, description=_FORMS)

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.between[0] == self.between[1]:
            raise Misfit(f"{self.between[0]} is cut from itself", "two different blocs", key="between")
        return self


class Project(Sourced):
    """Capacity that is being built: a row of the projects table by its key, or one of the scenario's own."""

    project: Name | None = Field(
        None, description="Key of the projects table; bloc, stage and capacity come from there"
    )
    bloc: Name | None = Field(None, description="Bloc code")
    stage: Name | None = Field(None, description="Stage")
    tonnes_per_y: Positive | None = figure("Nameplate", "t REO/y", None)
    start: Day | None = Field(None, description="First day of production; else the clock says")
    clock: bool = Field(False, description="true: the start is drawn from the clock of its stage and bloc")
    ramp_months: NonNegative = figure("Months from the start to nameplate, linear", "month", 0.0)

    def _needs_source(self) -> bool:
        return self.project is None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return {"project": value, "clock": True} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for key in ("bloc", "stage", "tonnes_per_y"):
            given = getattr(self, key) is not None
            if self.project is None and not given:
                raise Misfit(
                    "the key is missing", "bloc, stage and tonnes_per_y, or project: a key of the table", key=key
                )
            if self.project is not None and given:
                raise Misfit(f"{key} is given beside project", "project, or bloc, stage and tonnes_per_y", key=key)
        if self.clock == (self.start is not None):
            what = "both a start and a clock" if self.clock else "neither a start nor a clock"
            raise Misfit(what, "start: a date, or clock: true", key="clock")
        return self


Event = Annotated[
    Ban | ExportLicence | Quota | Tariff | Halt | PriceFloor | Stockpile | Partnership | Capacity | Demand | CutChain,
    Field(discriminator="kind"),
]
EVENT_KINDS: dict[str, type[Timed]] = {
    model.model_fields["kind"].default: model for model in get_args(get_args(Event)[0])
}
"""Every kind of event with its model."""
