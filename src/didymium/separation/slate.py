"""The product slate: what a plant is to sell, laid against the order in which its extractant takes the elements."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from didymium.errors import DidymiumError, UnknownName, nearest
from didymium.world import ELEMENTS

__all__ = [
    "Allowance",
    "Product",
    "Slate",
    "allowances",
    "check_capacity",
    "check_purities",
    "check_recovery",
    "lay_out",
    "parse_products",
]

NICKNAMES = {"SEG": ("Sm", "Eu", "Gd"), "Didymium": ("Pr", "Nd")}
_NINES = re.compile(r"^([1-9])N([1-9])?$", re.IGNORECASE)
_SYMBOL = re.compile(r"[A-Z][a-z]?")

LEAST_PURITY = 0.5
"""A product of less is a concentrate and is not designed for; a choice of this project."""

CAPACITIES_T_PER_Y = (1.0, 1_000_000.0)
"""Plants that the sizing figures are asked about: from a pilot to more than the world mines in a year."""

MOST_ASTRAY = 0.1
"""No cut is worth more impurity than this share of its smaller side; a choice of this project."""

LEAST_RECOVERY = 0.5
"""Less is no plant, and more likely a fraction written where per cent was asked."""


TOO_PURE = 1 - 1e-8
"""Eight nines: no cascade is designed for them; a choice of this project."""

STAGES_DECIDE = 1 - 1e-5
"""Beyond five nines, drops carried over and what reagents bring in limit a product rather than the number of stages."""


@dataclass(frozen=True)
class Product:
    """One product: its elements, and its purity as a mass fraction of REO; None where it is sold as it comes."""

    name: str
    elements: tuple[str, ...]
    purity: float | None


@dataclass(frozen=True)
class Slate:
    """Products in the order of extraction, the remainder between them included, covering every element of the feed."""

    products: tuple[Product, ...]

    @property
    def asked(self) -> tuple[Product, ...]:
        """Those that were asked for."""
        return tuple(p for p in self.products if p.purity is not None)


@dataclass(frozen=True)
class Allowance:
    """What may go astray at one boundary between neighbours, in moles per mole of the plant's feed."""

    heavy_in_light: float
    light_in_heavy: float


def check_capacity(t_reo_per_y: float) -> None:
    """Raise DidymiumError for a capacity that is not a number or that no plant has."""
    low, high = CAPACITIES_T_PER_Y
    if not (math.isfinite(t_reo_per_y) and low <= t_reo_per_y <= high):
        raise DidymiumError(
            f"a capacity of {t_reo_per_y:g} t REO a year cannot be designed for",
            where="capacity",
            expected=f"a number from {low:,.0f} to {high:,.0f}, in tonnes of rare-earth oxide fed a year",
            cure="try 5000",
        )


def check_recovery(recovery: float) -> None:
    """Raise DidymiumError for a share recovered that is not from a half to below one."""
    if not LEAST_RECOVERY <= recovery < 1:
        raise DidymiumError(
            f"a recovery of {100 * recovery:g} % cannot be had",
            where="recovery",
            expected=f"from {100 * LEAST_RECOVERY:g} to below 100 %",
            cure="99 for 99 % on the command line, 0.99 in Python",
        )


def check_purities(products: Sequence[Product]) -> None:
    """Raise DidymiumError for a product purer than any that stages can make."""
    for product in products:
        if product.purity is not None and product.purity > TOO_PURE - 1e-12:
            raise DidymiumError(
                f"product {product.name}: a purity of {100 * product.purity:.12g} % is beyond solvent extraction",
                where="products",
                expected="below eight nines (99.999999 %)",
                cure=f"ask for {product.name}:5N, and polish what must be purer by other means",
            )


def parse_products(text: str) -> tuple[Product, ...]:
    """The products written as ``NdPr:99.5,La:99,Dy:3N``: elements, colon, percent of REO by mass or nines.

    Raises DidymiumError saying which part does not parse, and UnknownName for an element that does not exist.
    """
    products = []
    for part in (p.strip() for p in text.split(",")):
        name, colon, purity = (x.strip() for x in part.partition(":"))
        if not name or not colon or not purity:
            raise DidymiumError(
                f"product {part!r} does not parse",
                where=f"products {text!r}",
                expected="elements, a colon and a purity, such as NdPr:99.5",
                cure=f"write {name or 'NdPr'}:99.5",
            )
        products.append(Product(name, _elements(name), _purity(purity, part)))
    taken: dict[str, str] = {}
    for product in products:
        for element in product.elements:
            if element in taken:
                raise DidymiumError(
                    f"{element} is asked for twice, in {taken[element]} and in {product.name}",
                    where=f"products {text!r}",
                    expected="each element in one product",
                    cure=f"leave {element} out of one of the two",
                )
            taken[element] = product.name
    return tuple(products)


def _elements(name: str) -> tuple[str, ...]:
    for nickname, members in NICKNAMES.items():
        if name.casefold() == nickname.casefold():
            return members
    plain = name.replace("+", "").replace("-", "")
    found = _SYMBOL.findall(plain)
    if "".join(found) != plain or not found:
        raise UnknownName("product", name, [*ELEMENTS, "NdPr", *NICKNAMES])
    for symbol in found:
        if symbol not in ELEMENTS:
            raise UnknownName("element", symbol, ELEMENTS, where=f"product {name}")
    if len(found) > len(set(found)):
        raise DidymiumError(
            f"product {name} names an element twice",
            where="products",
            expected="each element once",
            cure=f"write {''.join(dict.fromkeys(found))}",
        )
    return tuple(found)


