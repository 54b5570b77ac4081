"""The command ``convscope atlas``: builds, tells of, renders and exports atlases."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convscope.atlas import Atlas
    from convscope.scope import Scope

_DEMO = "convscope.demo:scope"


def add_atlas(commands: Any) -> None:
    """Add ``atlas`` and what it can do to the commands of a parser."""
    atlas = commands.add_parser(
        "atlas",
        help="build, look at, render or export an activation atlas",
        description="The activation atlas of your own network and images.",
    )
    actions = atlas.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="build an atlas, or go on with one")
    _add_source(build)
    _add_build(build)
    _add_icons(build, default="patches")
    info = actions.add_parser("info", help="say what an atlas is of, and how far it is")
    info.add_argument("path", help="of the atlas")
    render = actions.add_parser("render", help="render icons that an atlas lacks")
    _add_source(render)
    render.add_argument("--seed", type=int, help="of the icons (default: the atlas's)")
    _add_icons(render, default="inversion")
    export = actions.add_parser("export", help="write an atlas as a static site")
    export.add_argument("path", help="of the atlas")
    export.add_argument("folder", type=Path, help="where the site goes")
    export.add_argument("--title", help="of the page")
    export.add_argument(
        "--images", nargs="+", metavar="PATH", help="those of the atlas, for the patches of cells"
    )
    _add_scope(export)
    for name, words in (("pictures", "behind patches held whole"), ("paths", "shown on the map")):
        export.add_argument(f"--{name}", type=int, metavar="COUNT", help=f"images {words}, at most")


def run_atlas(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Do what the command asked for and return its exit code."""
    return _ACTIONS[options.action](options, say)


