"""What a person gets who installs the wheel, without this repository and without Node."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from wheels import Environment, build, without_node

BROWSER = """
import convscope as cs, torch, numpy as np
model = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3), torch.nn.ReLU()).eval()
scope = cs.Scope(model, preprocess=cs.Preprocess(size=(20, 30)))
image = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
widget = cs.LayerBrowser(scope, [image])
"""


def test_the_wheel_holds_all_that_the_package_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        "convscope/static/layer_browser.js",
        "convscope/static/filter_gallery.js",
        "convscope/static/augment_preview.js",
        "convscope/static/attribution.js",
        "convscope/static/static_host.js",
        "convscope/static/page.css",
        "convscope/demo/00_tour.ipynb",
        "convscope/demo/imagenet_classes.txt",
        "convscope/py.typed",
    }
    assert expected <= names
    licenses = {name.rpartition("/")[2] for name in names if ".dist-info/licenses/" in name}
    assert licenses == {"LICENSE", "NOTICE"}


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    strangers = [
        name
        for name in names
        if not name.startswith(("convscope/", "convscope-"))
        or "node_modules" in name
        or name.endswith((".ts", ".map", ".pyc", ".gitkeep"))
    ]
    assert strangers == []
    assert wheel.stat().st_size < 3_000_000


def test_the_installed_package_is_the_wheels(installed: Environment) -> None:
    printed = installed.run("python", "-c", "import convscope; print(convscope.__file__)")
    assert Path(printed.strip()).parent == installed.package


def test_a_layer_browser_is_made_without_node(installed: Environment) -> None:
    code = BROWSER + "print(len(widget._esm), widget.png()[:4])"
    size, header = installed.run("python", "-c", code).strip().split(" ", 1)
    bundle = (installed.package / "static" / "layer_browser.js").read_text()
    assert int(size) == len(bundle)
    assert header == repr(b"\x89PNG")


def test_the_demo_command_writes_the_tour_as_one_page(
    installed: Environment, tmp_path: Path
) -> None:
    page = tmp_path / "tour.html"
    installed.run("convscope", "demo", "--html", str(page), cwd=tmp_path)
    text = page.read_text()
    assert text.lstrip().lower().startswith("<!doctype html>")
    assert "layer3" not in text[:500]
    assert page.stat().st_size > 200_000


def test_a_missing_bundle_is_said_in_the_widget_and_does_not_fail_the_import(
    bundleless: Environment,
) -> None:
    code = BROWSER + "print(widget._esm)"
    script = bundleless.run("python", "-c", code)
    assert "layer_browser.js" in script
    assert "bundle is missing: run `make build`" in script
    assert "export default" in script


def test_the_source_archive_makes_the_same_wheel_without_node(
    root: Path, wheel: Path, tmp_path: Path
) -> None:
    archive = build(root, tmp_path, "sdist")
    shutil.unpack_archive(archive, tmp_path)
    source = next(path for path in tmp_path.iterdir() if path.is_dir())
    again = build(source, tmp_path / "out", "wheel", PATH=without_node(tmp_path)["PATH"])
    assert _contents(again) == _contents(wheel)


def test_no_wheel_is_built_without_its_bundle(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(root / "src", source / "src", ignore=shutil.ignore_patterns("*.js"))
    shutil.copytree(root / "notebooks", source / "notebooks")
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(root / name, source)
    with pytest.raises(RuntimeError, match=r"static/layer_browser\.js"):
        build(source, tmp_path / "out", "wheel", HATCH_JUPYTER_BUILDER_SKIP_NPM="1")


def _contents(wheel: Path) -> dict[str, int]:
    infos = zipfile.ZipFile(wheel).infolist()
    return {info.filename: info.CRC for info in infos if not info.filename.endswith("RECORD")}
