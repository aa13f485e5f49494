"""What is looked at in every page: scripts that list what is wrong, empty when nothing is."""

from __future__ import annotations

DESK, PHONE = 1280, 390

# Every pair of labels of one drawing whose common area is more than 30 % of the smaller one, and labels that leave
# the drawing. Boxes are as drawn, halos and all; a box is taller than its letters, so a third of it may be empty.
LABELS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('.drawing svg')) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const labels = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()])
      .filter(([, r]) => r.width > 0);
    const key = svg.closest('figure').id;
    labels.forEach(([a, p], i) => {
      const out = Math.max(frame.left - p.left, p.right - frame.right, frame.top - p.top, p.bottom - frame.bottom);
      if (out > 1.5) found.push(`${key}: '${a}' leaves the drawing by ${out.toFixed(1)} px`);
      for (const [b, q] of labels.slice(i + 1)) {
        const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
        const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        const least = Math.min(p.width * p.height, q.width * q.height);
        if (wide > 0 && high > 0 && wide * high > 0.3 * least) found.push(`${key}: '${a}' on '${b}'`);
      }
    });
  }
  return found;
}"""

WIDER_THAN_THE_WINDOW = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.table-scroll, svg'))
    .map(e => e.tagName + '.' + e.className).slice(0, 10);
}"""

# Tables that stand alone and show columns or words cut off; a phone stacks their rows.
CUT_OFF = """() => [...document.querySelectorAll('.table-scroll:has(.stacked)')]
  .filter(e => [e, ...e.querySelectorAll('td')].some(c => c.scrollWidth > c.clientWidth + 1))
  .map(e => e.closest('figure').id)"""
