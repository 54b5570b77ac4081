"""Code for the cells of the test notebooks: a small network that makes up its mind quickly."""

SETUP = """
from collections import OrderedDict
import numpy as np
import torch
import traitlets
from torch import nn
import convscope as cs


class Moody(nn.Module):
    failing = False

    def forward(self, x):
        if self.failing:
            raise RuntimeError("the moody layer had enough")
        return x


torch.manual_seed(0)
model = nn.Sequential(OrderedDict(
    stem=nn.Conv2d(3, 8, 3, padding=1),
    rectified=nn.ReLU(),
    pooled=nn.MaxPool2d(2),
    middle=nn.Sequential(OrderedDict(deep=nn.Conv2d(8, 12, 3), bent=nn.ReLU())),
    moody=Moody(),
    gather=nn.AdaptiveAvgPool2d(1),
    flat=nn.Flatten(),
    head=nn.Linear(12, 4),
)).eval()
classes = ["ant", "bee", "cow", "dog"]
scope = cs.Scope(model, preprocess=cs.Preprocess(size=(32, 40)), classes=classes)
rows, columns = np.mgrid[0:48, 0:60]
stripes = np.stack([rows * 5, columns * 4, (rows + columns) * 2], axis=-1)
images = {f"picture {k}": (stripes * (k + 1) % 256).astype(np.uint8) for k in range(5)}
"""

LAYERS = SETUP + "browser = cs.LayerBrowser(scope, images)\nbrowser"
FILTERS = SETUP + "gallery = cs.FilterGallery(scope)\ngallery"
AUGMENT = (
    SETUP
    + """
from convscope import augment
pipe = augment.Pipeline(
    [
        augment.Rotate(degrees=(-20, 20), p=0.7),
        augment.OneOf([augment.Flip(), augment.Invert()]),
        augment.Brightness(),
    ],
    seed=7,
)
masks = [np.where(np.hypot(rows - 24, columns - 30) < 15, 2, 0)] * 5
boxes = [[[15, 9, 45, 39]]] * 5
preview = cs.AugmentPreview(pipe, images, masks, boxes, samples=6, scope=scope)
preview
"""
)
ATTRIBUTION = (
    SETUP
    + """
two = ["stem", "middle.deep"]
widget = cs.Attribution(scope, images, layer=two[1], layers=two)
widget
"""
)
DREAM = (
    SETUP
    + """
options = dict(octaves=2, octave_scale=1.2, steps=3, jitter=2, seed=5)
widget = cs.DeepDream(
    scope, images["picture 1"], guides=images, target="stem", cache=False, **options
)
widget
"""
)
SCATTER = """
import numpy as np
import convscope as cs
digits = cs.demo.digits()
images = digits.images[:240]
labels = digits.labels[:240].clone()
labels[10] = (labels[10] + 1) % 10
layers = ["conv1", "conv3"]
maps = cs.manifold.project_layers(digits.scope, images, layers, method="pca")
scatter = cs.ManifoldScatter(maps, images, labels, scope=digits.scope, pictures=0.0)
scatter
"""
MILLION = """
from dataclasses import replace
import numpy as np
import convscope as cs
draw = np.random.default_rng(0)
classes = draw.integers(0, 7, 1_000_000)
xy = (3 * draw.normal(size=(7, 2))[classes] + draw.normal(size=(1_000_000, 2))).astype(np.float32)
small = cs.manifold.project(xy[:50], method="pca")
rows = np.arange(len(xy))
proj = replace(small, xy=xy, vectors=xy, indices=rows, given=len(xy), landmarks=None)
scatter = cs.ManifoldScatter(proj, labels=classes)
scatter
"""


ATLAS = """
import tempfile, threading
import torch
import convscope as cs
digits = cs.demo.digits()
images = torch.stack([digits.images[i] for i in range(60)])
go, begun = threading.Event(), threading.Event()
def hold(progress):
    if progress.stage == "collecting" and progress.done:
        begun.set()
        go.wait(60)
path = tempfile.mkdtemp() + "/digits.atlas"
options = dict(samples_per_image=2, levels=(4, 8), method="pca", progress=hold)
build = threading.Thread(
    target=cs.Atlas.build, args=(digits.scope, images, ["conv2", "conv1"], path), kwargs=options
)
build.start()
begun.wait(60)
atlas = cs.Atlas.open(path, images, scope=digits.scope)
viewer = cs.AtlasViewer(atlas)
viewer
"""

FEATURES = (
    SETUP
    + """
vis = cs.FeatureVis(scope, images, layer="middle.deep", unit=3, steps=40, diverse=2, cache=False)
vis
"""
)
