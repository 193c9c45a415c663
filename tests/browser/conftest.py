"""A real browser for the tests in this folder: Chromium as it is installed, driven by Playwright."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The browser; tests are skipped, with the reason, where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
    program = os.environ.get("VTOK_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"needs a browser: install one of {', '.join(NAMES)}, or set VTOK_CHROMIUM to its program")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a page by `vtok inspect` with these arguments; the same arguments make it once."""
    import sys

    from vtok.cli import main

    folder = tmp_path_factory.mktemp("pages")
    pages: dict[tuple[str, ...], Path] = {}

    def make(*arguments: str) -> Path:
        if arguments not in pages:
            target = folder / f"{len(pages)}.html"
            with pytest.raises(SystemExit) as ended:
                main(["inspect", *arguments, "-o", str(target)])
            assert not ended.value.code, sys.stderr
            pages[arguments] = target
        return pages[arguments]

    return make


@pytest.fixture
def opened(browser: Any, made: Callable[..., Path]) -> Iterator[Open]:
    """Open the page of these arguments. A request, a message on the console or an error in the page fails the test."""
    contexts, faults = [], []

    def open_page(*arguments: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.extend(_outside(request.url)))
        page.goto(made(*arguments).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


def _outside(url: str) -> list[str]:
    return [] if url.startswith(("file:", "data:")) else [url]
