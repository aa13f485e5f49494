"""Remake the pictures of the documents from the pages: ``python docs/images/make.py [page ...]``.

Needs playwright and chromium. The pages of the hindcast take some minutes: its fits are made anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGES = {
    "race": (["race", "--page"], {"race.png": "#figure-shares-ndpr", "flows.png": "#figure-flow-Nd"}),
    "hindcast-2025": (
        ["hindcast", "--case", "2025", "--page"],
        {
            "hindcast-2025.png": "#figure-world-2025-to-june",
            "hindcast-2025-partners.png": "#figure-partners-2025-to-june",
        },
    ),
    "hindcast-2010": (
        ["hindcast", "--case", "2010", "--page"],
        {"hindcast-2010.png": "#figure-year_end-2010-to-2012"},
    ),
}
"""The command that writes each page, and which figures are photographed."""

WIDTH, HEIGHT, MARGIN = 1280, 900, 20


def main(names: list[str]) -> None:
    """Write pages to a temporary place and photograph figures from their heading to the end of the drawing."""
    from playwright.sync_api import sync_playwright

    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=next(filter(None, found), None), args=["--no-sandbox"])
        for name in names or PAGES:
            arguments, figures = PAGES[name]
            written = Path(place) / f"{name}.html"
            command = [Path(sys.executable).with_name("didymium"), *arguments, written]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
            page.goto(written.as_uri())
            for picture, figure in figures.items():
                photograph(page, figure, HERE / picture)
        browser.close()


def photograph(page: Any, figure: str, path: Path) -> None:
    """One figure of an open page."""
    whole = page.locator(figure).first.bounding_box()
    drawing = page.locator(f"{figure} svg:visible").first.bounding_box()
    assert whole and drawing, f"the page has no {figure}"
    clip = {
        "x": whole["x"] - MARGIN,
        "y": whole["y"] + 2,
        "width": whole["width"] + 2 * MARGIN,
        "height": drawing["y"] + drawing["height"] - whole["y"] + 4,
    }
    page.screenshot(path=path, clip=clip, full_page=True)


if __name__ == "__main__":
    main(sys.argv[1:])
