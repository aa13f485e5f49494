"""Whether the figures of a firm can be meant: orders of magnitude beside the sample firms, the tables and the world.

What cannot be is refused (``check_possible``); what is only unusual is remarked on (``remarks``), with where it is
written, what is usual and what that is taken from. Figures that are distributions are judged by their medians.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from didymium.chain.stoichiometry import metal_fractions
from didymium.chain.structure import FORMS
from didymium.errors import RecordError
from didymium.market.firm_file import Firm, HeavyFree, Licence, Part, Product, SecondSource, Supplier, Tier, firms
from didymium.market.firm_read import Way, Where, composition, entries, fractions, load_firm
from didymium.market.plausible import TIMES_USUAL, Remark, Usual
from didymium.world import ELEMENTS, World
from didymium.world.distributions import bounds, centre

__all__ = ["check_possible", "remarks"]

TIMES_ELEMENT, TIMES_CONTENT = 2.0, 1.3
"""The same for the share of one element in a magnet, and of all: more of one can go with less of another."""

WORLD_SHARE, BLOC_SHARE = 0.05, 0.3
"""A firm that uses more than this share of what the world makes, or its bloc takes in, is remarked on."""

WORLD_TIMES = 10.0
"""A firm that uses so many times what the world makes is refused: no scenario grows so far."""

LEAST_T, LEAST_KG = 1.0, 1.0
"""World output below which a share of it says nothing, t/y; use of a part below which its figures are doubted, kg/y."""

PRICE_TIMES = (0.5, 1000.0)
"""A part's price over that of the oxides in it: samarium-cobalt costs hundreds of times its oxide."""

HOLDING_PERCENT = (1.0, 100.0)
"""Holding a year's stock costs more than a hundredth of its price, for money itself does, and less than the price."""

WEEKS_PER_Y, DAYS_PER_WEEK = 52.0, 7.0
KG_PER_T = 1000.0

WEEKS: dict[type, tuple[str, ...]] = {
    Part: ("cover_weeks",),
    Tier: ("cover_weeks", "delay_weeks"),
    Supplier: ("transit_weeks",),
    SecondSource: ("lead_weeks", "transit_weeks"),
    HeavyFree: ("lead_weeks",),
}


def check_possible(firm: Firm, usual: Usual, where: Where) -> None:
    """Raises RecordError for a part of which the firm uses many times what the world makes."""
    for way, product, part in _parts(firm):
        share, element, world_t, _ = _largest_share(firm, product, part, usual)
        if share > WORLD_TIMES:
            raise RecordError(
                f"the firm would use {share:,.3g} times the {element} that the world makes in this form ({part.form})",
                where=where((*way, "kg_per_unit")),
                expected=f"a part of the {world_t:,.0f} t of {element} made in it in {usual.model.year}",
                cure="check kg_per_unit (kg, not g) and per_week (units a week)",
            )


def remarks(firm: Firm, usual: Usual, where: Where, first_licence: date | None, weeks: int) -> tuple[Remark, ...]:
    """All that is unusual in ``firm``, in the order of its keys, for a run of ``weeks`` from the control.

    ``first_licence`` is the first day of the scenario's first licence regime, None without any.
    """
    found = [*_holding(firm), *_weeks(firm, usual.world), *_filing(firm, first_licence, weeks)]
    for way, product, part in _parts(firm):
        found += _content(part, way, usual.world)
        found += _use(firm, product, part, way, usual)
        found += _price(part, way, usual)
    order = [(*way, field) for way, entry in entries(firm) for field in type(entry).model_fields]
    found.sort(key=lambda f: order.index(f[0] if f[0] in order else f[0][:-1]))
    return tuple(Remark(where(way), key, values) for way, key, values in found)


Found = tuple[Way, str, dict[str, str | float]]


def _parts(firm: Firm) -> Iterator[tuple[Way, Product, Part]]:
    for q, product in enumerate(firm.products):
        for p, part in enumerate(product.parts):
            yield ("products", q, "parts", p), product, part


def _holding(firm: Firm) -> Iterator[Found]:
    if firm.holding_percent_per_y is None:
        return
    value, (low, high) = centre(firm.holding_percent_per_y), HOLDING_PERCENT
    if 0 < value < low or value > high:
        key = "holding_low" if value < low else "holding_high"
        yield ("holding_percent_per_y",), key, {"value": value, "hundredfold": 100 * value}


def _most_weeks(world: World) -> dict[tuple[type, str], tuple[float, str]]:
    """The most weeks in any sample firm, and its name, by kind of entry and field."""
    most: dict[tuple[type, str], tuple[float, str]] = {}
    for name in firms():
        for _, entry in entries(load_firm(name, world)):
            for field in WEEKS.get(type(entry), ()):
                high = bounds(getattr(entry, field))[1]
                most[type(entry), field] = max(most.get((type(entry), field), (0.0, "")), (high, name))
    return most


