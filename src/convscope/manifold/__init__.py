"""A map of what a layer learnt: t-SNE, UMAP or PCA of its vectors, with numbers to trust it by."""

from convscope.manifold.alignment import Comparison, align, compare
from convscope.manifold.backends import BACKENDS, Backend
from convscope.manifold.embedding import embed
from convscope.manifold.findings import Duplicates, Suspicious, duplicates, suspicious
from convscope.manifold.labels import Categories, categories
from convscope.manifold.landmarks import DEFAULT as LANDMARKS
from convscope.manifold.layers import project_layers
from convscope.manifold.parameters import Parameters
from convscope.manifold.pca import Basis, Moments
from convscope.manifold.pooling import Pool
from convscope.manifold.project import project
from convscope.manifold.projection import Neighbours, Projection
from convscope.manifold.quality import Estimate, Quality
from convscope.manifold.stability import Stability, stability
from convscope.manifold.watch import Progress, Stopped

__all__ = [
    "BACKENDS",
    "LANDMARKS",
    "Backend",
    "Basis",
    "Categories",
    "Comparison",
    "Duplicates",
    "Estimate",
    "Moments",
    "Neighbours",
    "Parameters",
    "Pool",
    "Progress",
    "Projection",
    "Quality",
    "Stability",
    "Stopped",
    "Suspicious",
    "align",
    "categories",
    "compare",
    "duplicates",
    "embed",
    "project",
    "project_layers",
    "stability",
    "suspicious",
]
