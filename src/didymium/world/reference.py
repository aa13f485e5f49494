"""The reference of all tables, written from the attribute table: ``python -m didymium.world.reference``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from didymium.world.schema import Column, TableSchema, schemas

__all__ = ["reference_markdown"]

_HEAD = """# Tables

Written from `src/didymium/world/attributes.csv` by `python -m didymium.world.reference > docs/reference/tables.md`;
do not edit by hand.

Every table is a CSV file in `src/didymium/world/tables/`: UTF-8, the header exactly as the columns below in order,
an empty cell where nothing is known. The reader refuses anything else with file, line and column.

| type | a cell holds |
|---|---|
| text | any text |
| key | letters, digits and underscores; in a first column each key once |
| ref(table) | a key of that table |
| place | an ISO 3166 alpha-3 code, a bloc code, or WLD for the world |
| number, number>=0, number>0, number(0..100) | a finite number within the bounds |
| integer, year | a whole number; a year of four digits |
| period | 2024, 2024-05, 2024-Q2, 2024-H1, 2024-05-01, or two of them joined by / |
| flag | yes or no |
| one_of(a\\|b) | one of the words |
| unit | a unit such as t REO/y or USD/kg |
| list | parts separated by ; |
| url | a web address |
"""


def reference_markdown() -> str:
    """All tables with their columns as Markdown, in the order of the attribute table."""
    index = "\n".join(f"- [{t.name}](#{t.name}): {t.description}" for t in schemas().values())
    sections = "\n".join(_table(t) for t in schemas().values())
    return f"{_HEAD}\n{index}\n\n{sections}"


def _table(table: TableSchema) -> str:
    return "\n".join(_lines(table)) + "\n"


def _lines(table: TableSchema) -> Iterator[str]:
    yield f"## {table.name}\n\n{table.description}.\n"
    yield "| column | type | unit | required | meaning |\n|---|---|---|---|---|"
    for column in table.columns:
        yield _row(column)


def _row(column: Column) -> str:
    required = "yes" if column.required else ""
    cells = (f"`{column.name}`", column.type, column.unit, required, column.description)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.buffer.write(reference_markdown().encode("utf-8"))
