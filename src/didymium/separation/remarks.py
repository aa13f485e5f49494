"""What a reader must know before using a plant, as keys with values: words are chosen where it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from didymium.separation.factors import ACIDS, Pair, factors
from didymium.separation.slate import STAGES_DECIDE, Product
from didymium.separation.tree import Circuit
from didymium.world import ELEMENTS, Row

__all__ = ["MEDIUM", "Remark", "purity_remarks", "remarks"]

MEDIUM = "chloride"
"""The salt a plant runs in: hydrochloric acid strips, its salts are fed."""

SIZED_FOR = "P507"
"""The extractant whose loading, strength and price the sizing figures are."""


@dataclass(frozen=True)
class Remark:
    """One remark: ``unreported`` (elements), ``recalled``, ``weak_factor`` (pair, range, note, note_zh), factors of
    another medium (``factor_medium``) or between measurements (``factor_interpolated``), a circuit of an extractant
    without sizing figures of its own (``sized_as``), what a cut run again with the
    full chemistry shows (``exchange_*``), ``middle_draw``, or a purity that stages do not decide (``too_pure``).
    """

    key: str
    values: Mapping[str, str]


def remarks(assay: Row, parts: Sequence[Circuit]) -> tuple[Remark, ...]:
    """Gaps and doubts of ``assay``, and of the separation factors that the cuts of ``parts`` stand on."""
    found = []
    absent = [e for e in ELEMENTS if assay.optional(e) is None]
    if absent:
        found.append(Remark("unreported", {"elements": ", ".join(absent)}))
    if assay.text("grade") == "D":
        found.append(Remark("recalled", {}))
    pairs = _stood_on(parts)
    for pair in pairs:
        if pair.grade == "D":
            values = {
                "pair": f"{pair.heavier}/{pair.lighter}",
                "low": f"{pair.low:.3g}",
                "high": f"{pair.high:.3g}",
                "note": pair.note,
                "note_zh": pair.note_zh,
            }
            found.append(Remark("weak_factor", values))
    if strange := [p for p in pairs if p.salt != MEDIUM]:
        found.append(Remark("factor_medium", {"pairs": _named(strange), "own": ACIDS[MEDIUM]}))
    if between := [p for p in pairs if p.interpolated]:
        found.append(Remark("factor_interpolated", {"pairs": _named(between)}))
    if others := sorted({c.extractant for c in parts} - {SIZED_FOR}):
        found.append(Remark("sized_as", {"names": ", ".join(others), "own": SIZED_FOR}))
    return tuple(found)


def purity_remarks(products: Sequence[Product]) -> tuple[Remark, ...]:
    """One remark on the products that are asked for purer than stages decide."""
    pure = [p.name for p in products if p.purity is not None and p.purity > STAGES_DECIDE + 1e-9]
    return (Remark("too_pure", {"n": str(len(pure)), "products": ", ".join(pure)}),) if pure else ()


def _stood_on(parts: Sequence[Circuit]) -> list[Pair]:
    """Pairs between the keys of every cut, in the order of their table."""
    keys = {(c.extractant, c.design.task.light_key, c.design.task.heavy_key) for c in parts}
    used = {pair for name, low, high in keys for pair in factors(name).between(low, high)}
    return [pair for name in sorted({k[0] for k in keys}) for pair in factors(name).pairs if pair in used]


def _named(pairs: Sequence[Pair]) -> str:
    return ", ".join(f"{p.heavier}/{p.lighter}" for p in pairs)