def _purity(text: str, part: str) -> float:
    nines = _NINES.match(text)
    if nines:
        digits, five = int(nines[1]), nines[2]
        fraction = 1 - 10.0**-digits * (1 - int(five or 0) / 10)
        return fraction
    try:
        percent = float(text.rstrip("% "))
    except ValueError:
        near = nearest(text, [f"{n}N" for n in range(2, 7)])
        raise DidymiumError(
            f"purity {text!r} of {part!r} is not a number",
            where="products",
            expected="percent of REO by mass such as 99.5, or nines such as 3N or 4N5",
            cure=f"did you mean {near[0]}?" if near else "write 99.5 for 99.5 %, or 3N for 99.9 %",
        ) from None
    if not (math.isfinite(percent) and 100 * LEAST_PURITY < percent < 100):
        raise DidymiumError(
            f"a purity of {text} % cannot be made ({part})",
            where="products",
            expected=f"above {100 * LEAST_PURITY:g} and below 100 %",
            cure="write 99.5 for 99.5 %, or 5N for 99.999 %",
        )
    return percent / 100


def lay_out(products: Sequence[Product], order: Sequence[str]) -> Slate:
    """The slate over the elements of a feed in the ``order`` of extraction; elements nobody asked for fall in between.

    An element of a product that the feed lacks is left out of it. Raises DidymiumError where a product has no element
    in the feed, or where something that is not in it is extracted between two of its elements.
    """
    owner: dict[str, Product] = {}
    for product in products:
        present = tuple(e for e in order if e in product.elements)
        if not present:
            raise DidymiumError(
                f"the feed has no {' or '.join(product.elements)} for product {product.name}",
                where="products",
                expected=f"a product of {', '.join(order)}",
                cure="an element that an assay does not report is unknown, not zero; choose another feed",
            )
        kept = Product(product.name, present, product.purity)
        span = order[order.index(present[0]) : order.index(present[-1]) + 1]
        stranger = [e for e in span if e not in present]
        if stranger:
            raise DidymiumError(
                f"product {product.name}: {', '.join(stranger)} is extracted between its elements",
                where="products",
                expected=f"neighbours in the order {' '.join(order)}",
                cure=f"ask for {''.join(span)}, or for two products to blend",
            )
        owner |= dict.fromkeys(present, kept)
    return Slate(tuple(_grouped(owner, order)))


def _grouped(owner: Mapping[str, Product], order: Sequence[str]) -> list[Product]:
    out: list[Product] = []
    rest: list[str] = []
    for element in order:
        product = owner.get(element)
        if product is None:
            rest.append(element)
            continue
        if rest:
            out.append(_remainder(rest))
            rest = []
        if product not in out:
            out.append(product)
    if rest:
        out.append(_remainder(rest))
    return out


def _remainder(elements: Sequence[str]) -> Product:
    name = elements[0] if len(elements) == 1 else f"{elements[0]}-{elements[-1]}"
    return Product(name, tuple(elements), None)


def allowances(
    slate: Slate,
    moles: Mapping[str, float],
    molar_mass: Mapping[str, float],
    recovery: float,
    tighter: Mapping[str, float] | None = None,
) -> tuple[Allowance, ...]:
    """What may stray at each boundary so that every product keeps its purity and ``recovery``, half at either side.

    ``moles`` per mole of plant feed; ``molar_mass`` g of oxide per mole of rare earth turns purity by mass into moles.
    ``tighter`` shrinks the impurity allowed to a product by name. A product alone at an end spends all at one side.
    Raises DidymiumError for a product that the feed is pure enough for.
    """
    check_recovery(recovery)
    tighter = tighter or {}
    groups = slate.products
    amount = [math.fsum(moles[e] for e in g.elements) for g in groups]
    mass = [math.fsum(moles[e] * molar_mass[e] for e in g.elements) for g in groups]
    for group, own in zip(groups, mass, strict=True):
        _check_purer(group, own / math.fsum(mass))
    sides = [max(1, (i > 0) + (i < len(groups) - 1)) for i in range(len(groups))]

    def impurity(i: int, of: str) -> float:
        purity = groups[i].purity
        if purity is None:
            return math.inf
        # The product loses what it may not recover, and is that much smaller.
        kept = mass[i] * recovery / purity
        return (1 - purity) * kept / sides[i] / molar_mass[of] * tighter.get(groups[i].name, 1.0)

    def loss(i: int) -> float:
        return math.inf if groups[i].purity is None else (1 - recovery) * amount[i] / sides[i]

    out = []
    for i in range(len(groups) - 1):
        heavy, light = groups[i + 1].elements[0], groups[i].elements[-1]
        up, down = min(impurity(i, heavy), loss(i + 1)), min(impurity(i + 1, light), loss(i))
        cap = MOST_ASTRAY * min(amount[i], amount[i + 1])
        out.append(Allowance(min(up, cap), min(down, cap)))
    return tuple(out)


def _check_purer(product: Product, share: float) -> None:
    """Raise DidymiumError where the feed, of which the product's elements are ``share``, is as pure as was asked."""
    if product.purity is not None and product.purity <= share:
        raise DidymiumError(
            f"product {product.name} at {100 * product.purity:.6g} % asks for nothing: "
            f"the feed is {100 * share:.6g} % of it already",
            where="products",
            expected=f"a purity above {100 * share:.6g} %",
            cure="ask for more, or leave the product out",
        )