def _build(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    import warnings

    from convscope.atlas import Atlas

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        atlas = Atlas.build(
            load_scope(options.scope),
            _images(options.images),
            options.layers,
            options.path,
            samples_per_image=options.samples_per_image,
            levels=options.levels,
            seed=options.seed,
            attribution=options.attribution,
            landmarks=options.landmarks,
            method=options.method,
            metric=options.metric,
            neighbours=options.neighbours,
            min_dist=options.min_dist,
            min_count=options.min_count,
            batch_size=options.batch_size,
            errors=options.errors,
            redo=options.redo,
            repair=options.repair,
            **_icon_options(options, options.seed),
        )
    for sentence in dict.fromkeys(str(each.message) for each in told if _ours(each)):
        say(sentence)
    say(repr(atlas))
    return 0


def _info(options: argparse.Namespace, _say: Callable[[str], None]) -> int:
    from convscope.atlas import Atlas

    sys.stdout.write("\n".join(lines_of(Atlas.open(options.path))) + "\n")
    return 0


def _render(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    from convscope.atlas import Atlas

    atlas = Atlas.open(options.path)
    seed = atlas.about.seed if options.seed is None else options.seed
    given = _images(options.images)
    atlas.render(load_scope(options.scope), given, **_icon_options(options, seed))
    say(repr(atlas))
    return 0


def _export(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    from convscope.atlas import Atlas

    held = {name: getattr(options, name) for name in ("pictures", "paths")}
    if options.images is not None:
        held |= {"images": _images(options.images), "scope": load_scope(options.scope)}
    chosen = {name: value for name, value in held.items() if value is not None}
    folder = Atlas.open(options.path).export(options.folder, title=options.title, **chosen)
    say(f"wrote {folder}; open {folder / 'index.html'} through any web server")
    return 0


_ACTIONS = {"build": _build, "info": _info, "render": _render, "export": _export}


def lines_of(atlas: Atlas) -> list[str]:
    """Return what an atlas is of and how far it is, in lines."""
    about = atlas.about
    per, count = about.samples_per_image, about.class_count
    lines = [
        f"{atlas.path}: version {about.version}, made by convscope {about.made_by}",
        f"network: {about.model}, weights {about.weights[:12]}, input {_size(about.view)}",
        f"samples: {about.samples:,}, {per} of each of {about.images:,} images, seed {about.seed}",
        f"attribution: {about.attribution}" + (f", to {count:,} classes" if count else ""),
    ]
    missing = len(atlas.store.missing())
    if missing:
        lines.append(f"collected: {about.chunks - missing} of {about.chunks} chunks")
    for layer in about.layers:
        lines.append(f"{layer.name}: {layer.channels} channels, map {_size(layer.size)}")
        sides = atlas.levels(layer.name)
        lines += [f"  {side} × {side}: {_level(atlas, side, layer.name)}" for side in sides]
    state = atlas.state
    if state is not None and not state.finished:
        how = "running" if state.running else "ended early; the same build goes on"
        lines.append(f"build: {state.stage}, {state.done:g} of {state.total:g}, {how}")
    return lines + atlas.notes


def _level(atlas: Atlas, side: int, layer: str) -> str:
    cells = atlas.cells(side, layer)
    words = [f"{len(cells):,} cells"]
    for kind in ("patches", "inversion"):
        icons = atlas.icons(side, kind, layer)
        if icons is not None:
            words.append(f"{int(icons.rendered.sum()):,} {kind}")
    return ", ".join(words)


def load_scope(spelled: str) -> Scope:
    """Return the scope that ``module:function`` gives: the function returns a Scope or a model.

    Raises
    ------
    ValueError
        If there is none.
    """
    from torch import nn

    from convscope.scope import Scope

    module, _, name = spelled.partition(":")
    if not module or not name:
        raise ValueError(f"--scope: must be module:function, got {spelled!r}")
    if "" not in sys.path:
        sys.path.insert(0, "")  # a module beside which the command is run
    made = getattr(importlib.import_module(module), name, None)
    if made is None:
        raise ValueError(f"--scope: the module {module!r} has no {name!r}")
    if callable(made) and not isinstance(made, nn.Module | Scope):
        made = made()
    if isinstance(made, nn.Module):
        made = Scope(made)
    if not isinstance(made, Scope):
        raise ValueError(
            f"--scope: {spelled} gives a {type(made).__name__}, not a Scope or a model"
        )
    return made


def _images(spelled: list[str]) -> Any:
    return spelled[0] if len(spelled) == 1 else spelled


def _icon_options(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    from convscope.atlas import IconSettings

    given = {"size": options.icon_size, "steps": options.icon_steps}
    chosen = {name: value for name, value in given.items() if value is not None}
    return {
        "icons": options.icons,
        "icon_settings": IconSettings(seed=seed, **chosen),
        "inversion_levels": options.inversion_levels,
        "whitening": options.whitening,
        "ridge": options.ridge,
        "tile_format": options.tile_format,
    }


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="of the atlas: a folder or an fsspec URL")
    parser.add_argument("--images", nargs="+", required=True, metavar="PATH", help="files, folders")
    _add_scope(parser)


def _add_scope(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scope",
        default=_DEMO,
        metavar="MODULE:FUNCTION",
        help="what gives the network: a Scope or a model (default: the demo's)",
    )


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layers", nargs="+", required=True, metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--levels", nargs="+", type=int, metavar="CELLS", help="cells a side")
    parser.add_argument("--samples-per-image", type=int, default=1)
    parser.add_argument("--attribution", choices=["linear", "smoothed", "none"], default="linear")
    parser.add_argument("--method", choices=["umap", "tsne", "pca"], default="umap")
    parser.add_argument("--metric", choices=["cosine", "euclidean"], default="cosine")
    parser.add_argument("--neighbours", type=int)
    parser.add_argument("--min-dist", type=float, default=0.05)
    parser.add_argument("--landmarks", type=int, help="samples that UMAP itself lays out")
    parser.add_argument("--min-count", type=int, default=1, help="of samples in a cell")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--errors", choices=["raise", "skip"], default="raise")
    parser.add_argument("--redo", choices=["collect", "layout", "grid", "render"])
    parser.add_argument("--repair", action="store_true", help="make damaged chunks again")


def _add_icons(parser: argparse.ArgumentParser, *, default: str) -> None:
    kinds = ["patches", "inversion", "both", "none"]
    parser.add_argument("--icons", choices=kinds, default=default)
    parser.add_argument("--icon-size", type=int, metavar="PIXELS")
    parser.add_argument("--icon-steps", type=int, metavar="STEPS", help="of an inversion, at most")
    parser.add_argument("--inversion-levels", nargs="+", type=int, metavar="CELLS")
    parser.add_argument(
        "--whitening", choices=["uncentred", "centred", "none"], default="uncentred"
    )
    parser.add_argument("--ridge", type=float, default=1.0, help="of the whitening")
    parser.add_argument("--tile-format", choices=["webp", "jpeg"], default="webp")


def _ours(warning: Any) -> bool:
    from convscope.atlas import AtlasNotice
    from convscope.images import SkippedImageWarning

    return issubclass(warning.category, AtlasNotice | SkippedImageWarning)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
