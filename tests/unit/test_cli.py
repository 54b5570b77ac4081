"""The command: what it opens, what it writes, and what it says when it can't."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import convscope
from convscope.cli import main
from convscope.demo import page as page_module
from convscope.demo import tour


class Lab:
    """Stands for JupyterLab: is interrupted once while it runs, and ends with 7."""

    started: list[list[str]]

    def __init__(self, command: list[str]) -> None:
        self.started.append(command)
        self._interrupted = False

    def wait(self) -> int:
        if not self._interrupted:
            self._interrupted = True
            raise KeyboardInterrupt
        return 7


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the commands that would have been started."""
    started: list[list[str]] = []
    monkeypatch.setattr(Lab, "started", started, raising=False)
    monkeypatch.setattr(subprocess, "Popen", Lab)
    return started


def _tour_is(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = {"cell_type": "code", "source": source, "metadata": {}}
    notebook = tmp_path / "small.ipynb"
    notebook.write_text(json.dumps({"nbformat": 4, "cells": [cell]}))
    monkeypatch.setattr(page_module, "find_tour", lambda: notebook)
    monkeypatch.setattr(page_module, "page", lambda parts, title: f"<page of {len(parts)}>")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"convscope {convscope.__version__}\n"


def test_python_m_convscope_is_the_command_and_loads_no_torch_to_tell_its_version() -> None:
    code = "import sys; sys.argv = ['convscope', '--version']; import runpy\n"
    code += "try: runpy.run_module('convscope', run_name='__main__')\n"
    code += "except SystemExit as end: print(end.code, 'torch' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"convscope {convscope.__version__}\n0 False\n"


def test_no_command_shows_the_help_and_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "demo" in capsys.readouterr().err


def test_a_copy_of_the_tour_opens_in_jupyterlab_whose_exit_code_is_returned(
    tmp_path: Path, lab: list[list[str]]
) -> None:
    folder = tmp_path / "new" / "folder"
    assert main(["demo", "--notebook-dir", str(folder)]) == 7
    copy = folder / "00_tour.ipynb"
    assert copy.read_bytes() == tour.find_tour().read_bytes()
    ((python, *command),) = lab
    assert python == sys.executable
    assert command[:3] == ["-m", "jupyterlab", str(copy)]
    assert "--no-browser" not in command


def test_the_copy_goes_to_a_folder_of_its_own_by_default(
    tmp_path: Path, lab: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    main(["demo", "--no-browser"])
    assert [path.name for path in tmp_path.glob("*/*")] == ["00_tour.ipynb"]
    assert "--no-browser" in lab[0]


def test_a_copy_that_a_person_has_worked_in_is_kept(tmp_path: Path, lab: list[list[str]]) -> None:
    mine = tmp_path / "00_tour.ipynb"
    mine.write_text("mine")
    main(["demo", "--notebook-dir", str(tmp_path)])
    assert mine.read_text() == "mine"
    assert str(mine) in lab[0]


def test_without_jupyterlab_it_says_what_to_install(
    tmp_path: Path,
    lab: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["demo", "--notebook-dir", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("convscope demo: jupyterlab")
    assert "pip install convscope[demo]" in said
    assert lab == []


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, lab: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["demo", "--notebook-dir", str(tmp_path / "file" / "below")]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err
    assert lab == []


@pytest.mark.parametrize("other", [["--no-browser"], ["--notebook-dir", "x"]])
def test_a_page_and_a_notebook_at_once_are_refused(
    other: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--html", "page.html", *other])
    assert ended.value.code == 2
    assert "leave out the other options" in capsys.readouterr().err


def test_the_page_is_written_with_progress_on_stderr_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _tour_is("print('loud')\n5", tmp_path, monkeypatch)
    target = tmp_path / "deep" / "page.html"
    assert main(["demo", "--html", str(target)]) == 0
    assert target.read_text() == "<page of 4>"  # style, code, what it printed, its value
    said = capsys.readouterr()
    assert said.out == ""
    assert f"wrote {target}" in said.err


def test_a_failing_cell_ends_with_1_and_leaves_the_old_page_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _tour_is("x = {}\nx['a']", tmp_path, monkeypatch)
    target = tmp_path / "page.html"
    target.write_text("old")
    assert main(["demo", "--html", str(target)]) == 1
    assert target.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "small.ipynb"}
    last = capsys.readouterr().err.splitlines()[-1]
    expected = "convscope demo: cell 1 of small.ipynb failed at line 2, `x['a']`: KeyError: 'a'"
    assert last == expected


def test_a_page_that_is_a_folder_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _tour_is("raise SystemError", tmp_path, monkeypatch)
    assert main(["demo", "--html", str(tmp_path)]) == 1
    assert "is a folder; give the name of a file in it" in capsys.readouterr().err


def test_ctrl_c_stops_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _tour_is("raise KeyboardInterrupt", tmp_path, monkeypatch)
    assert main(["demo", "--html", str(tmp_path / "page.html")]) == 130
    assert capsys.readouterr().err == "convscope demo: stopped\n"
    assert not (tmp_path / "page.html").exists()
