"""Take the pictures of the documentation from widgets in a real JupyterLab.

``make pictures`` calls this. It needs a Chromium, as the browser tests do.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from card import Card  # noqa: E402
from lab import Notebook, Server  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

SETUP = "import convscope as cs\nscope, images = cs.demo.scope(), cs.demo.images()"
SETTLE = 8_000  # milliseconds for all patches and thumbnails to arrive
WIDTH = 1180  # px of the window; the widget gets what JupyterLab leaves


@dataclass(frozen=True)
class Picture:
    """One widget in one theme."""

    name: str
    code: str
    dark: bool = False


BROWSER = (
    "cs.LayerBrowser(scope, images, layer='blocks.5.expand', unit=216, sort='max', height=740{})"
)
PREVIEW = """from convscope import augment
pipe = augment.Pipeline([
    augment.Rotate(degrees=20, p=0.7),
    augment.Flip(p=0.5),
    augment.ElasticGrid(magnitude=(2, 8), p=0.5),
    augment.ColorJitter(brightness=0.3, saturation=0.3),
], seed=7)
cs.AugmentPreview(pipe, images, scope=scope, height=660, held=4{})"""
ATTRIBUTION = "cs.Attribution(scope, images, {})"
DREAM = """widget = cs.DeepDream(
    scope, cs.demo.photograph("cat"), guides=images, cache=False, seed=3{}
)
for target in ("blocks.5", "blocks.10:33", "blocks.8"):
    widget.target = target
    widget.run()
widget"""
DIGITS = """digits = cs.demo.digits()
maps = cs.manifold.project_layers(digits.scope, digits.images, ["conv1", "conv2", "conv3"])
cs.ManifoldScatter(
    maps, digits.images, digits.labels, scope=digits.scope, point=7, pictures=0.45
)"""
CROPS = """crops = cs.demo.crops(600)
proj = cs.manifold.project(scope.embed(crops, "blocks.10"))
cs.ManifoldScatter(
    proj, crops, scope=scope, layer="blocks.10", color="blocks.10:12", pictures=1.0, theme="dark"
)"""
FEATURES = """vis = cs.FeatureVis(scope, images, {})
vis.run()
vis"""
GALLERY = """from convscope.widgets._jobs import Job
vis = cs.FeatureVis(scope, images, layer="blocks.8", unit=40, diverse=2, height=980, theme="dark")
vis.run()
_ = vis.gallery(Job(), "blocks.8", count=12, make=True)
vis"""
# Built once for all its pictures, which takes minutes, and gone on with where it is there already.
ATLAS = """import tempfile
crops = cs.demo.crops(600)
atlas = cs.Atlas.build(
    scope, crops, ["blocks.8"], tempfile.gettempdir() + "/convscope-pictures.atlas",
    samples_per_image=4, levels=(20, 40), inversion_levels=(20,), icons="both", progress=False,
)
cs.AtlasViewer(atlas, crops, scope=scope, height=760, {})"""
PICTURES = (
    Picture(
        "activation-atlas-light",
        ATLAS.format("view='at=0.5,0.52&zoom=1.9', level=20, blend=1.0, cell=[20, 230]"),
    ),
    Picture("activation-atlas-dark", ATLAS.format("target='espresso', theme='dark'"), dark=True),
    Picture(
        "feature-vis-light", FEATURES.format("layer='blocks.8', unit=40, diverse=2, height=740")
    ),
    Picture("feature-vis-dark", GALLERY, dark=True),
    Picture("manifold-scatter-light", DIGITS),
    Picture("manifold-scatter-dark", CROPS, dark=True),
    Picture("deep-dream-light", DREAM.format("")),
    Picture("deep-dream-dark", DREAM.format(", theme='dark'"), dark=True),
    Picture(
        "attribution-light",
        ATTRIBUTION.format("layer='blocks.10', compare='tabby', trace=True, position=[4, 4]"),
    ),
    Picture(
        "attribution-dark",
        ATTRIBUTION.format("image=1, mode='multiples', along='methods', height=620, theme='dark'"),
        dark=True,
    ),
    Picture("augment-preview-light", PREVIEW.format("")),
    Picture("augment-preview-dark", PREVIEW.format(", theme='dark'"), dark=True),
    Picture("layer-browser-light", BROWSER.format("")),
    Picture("layer-browser-dark", BROWSER.format(", theme='dark'"), dark=True),
    Picture("filter-gallery-light", "cs.FilterGallery(scope)"),
    Picture("filter-gallery-dark", "cs.FilterGallery(scope, theme='dark')", dark=True),
)


def main() -> int:
    """Write ``docs/images/*.webp``, all or those whose names are given."""
    find = [sys.executable, str(ROOT / "tools" / "chromium.py")]
    chromium = subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()
    server = Server(Path(tempfile.mkdtemp()))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            named = sys.argv[1:]
            for picture in [each for each in PICTURES if not named or each.name in named]:
                take(browser, server, picture)
    finally:
        server.stop()
    return 0


def take(browser: Browser, server: Server, picture: Picture) -> None:
    """Open a notebook with the widget and save the card."""
    server.write(f"{picture.name}.ipynb", [SETUP, picture.code])
    page = browser.new_page(viewport={"width": WIDTH, "height": 1400}, device_scale_factor=1.5)
    book = Notebook.open(page, f"{server.url}/lab/tree/{picture.name}.ipynb?reset")
    page.evaluate("() => window.jupyterapp?.commands.execute('application:toggle-left-area')")
    book.run(0)
    card = Card(book.run(1)).root
    card.wait_for()
    page.wait_for_timeout(SETTLE)
    target = ROOT / "docs" / "images" / f"{picture.name}.webp"
    target.parent.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(card.screenshot())) as shot:
        shot.convert("RGB").save(target, quality=88, method=6)
    page.close()


if __name__ == "__main__":
    sys.exit(main())
