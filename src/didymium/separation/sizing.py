"""Size and cost of a cascade: mixer-settlers, solvent and rare earth held, acid, base, water, capital.

Flows come as moles per mole of feed from the design, and become volumes by the loading of the organic, the strength of
the acid and mean residence times. Every figure it stands on is an ``Estimate`` of ``economics``; ranges are carried
along, and where no figure is cited the answer has no value and says why.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from didymium.errors import DidymiumError
from didymium.separation.economics import Estimate, estimate
from didymium.separation.theory import Feed

__all__ = [
    "CascadeSize",
    "Duty",
    "Equipment",
    "FeedVolume",
    "Section",
    "circuit_capital",
    "comparison_cost",
    "installed_range",
    "missing",
    "plant_capital",
    "size_cascade",
    "solvent_value",
]

MOLAR_MASS_HCL = 36.461
MOLAR_MASS_NAOH = 39.997
"""g/mol, from the abridged standard atomic weights of IUPAC (2021)."""

HCL_FRACTION = 0.34
"""Strength by mass of the acid that ``acid_price`` is quoted for."""


@dataclass(frozen=True)
class FeedVolume:
    """Volume of the phase that brings the feed, as it comes from the cascade before, and water that thins it (m3/h)."""

    arriving_m3_per_h: float
    water_m3_per_h: float = 0.0

    @property
    def total_m3_per_h(self) -> float:
        """What enters the cascade."""
        return self.arriving_m3_per_h + self.water_m3_per_h


@dataclass(frozen=True)
class Duty:
    """What one cascade does: kmol of rare earth fed per hour, S and W per mole of feed, stages, product of the top.

    ``feed_volume`` is the volume that really brings the feed; without it the feed comes as strong as fresh liquor, or
    in a full organic.
    """

    feed_kmol_per_h: float
    organic_flow: float
    scrub_flow: float
    extraction_stages: int
    scrub_stages: int
    exit_a: float
    feed_in: Feed = "aqueous"
    stripped: bool = True
    feed_volume: FeedVolume | None = None

    def __post_init__(self) -> None:
        if not (self.feed_kmol_per_h > 0 and self.organic_flow > 0 and self.scrub_flow >= 0):
            raise DidymiumError(
                f"feed {self.feed_kmol_per_h:g} kmol/h, S {self.organic_flow:g}, W {self.scrub_flow:g}",
                expected="a feed and an organic flow above zero",
            )
        if min(self.extraction_stages, self.scrub_stages) < 0 or self.stages < 1:
            raise DidymiumError("a cascade without stages", expected="at least one stage")

    @property
    def stages(self) -> int:
        """Extraction and scrub stages together."""
        return self.extraction_stages + self.scrub_stages

    @property
    def fed(self) -> FeedVolume:
        """The volume that brings the feed."""
        if self.feed_volume is not None:
            return self.feed_volume
        if self.feed_in == "organic":
            return FeedVolume(self.feed_kmol_per_h / estimate("organic_loading").known())
        mass = estimate("oxide_per_mol").known()
        return FeedVolume(self.feed_kmol_per_h * mass / estimate("feed_concentration").known())


@dataclass(frozen=True)
class Section:
    """Mixer-settlers of one section that are alike: how many, flows of both phases (m3/h), volumes of one (m3)."""

    name: str
    count: int
    organic_m3_per_h: float
    aqueous_m3_per_h: float
    mixer_m3: float
    settler_m3: float

    @property
    def volume_m3(self) -> float:
        """Mixer and settler of one unit."""
        return self.mixer_m3 + self.settler_m3


@dataclass(frozen=True)
class Equipment:
    """One line of an equipment list: what, how many, and the volume of one (m3)."""

    name: str
    count: int
    volume_m3: float


@dataclass(frozen=True)
class CascadeSize:
    """The size of a cascade: sections, what it holds, what it takes per hour, and the volumes that leave it (m3/h)."""

    sections: tuple[Section, ...]
    solvent_m3: float
    held_days_of_feed: float
    acid_kmol_per_h: float
    base_kmol_per_h: float
    water_m3_per_h: float
    raffinate_m3_per_h: float
    organic_m3_per_h: float
    strip_liquor_m3_per_h: float

    @property
    def mixer_settlers(self) -> int:
        """Units in all sections, stripping included."""
        return sum(s.count for s in self.sections)

    @property
    def equipment(self) -> tuple[Equipment, ...]:
        """One line per section."""
        return tuple(Equipment(s.name, s.count, s.volume_m3) for s in self.sections)


def size_cascade(duty: Duty) -> CascadeSize:
    """Volumes and hourly needs of one cascade.

    Rare earth held follows from residence time and the molar flows of both phases; a mixer-settler holds the two phases
    in the ratio of their flows. Acid is 3 mol per mole returned by the scrub or stripped, base 3 mol per mole loaded.
    """
    feed, s, w = duty.feed_kmol_per_h, duty.organic_flow, duty.scrub_flow
    per_mol = estimate("base_per_transfer").known()
    acid_strength = estimate("acid_strength").known()
    hours = (estimate("mixer_residence").known() + estimate("settler_residence").known()) / 60
    organic = s * feed / estimate("organic_loading").known()
    scrub = per_mol * w * feed / acid_strength
    fed = duty.fed
    strip = per_mol * duty.exit_a * feed / acid_strength if duty.stripped else 0.0
    if duty.feed_in == "organic":
        top, below = organic + fed.total_m3_per_h, scrub
        flows = (2 * s + 1 - duty.exit_a, s + 1 + w)
    else:
        top, below = organic, scrub + fed.total_m3_per_h
        flows = (2 * s + 1 - duty.exit_a, s + w)
    sections = [
        _section("extraction", duty.extraction_stages, organic, below),
        _section("scrub", duty.scrub_stages, top, scrub),
    ]
    if duty.stripped:
        sections.append(_section("strip", round(estimate("strip_stages").known()), top, strip))
    held = hours * feed * (duty.extraction_stages * flows[0] + duty.scrub_stages * flows[1])
    returned = w + (duty.exit_a if duty.stripped else 0.0)
    base = per_mol * s * feed
    return CascadeSize(
        sections=tuple(sections),
        solvent_m3=sum(x.count * x.organic_m3_per_h for x in sections) * hours,
        held_days_of_feed=held / feed / 24,
        acid_kmol_per_h=per_mol * returned * feed,
        base_kmol_per_h=base,
        water_m3_per_h=scrub + strip + base / estimate("base_strength").known() + fed.water_m3_per_h,
        raffinate_m3_per_h=below,
        organic_m3_per_h=top,
        strip_liquor_m3_per_h=strip,
    )


def _section(name: str, count: int, organic: float, aqueous: float) -> Section:
    hours = [estimate(k).known() / 60 for k in ("mixer_residence", "settler_residence")]
    return Section(name, count, organic, aqueous, *(h * (organic + aqueous) for h in hours))


def installed_range(of_ideal: float) -> tuple[float, float]:
    """A volume held or a time, in the ideal stages and in as many mixer-settlers as plants have installed for one."""
    installed = estimate("installed_per_ideal").range
    assert installed is not None
    return of_ideal, of_ideal * max(installed[1], 1.0)


def circuit_capital(sections: Sequence[Section]) -> Estimate:
    """Capital of the mixer-settlers: cited cost of a unit, scaled by volume, times units installed per ideal unit.

    Money of 2011; the range spans those of the reference volume, the exponent and the units installed.
    """
    unit, installed = estimate("mixer_settler_capital"), estimate("installed_per_ideal")

    def total(volume: float, power: float) -> float:
        return unit.known() * math.fsum(s.count * math.pow(s.volume_m3 / volume, power) for s in sections)

    low, high = _spread(total, estimate("reference_volume"), estimate("size_exponent"))
    fewest, most = installed.range or (1.0, 1.0)
    return Estimate(
        "circuit_capital",
        _circuit_usd(sections),
        "USD",
        "mixer-settlers installed",
        "D",
        low * fewest,
        high * most,
        unit.year,
        unit.source,
        unit.title,
        unit.address,
        "ideal units x installed_per_ideal x unit cost x (volume/reference volume)^exponent; calibrated on one plant",
    )


def _circuit_usd(sections: Sequence[Section], counts: Sequence[float] = ()) -> float:
    """Capital of the mixer-settlers by the middle of every range; ``counts`` stand for those of the first sections."""
    units = (*counts, *(s.count for s in sections[len(counts) :]))
    unit = estimate("mixer_settler_capital").known() * estimate("installed_per_ideal").known()
    volume, power = estimate("reference_volume").known(), estimate("size_exponent").known()
    return unit * math.fsum(n * math.pow(s.volume_m3 / volume, power) for n, s in zip(units, sections, strict=True))


def plant_capital(circuit: Estimate) -> Estimate:
    """Capital of the whole separation plant from that of its circuit, by the share of one cited plant."""
    share = estimate("circuit_share")
    low, high = circuit.range or (math.nan, math.nan)
    return Estimate(
        "plant_capital",
        circuit.known() / share.known(),
        "USD",
        "separation plant with its utilities, by the circuit's share at one cited plant",
        "D",
        low / share.known(),
        high / share.known(),
        circuit.year,
        share.source,
        share.title,
        share.address,
        "circuit_capital / circuit_share",
    )


def _spread(of: Callable[[float, float], float], a: Estimate, b: Estimate) -> tuple[float, float]:
    """Lowest and highest of ``of`` over the ends of two ranges."""
    ends = [e.range or (e.known(),) for e in (a, b)]
    values = [of(x, y) for x, y in itertools.product(*ends)]
    return min(values), max(values)


def solvent_value(solvent_m3: float) -> Estimate:
    """What the extractant in ``solvent_m3`` of organic costs; the diluent has no cited price and is left out.

    The range is that of the price and of the units installed for one ideal stage.
    """
    litres = solvent_m3 * 1000 * estimate("extractant_molarity").known() * estimate("extractant_molar_volume").known()
    price = estimate("extractant_price")
    low, high = price.range or (math.nan, math.nan)
    return Estimate(
        "solvent_value",
        litres * price.known(),
        "USD",
        "extractant of the first fill, without the diluent",
        "D",
        litres * low,
        installed_range(litres)[1] * high,
        price.year,
        price.source,
        price.title,
        price.address,
        f"small-lot prices, high for a plant; diluent: {estimate('diluent_price').note}",
    )


def missing(key: str, of: str, unit: str) -> Estimate:
    """An estimate without a value, whose note is the reason given for figure ``key``."""
    gap = estimate(key)
    return replace(gap, key=of, unit=unit)


def comparison_cost(duty: Duty, stages: Sequence[float] = ()) -> float:
    """USD a year by which two designs of the same cut are compared; never reported as a cost.

    Capital of the plant around the circuit times the yearly charge, plus acid at its one quoted price. Base has no
    cited price; it is weighed as the acid is, mole for mole. ``stages`` of both sections as fractions may stand for the
    whole ones, so that a search over flows sees no steps.
    """
    size = size_cascade(duty)
    capital = (
        _circuit_usd(size.sections, stages) / estimate("circuit_share").known() * estimate("capital_charge").known()
    )
    acid = estimate("acid_price").known() * MOLAR_MASS_HCL / 1000 / HCL_FRACTION
    hours = estimate("operating_hours").known()
    return capital + (size.acid_kmol_per_h + size.base_kmol_per_h) * acid * hours
