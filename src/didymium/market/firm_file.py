"""A firm as data: what it makes, its bill of materials, stocks, suppliers and ways out; a YAML file, read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from didymium.world.distributions import Misfit, centre, read_number
from didymium.world.scenario_fields import Day, Name, NonNegative, Positive, Share, Sourced, figure, within

__all__ = ["PART_FORMS", "Firm", "HeavyFree", "Licence", "Part", "Product", "SecondSource", "Supplier", "Tier", "firms"]

PART_FORMS = ("oxide", "metal", "magnet", "product")
SUM_TOLERANCE = 1e-6

SHARES_OFF, MEDIANS_OFF = 0.005, 0.02
"""Three suppliers of 0.333 are a third each; medians of uncertain shares may be further off. All are scaled to 1."""


def _not_blank(text: str) -> str:
    if not text.strip():
        raise Misfit("the text is blank", "1 to 80 characters, not all of them blank")
    return text


Label = Annotated[str, Field(max_length=80), AfterValidator(_not_blank)]


def _fraction(value: object) -> float:
    number = within(0, 1, open_low=True)(read_number(value))
    if not isinstance(number, float):
        raise Misfit("a distribution", "one number: what a part is made of is not drawn", "write its median")
    return number


Fraction = Annotated[float, PlainValidator(_fraction)]


class _Optional(Sourced):
    """Figures of a firm's own file may go without a source; those that ship with the package may not."""

    def _needs_source(self) -> bool:
        return False


class Tier(_Optional):
    """A maker between the border and the plant: the goods of its stock are used up before the plant goes short.

    Its stock is in weeks of its own throughput, as makers count it: behind a supplier of half of the need, four weeks
    last the firm two.
    """

    name: Label = Field(description="What it makes")
    cover_weeks: NonNegative = figure("Stock of the part there, in weeks of what this supplier delivers", "week", 0.0)
    delay_weeks: NonNegative = figure("Time from its stock to the next", "week", 0.0)


class Licence(_Optional):
    """Where the firm stands with the licence office, for controlled parts of one supplier."""

    filed: Day | None = Field(None, description="Day on which it was or will be filed")
    filed_after_days: NonNegative | None = figure(
        "Days from the control, or from the announcement of the licences where that comes later, to filing;"
        " drawn from the market's filing time when left out",
        "d",
        None,
    )
    ahead: NonNegative | None = figure(
        "Applications ahead of it, served in turn; drawn at random from the queue when left out", "1", None
    )
    approved_share: Share | None = figure("Chance that it is approved; the scenario's when left out", "1", None)
    general: bool | None = Field(
        None,
        description="Whether it comes under a general licence once there are any; drawn by their share if left out",
    )

    @model_validator(mode="after")
    def _one_day(self) -> Self:
        if self.filed is not None and self.filed_after_days is not None:
            raise Misfit("both filed and filed_after_days", "one of the two", "leave one out", key="filed_after_days")
        return self


class Supplier(_Optional):
    """Who delivers a part: the bloc in which the part's form is made, and who stands between."""

    name: Label = Field(description="Name")
    bloc: Name = Field(description="Bloc code of where the part is made")
    share: Share = figure("Share of the firm's need", "1", 1.0)
    transit_weeks: NonNegative = figure("Time on the way", "week")
    tiers: tuple[Tier, ...] = Field((), description="Makers between the border and the plant, in order")
    licence: Licence = Field(Licence.model_validate({}), description="Licence applications")


class SecondSource(_Optional):
    """A supplier that could be qualified."""

    bloc: Name = Field(description="Bloc code")
    lead_weeks: NonNegative = figure("Time to qualify it", "week")
    share: Share = figure("Share of the need it would cover", "1")
    transit_weeks: NonNegative = figure("Time on the way", "week", 0.0)


class HeavyFree(_Optional):
    """A design of the part without listed elements."""

    lead_weeks: NonNegative = figure("Time to bring it into production", "week")
    cost_usd: NonNegative | None = figure("Cost of the change, USD", "USD", None)


