"""A small firm to change in tests."""

from __future__ import annotations

SMALL = """\
name: small-firm
title: A small firm
bloc: EUU
products:
  - name: pumps
    per_week: 100
    unit: pumps
    parts:
      - name: rotor magnets
        grade: NdFeB grade SH (150 C)
        kg_per_unit: 0.5
        cover_weeks: {uniform: [1, 3]}
        price_usd_per_kg: 80
        suppliers:
          - name: maker in China
            bloc: CHN
            share: 0.8
            transit_weeks: 4
            tiers:
              - name: maker of rotors
                cover_weeks: 2
                delay_weeks: 0.5
          - name: maker in Japan
            bloc: JPN
            share: 0.2
            transit_weeks: 3
        second_source: {bloc: JPN, lead_weeks: 20, share: 0.5, transit_weeks: 3}
        heavy_free: {lead_weeks: 40, cost_usd: 100000}
"""


def changed(old: str, new: str) -> str:
    """The small firm with one text replaced; the text must be there."""
    assert SMALL.count(old) >= 1, old
    return SMALL.replace(old, new, 1)
