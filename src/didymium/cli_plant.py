"""``didymium plant``: from a mine's assay to a separation plant, as tables, JSON and a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from didymium import console

if TYPE_CHECKING:
    from didymium.separation.plant_data import Plant
    from didymium.words import Say
    from didymium.world import World

__all__ = ["plant_command"]

HELP = {
    "feed": "Mine whose assay is the feed, by key or name; didymium data show assays lists them.",
    "products": "What to make, percent of REO by mass or nines: NdPr:99.5,La:99,Dy:3N.",
    "capacity": "Rare earth fed, t REO a year.",
    "recovery": "Percent of each product that must not be lost.",
    "straight": "Do not take yttrium out by a side circuit of naphthenic acid.",
    "lang": "Language of words and page; a language is a file in didymium/words.",
    "page": "Where the page is written.",
    "no_page": "Write no page.",
    "json": "Write JSON to standard output, and no page.",
    "csv": "Write the cascades as CSV to standard output, and no page.",
    "dir": "Directory of tables to read instead of the ones that come with the package.",
}


def plant_command(
    feed: Annotated[str, typer.Option("--feed", help=HELP["feed"])],
    products: Annotated[str, typer.Option("--products", help=HELP["products"])],
    capacity: Annotated[float, typer.Option("--capacity", help=HELP["capacity"])] = 5000.0,
    recovery: Annotated[float, typer.Option("--recovery", help=HELP["recovery"])] = 99.0,
    no_side: Annotated[bool, typer.Option("--no-yttrium-side", help=HELP["straight"])] = False,
    lang: Annotated[str, typer.Option("--lang", help=HELP["lang"])] = "en",
    page: Annotated[Path | None, typer.Option("--page", help=HELP["page"])] = None,
    no_page: Annotated[bool, typer.Option("--no-page", help=HELP["no_page"])] = False,
    as_json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=HELP["csv"])] = False,
    directory: Annotated[Path | None, typer.Option("--dir", help=HELP["dir"])] = None,
) -> None:
    """The separation plant for a mine and a slate: cascades, stages, reagents, months, money, with sources."""
    from didymium.report.page_parts import check_target, write_whole
    from didymium.report.plant_tables import plant_record
    from didymium.separation.plant import plant
    from didymium.words import say_in
    from didymium.world import load_world

    say = say_in(lang)
    paged = not (no_page or as_json or as_csv)
    if paged and page is not None:
        check_target(page)
    world = load_world(directory)
    with console.patience(say("wait.compiling")):
        result = plant(world, feed, products, capacity, recovery=recovery / 100, yttrium_side=not no_side)
    record = plant_record(result, say)
    record["sources"] = [dict(row) for row in world.bibliography(result.sources)]
    if console.emit(record["cascades"] if as_csv else record, as_json, as_csv):
        return
    _print_plant(world, result, say)
    if paged:
        from didymium.report.plant_page import plant_page

        path = write_whole(page or Path(f"didymium-plant-{result.feed}.html"), plant_page(world, result, say))
        console.console().print(say("page.written", path=path), soft_wrap=True)


def _print_plant(world: World, result: Plant, say: Say) -> None:
    from didymium.report.page import TableData
    from didymium.report.plant_figures import tree_table
    from didymium.report.plant_page import headline
    from didymium.report.plant_polish import polish_lines, polish_table
    from didymium.report.plant_tables import capital_table, feed_table, need_table, product_table
    from didymium.report.plant_words import assay_words, remark_text

    def show(table: TableData, title: str, columns: int | None = None) -> None:
        names = table.columns[:columns]
        units = dict(zip(names, table.units, strict=False)) if table.units else {}
        rows = [[float(f"{x:.3g}") if isinstance(x, float) else x for x in row[:columns]] for row in table.rows]
        console.print_table(names, rows, title, units)

    def told(table: TableData, name: int) -> None:
        for row in table.rows:
            if row[-1]:
                out.print(f"  {row[name]}: {row[-1]}", markup=False)

    out = console.console()
    out.print(headline(result, say), style="bold")
    show(feed_table(result.assay, result.tree.task.moles, say), say("plant.feed.caption", feed=result.feed_name))
    out.print(assay_words(world, result, say))
    show(product_table(result, say), say("plant.section.products"))
    show(tree_table(result, say), say("plant.section.tree"))
    needs = need_table(result, say)
    show(needs, say("plant.needs.caption"), 5)
    told(needs, 0)
    show(capital_table(result, say), say("plant.capital.caption"), 7)
    if result.polish:
        polish = polish_table(result, say)
        show(polish, say("plant.section.polish"), 6)
        told(polish, 1)
        for line in polish_lines(result, say):
            out.print(line, markup=False)
    for warning in result.warnings:
        out.print(remark_text(warning, say))