class Part(_Optional):
    """A part with rare earths in it. Its composition is a grade of the table of intensities, or given."""

    name: Label = Field(description="Name")
    form: Literal["oxide", "metal", "magnet", "product"] = Field("magnet", description="What is bought")
    grade: Name | None = Field(None, description="A product of the table intensities that has fractions of elements")
    composition: dict[str, Fraction] = Field({}, description="Mass fraction by element symbol")
    kg_per_unit: Positive = figure("Mass in one unit of the product", "kg")
    cover_weeks: NonNegative = figure("Stock at the plant, in weeks of use", "week")
    price_usd_per_kg: Positive | None = figure("What the firm pays", "USD/kg", None)
    suppliers: tuple[Supplier, ...] = Field(description="Who delivers it; shares add up to 1")
    second_source: SecondSource | None = Field(None, description="A supplier that could be qualified")
    heavy_free: HeavyFree | None = Field(None, description="A design without listed elements")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.suppliers:
            raise Misfit("there is no supplier", "at least one supplier", key="suppliers")
        shares = [s.share for s in self.suppliers]
        total = sum(centre(s) for s in shares)
        plain = all(isinstance(s, float) for s in shares)
        if abs(total - 1) > (SHARES_OFF if plain else MEDIANS_OFF):
            shown = f"{total:g}" if plain else f"{total:g} at their medians"
            unsaid = any("share" not in s.model_fields_set for s in self.suppliers)
            cure = "lower a share" if not unsaid else "give each supplier its share; one without counts as 1"
            raise Misfit(
                f"the shares of the suppliers of {self.name!r} add up to {shown}",
                "shares that add up to 1",
                "say who delivers the rest" if total < 1 else cure,
                key="suppliers",
            )
        _no_twins([s.name for s in self.suppliers], "supplier", "suppliers")
        if (self.grade is None) == (not self.composition):
            what = "both a grade and a composition" if self.composition else "neither a grade nor a composition"
            raise Misfit(what, "grade: a product of intensities, or composition: {Nd: 0.3, ...}", key="grade")
        most = sum(self.composition.values())
        if most > 1 + SUM_TOLERANCE:
            cure = "give mass fractions of the whole part, not of the rare earths in it"
            raise Misfit(
                f"the fractions add up to {most:g}", "fractions that add up to at most 1", cure, key="composition"
            )
        return self


class Product(_Optional):
    """One line of products."""

    name: Label = Field(description="Name")
    per_week: Positive = figure("Planned output, units a week", "1/week")
    unit: Label = Field("units", description="What is counted")
    parts: tuple[Part, ...] = Field(description="Bill of materials: the parts with rare earths")

    @model_validator(mode="after")
    def _has_parts(self) -> Self:
        if not self.parts:
            raise Misfit(
                "the bill of materials is empty", "at least one part", "list the parts with rare earths", key="parts"
            )
        _no_twins([p.name for p in self.parts], "part", "parts")
        return self


class Firm(_Optional):
    """A maker of things with rare earths in them."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$", description="Lower case, digits and dashes")]
    title: Label = Field(description="What the firm is, for people")
    bloc: Name = Field(description="Bloc code of its plants")
    end_use: Literal["civil", "military"] = Field(
        "civil", description="military: applications are refused, unless a licence says otherwise"
    )
    holding_percent_per_y: NonNegative | None = figure(
        "Yearly cost of holding stock, percent of its price", "%/y", None
    )
    products: tuple[Product, ...] = Field(description="What it makes")

    @model_validator(mode="after")
    def _has_products(self) -> Self:
        if not self.products:
            raise Misfit("the firm makes nothing", "at least one product", key="products")
        _no_twins([p.name for p in self.products], "product", "products")
        return self


def _no_twins(names: list[str], kind: str, key: str) -> None:
    twice = [n for k, n in enumerate(names) if n in names[:k]]
    if twice:
        raise Misfit(f"two {kind}s are called {twice[0]!r}", f"a name of its own for each {kind}", key=key)


def firms() -> tuple[str, ...]:
    """Names of the sample firms that come with the package."""
    return tuple(sorted(p.name.removesuffix(".yaml") for p in shipped().iterdir() if p.name.endswith(".yaml")))


def shipped() -> Path:
    """The folder of the sample firms."""
    return Path(__file__).parent / "firms"
