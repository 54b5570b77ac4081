"""Print the path of a Chromium for the tests; with ``--install``, fetch one where there is none."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
HELP = (
    "No Chromium was found for the browser tests, and none could be installed.\n"
    "Install one (Debian: apt-get install chromium; elsewhere: python -m playwright install "
    "chromium),\nor name yours: make test CHROMIUM=/path/to/chromium"
)


def find() -> str | None:
    """Return the first Chromium that is there: $CHROMIUM, one on the PATH, or Playwright's."""
    named = os.environ.get("CHROMIUM")
    if named:
        if shutil.which(named) is None:
            sys.exit(f"CHROMIUM: {named!r} is not a program that can be run.")
        return shutil.which(named)
    return next((path for path in _candidates() if Path(path).exists()), None)


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    if platform.system() == "Darwin":
        yield from MACOS
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return
    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def install() -> str | None:
    """Install Debian's Chromium when root on Debian, else Playwright's in the user's cache."""
    playwright = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    debian = [["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "chromium"]]
    as_root = shutil.which("apt-get") and os.geteuid() == 0
    for steps in [debian, playwright] if as_root else [playwright]:
        if all(_did(step) for step in steps) and (path := find()):
            return path
    return None


def _did(step: list[str]) -> bool:
    sys.stderr.write(f"installing a Chromium: {' '.join(step)}\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(step, stdout=sys.stderr, env=environment, check=False).returncode == 0


def main(arguments: list[str]) -> None:
    """Print the path, or say what to do and fail."""
    path = find()
    if path is None and "--install" in arguments:
        path = install()
    if path is None:
        sys.exit(HELP)
    print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
