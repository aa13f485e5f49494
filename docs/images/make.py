"""Remake the pictures of the README from the page: ``python docs/images/make.py``; needs playwright and chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FIGURES = {"race.png": "#figure-shares-ndpr", "flows.png": "#figure-flow-Nd"}
WIDTH, HEIGHT, MARGIN = 1280, 900, 20


def main() -> None:
    """Write the page to a temporary place and photograph figures from their heading to the end of the drawing."""
    from playwright.sync_api import sync_playwright

    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        written = Path(place) / "race.html"
        command = [Path(sys.executable).with_name("didymium"), "race", "--page", written]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        browser = play.chromium.launch(executable_path=next(filter(None, found), None), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(written.as_uri())
        for name, figure in FIGURES.items():
            whole = page.locator(figure).first.bounding_box()
            drawing = page.locator(f"{figure} svg:visible").first.bounding_box()
            assert whole and drawing, f"the page has no {figure}"
            clip = {
                "x": whole["x"] - MARGIN,
                "y": whole["y"] + 2,
                "width": whole["width"] + 2 * MARGIN,
                "height": drawing["y"] + drawing["height"] - whole["y"] + 4,
            }
            page.screenshot(path=HERE / name, clip=clip, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
