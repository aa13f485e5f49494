"""One browser for all tests of pages, and a way to open a page once per width."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """A page in the browser, what it said on the console and what it asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all pages; without one the tests are skipped."""
    api = pytest.importorskip("playwright.sync_api", reason="no playwright: the pages are not looked at")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine: the pages are not looked at")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def open_page(browser: Any) -> Iterator[Any]:
    """A function that opens a file at a width, once."""
    kept: dict[tuple[Path, int], Opened] = {}

    def open_it(path: Path, width: int) -> Opened:
        if (path, width) not in kept:
            page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion="reduce")
            found = Opened(page)
            page.on("console", lambda message: found.said.append(message.text))
            page.on("pageerror", lambda error: found.said.append(str(error)))
            page.on("request", lambda request: found.asked.append(request.url))
            page.goto(path.as_uri())
            kept[path, width] = found
        return kept[path, width]

    yield open_it
    for opened in kept.values():
        opened.page.close()
