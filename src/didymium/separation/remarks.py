"""What a reader must know before using a plant, as keys with values: words are chosen where it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from didymium.separation.factors import Factors
from didymium.separation.tree import Circuit
from didymium.world import ELEMENTS, Row

__all__ = ["Remark", "remarks"]


@dataclass(frozen=True)
class Remark:
    """One remark: ``unreported`` (elements), ``recalled``, ``weak_factor`` (pair, range, note, note_zh), or what a cut
    run again with the full chemistry shows (``exchange_*``), or
    ``middle_draw``.
    """

    key: str
    values: Mapping[str, str]


def remarks(assay: Row, parts: Sequence[Circuit], main: Factors) -> tuple[Remark, ...]:
    """Gaps and doubts of ``assay``, and cuts whose separation factor nobody has published."""
    found = []
    absent = [e for e in ELEMENTS if assay.optional(e) is None]
    if absent:
        found.append(Remark("unreported", {"elements": ", ".join(absent)}))
    if assay.text("grade") == "D":
        found.append(Remark("recalled", {}))
    cut = {(c.design.task.light_key, c.design.task.heavy_key) for c in parts if c.extractant == main.extractant}
    for pair in main.pairs:
        if pair.grade == "D" and (pair.lighter, pair.heavier) in cut:
            values = {
                "pair": f"{pair.heavier}/{pair.lighter}",
                "low": f"{pair.low:g}",
                "high": f"{pair.high:g}",
                "note": pair.note,
                "note_zh": pair.note_zh,
            }
            found.append(Remark("weak_factor", values))
    return tuple(found)
