"""`import convscope` is quick: it brings in nothing heavy before it is used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    *("torch", "numpy", "matplotlib", "PIL", "sklearn", "skimage", "scipy", "captum"),
    *("anywidget", "ipywidgets", "IPython", "safetensors", "fsspec"),
)


def _fresh(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_import_loads_no_heavy_module() -> None:
    code = "import json, sys, convscope; print(json.dumps(sorted(sys.modules)))"
    loaded = {name.partition(".")[0] for name in json.loads(_fresh(code))}
    assert loaded & set(HEAVY) == set()


@pytest.mark.parametrize(
    ("name", "unneeded"),
    [
        ("Scope", {"matplotlib", "sklearn", "skimage", "captum", "anywidget", "IPython"}),
        ("Preprocess", {"matplotlib", "sklearn", "skimage", "captum", "anywidget", "IPython"}),
        ("LayerBrowser", {"sklearn", "skimage", "captum"}),
    ],
)
def test_a_public_name_loads_only_its_own_floor(name: str, unneeded: set[str]) -> None:
    code = f"import json, sys, torch; before = set(sys.modules); from convscope import {name}; "
    code += "print(json.dumps(sorted(set(sys.modules) - before)))"
    loaded = {module.partition(".")[0] for module in json.loads(_fresh(code))}
    assert loaded & unneeded == set()


def test_the_import_takes_a_small_part_of_torchs_time() -> None:
    clock = "import time; a = time.perf_counter(); {}; b = time.perf_counter(); {}; "
    clock += "c = time.perf_counter(); print((c - b) / (b - a))"
    code = clock.format("import torch", "import convscope; convscope.Scope")
    assert min(float(_fresh(code)) for _ in range(3)) < 0.5
