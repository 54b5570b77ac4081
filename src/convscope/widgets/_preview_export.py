"""What an exported page of an augmentation preview can be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from convscope.widgets._export import Call
from convscope.widgets._preview_show import Asked, Mode, Preview


def calls(preview: Preview, now: Asked, *, targets: Sequence[str], thinks: bool) -> Iterator[Call]:
    """Yield the state as it is, its code, each operation alone, then other modes and images.

    Parameters
    ----------
    preview
        What answers.
    now
        The state shown.
    targets
        What its code is written for.
    thinks
        Whether there is a network.
    """
    yield from _of_state(now, "the samples", thinks=thinks)
    for target in targets:
        code = {"operations": now.operations, "seed": now.seed, "target": target}
        yield Call("code", code, f"code for {target}")
    shown = preview.show(now)
    for path, title in zip(shown.paths, shown.titles(preview.entries), strict=True):
        yield Call("sheet", asdict(replace(now, alone=path)), f"{title} alone")
    other: Mode = "images" if now.mode == "samples" else "samples"
    yield from _of_state(replace(now, mode=other), f"mode {other!r}", thinks=thinks)
    for image, name in enumerate(preview.names(range(len(preview.given)))):
        if image != now.image:
            yield from _of_state(replace(now, image=image), name, thinks=thinks)


def _of_state(asked: Asked, label: str, *, thinks: bool) -> Iterator[Call]:
    params = asdict(asked)
    where = {name: params[name] for name in ("samples", "mode", "image")}
    yield Call("originals", where, f"{label}: originals")
    yield Call("sheet", params, label)
    if thinks:
        yield Call("think", params, f"{label}: classes")
    drawn = {name: params[name] for name in ("operations", "seed", "image")}
    yield Call("distributions", drawn, f"{label}: distributions")