def _weeks(firm: Firm, world: World) -> Iterator[Found]:
    most = _most_weeks(world)
    for way, entry in entries(firm):
        for field in WEEKS.get(type(entry), ()):
            value, (usual, sample) = centre(getattr(entry, field)), most[type(entry), field]
            if value > TIMES_USUAL * usual:
                yield (*way, field), "weeks", {"value": value, "times": value / usual, "usual": usual, "sample": sample}


def _filing(firm: Firm, first_licence: date | None, weeks: int) -> Iterator[Found]:
    for way, entry in entries(firm):
        if not isinstance(entry, Licence):
            continue
        if entry.filed is not None and first_licence is not None and entry.filed < first_licence:
            yield (*way, "filed"), "filed_early", {"day": str(entry.filed), "first": str(first_licence)}
        days = 0.0 if entry.filed_after_days is None else centre(entry.filed_after_days)
        if days > weeks * DAYS_PER_WEEK:
            yield (*way, "filed_after_days"), "filed_late", {"days": days, "weeks": weeks}


def _content(part: Part, way: Way, world: World) -> Iterator[Found]:
    """Rare earths in a magnet beside those of the table intensities."""
    if part.form != "magnet" or not part.composition:
        return
    grades = {grade: mix for grade, (mix, _) in fractions(world).items()}
    one = False
    for element, share in part.composition.items():
        usual, grade = max((mix.get(element, 0.0), grade) for grade, mix in grades.items())
        if usual > 0 and share > TIMES_ELEMENT * usual:
            one, at = True, (*way, "composition", element)
            yield at, "element", {"share": share, "element": element, "usual_share": usual, "grade": grade}
    total, usual_totals = sum(part.composition.values()), [sum(mix.values()) for mix in grades.values()]
    low, high = min(usual_totals), max(usual_totals)
    if not one and (total > TIMES_CONTENT * high or total < low / TIMES_ELEMENT):
        yield (*way, "composition"), "content", {"share": total, "low_share": low, "high_share": high}


def _largest_share(firm: Firm, product: Product, part: Part, usual: Usual) -> tuple[float, str, float, float]:
    """The element of which the firm's part is the largest share of the world's output.

    The share; the element; that output, t of element a year; and the share of what the firm's bloc takes in.
    """
    chain, f = usual.model.chain, FORMS.index(part.form)
    kg = centre(product.per_week) * centre(part.kg_per_unit) * WEEKS_PER_Y
    metal, found = metal_fractions(usual.world), (0.0, "", 0.0, 0.0)
    for element, share in composition(part, usual.world)[0].items():
        e = ELEMENTS.index(element)
        world_t = usual.made_t_reo(part.form, element) * metal[element]
        taken = chain.intake[f, usual.model.blocs.index(firm.bloc), e] if f < len(chain.intake) else 0.0
        if world_t > LEAST_T:
            tonnes, bloc_t = kg * share / KG_PER_T, float(taken) * metal[element]
            found = max(found, (tonnes / world_t, element, world_t, tonnes / bloc_t if bloc_t > LEAST_T else 0.0))
    return found


def _use(firm: Firm, product: Product, part: Part, way: Way, usual: Usual) -> Iterator[Found]:
    kg = centre(product.per_week) * centre(part.kg_per_unit) * WEEKS_PER_Y
    if kg < LEAST_KG:
        yield (*way, "kg_per_unit"), "use_low", {"year_kg": kg, "least_kg": LEAST_KG}
    share, element, world_t, of_bloc = _largest_share(firm, product, part, usual)
    values: dict[str, str | float] = {
        "element": element,
        "year": str(usual.model.year),
        "year_kg": share * world_t * KG_PER_T,
    }
    if share > WORLD_SHARE:
        yield (*way, "kg_per_unit"), "use_world", {**values, "share": share, "world_kg": world_t * KG_PER_T}
    elif of_bloc > BLOC_SHARE:
        yield (*way, "kg_per_unit"), "use_bloc", {**values, "share": of_bloc, "bloc": firm.bloc}


def _price(part: Part, way: Way, usual: Usual) -> Iterator[Found]:
    mix, known = composition(part, usual.world)[0], usual.oxide_usd_per_kg
    if part.price_usd_per_kg is None or part.form == "product" or any(e not in known for e in mix):
        return
    value, worth = centre(part.price_usd_per_kg), sum(share * known[e] for e, share in mix.items())
    low, high = PRICE_TIMES
    if value < low * worth or value > high * worth:
        key = "price_low" if value < worth else "price_high"
        yield (*way, "price_usd_per_kg"), key, {"value_usd": value, "worth_usd": worth, "times": value / worth}
