"""Every Python example in the documentation runs as it stands; the blocks of a page follow on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def test_there_is_a_page_for_each_widget_and_one_on_captures() -> None:
    text = " ".join(page.read_text() for page in PAGES if page.parent.name == "docs")
    assert len(PAGES) >= 4
    assert all(word in text for word in ("LayerBrowser", "FilterGallery", "iter_activations"))


@each_page
def test_the_examples_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    text = page.read_text()
    for block in BLOCK.finditer(text):
        # Blank lines in front, so that a traceback gives the line of the page.
        lines = "\n" * text.count("\n", 0, block.start(1))
        exec(compile(lines + block.group(1), str(page), "exec"), namespace)


@each_page
def test_the_links_of_a_page_lead_to_files_that_are_there(page: Path) -> None:
    dead = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert dead == []


def test_the_first_page_leads_with_the_two_commands() -> None:
    head = (ROOT / "README.md").read_text()[:3000]
    assert "make demo" in head
    assert "make test" in head
