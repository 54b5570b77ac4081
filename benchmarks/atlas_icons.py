"""What icons cost: children against icons from noise, a whole atlas against one icon at a time.

Run as `python benchmarks/atlas_icons.py [--images 1500] [--sample 24]`. The network is the demo's,
the activations are those of crops of its photographs, 4 places each, in a middle layer; they are
laid out and averaged as `Atlas.build` does.

steps
    Children are rendered from noise for 128 steps, and from their parents' icons for 8, 16, … up
    to 48. For each child it is counted after how many the cosine is that which noise reaches in
    128, and in how many noise itself first reaches it.
end to end
    All icons of the levels 20 and 40 by `render_inversions`, against one icon at a time as Lucid's
    notebook has it (`activation-atlas-simple`): the whole network up to its scores, weights that
    require gradients, one image of 80 × 80 pixels, 512 steps. Its transforms are composed into one
    resample, which is quicker than Lucid's nine. Some icons of it are made and timed; the rest is
    extrapolated, icon by icon. A loop that stops after 128 steps is given as well.

Seconds are of the processor, since other programs may run on the machine.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

import convscope as cs
from convscope.atlas.icons import Icon, IconSettings, Whitening, render_inversions
from convscope.atlas.icons.goal import Goals
from convscope.atlas.read import Cells, Reader
from convscope.atlas.render import _above
from convscope.featurevis.draws import Draws
from convscope.featurevis.params import Fourier, canvas_of
from convscope.featurevis.transforms import Jitter, Pad, Rotate, Scale, views_of

LAYER = "blocks.8"
LEVELS = (20, 40)
NOISE = 128  # steps from noise that children are compared with
LOOKS = (8, 16, 24, 32, 40, 48)
LUCID_STEPS = 512
LUCID_SIZE = 80
LUCID = (
    Pad(2),
    *(Jitter(side) for side in (4, 4, 8, 8, 8)),
    Scale(0.67, 1.03),
    Rotate(20.0),
    Jitter(2),
)


@dataclass(frozen=True)
class Data:
    """The cells of both levels."""

    coarse: Cells
    fine: Cells
    moment: Tensor
    mean: Tensor

    @property
    def whitening(self) -> Whitening:
        """As `Atlas.build` has it."""
        return Whitening.of(self.moment, self.mean)

    @property
    def parents(self) -> list[int | None]:
        """For each fine cell the row of the coarse one above it."""
        rows = {int(number): row for row, number in enumerate(self.coarse.numbers)}
        above = _above(self.fine.numbers, LEVELS[1], LEVELS[0])
        return [rows.get(int(number)) for number in above]


def data_of(scope: cs.Scope, images: int) -> Data:
    """Collect, lay out and average."""
    with tempfile.TemporaryDirectory() as folder:
        atlas = cs.Atlas.build(
            scope,
            cs.demo.crops(images),
            [LAYER],
            Path(folder) / "atlas",
            samples_per_image=4,
            levels=LEVELS,
            icons="none",
            attribution="none",
            progress=False,
        )
        reader = Reader(atlas.store)
        coarse, fine = (reader.cells(side, LAYER) for side in LEVELS)
        key = f"layers/{atlas.store.about.layer(LAYER).key}"
        moment, mean = (
            torch.from_numpy(atlas.store.read(f"{key}/{n}")) for n in ("moment", "mean")
        )
    return Data(coarse, fine, moment, mean)


def rendered(scope: cs.Scope, data: Data, targets: Tensor, **options) -> list[Icon]:
    """Return icons in the order of their targets."""
    starts = options.pop("starts", None)
    found = render_inversions(
        scope,
        LAYER,
        targets,
        whitening=data.whitening,
        starts=starts,
        settings=IconSettings(**options),
    )
    return sorted(found, key=lambda icon: icon.index)


def cosines(icons: Sequence[Icon]) -> Tensor:
    """Return what icons reach."""
    return torch.tensor([icon.cosine for icon in icons])


def count_steps(scope: cs.Scope, data: Data, count: int) -> None:
    """Print after how many steps children are as good as noise after 128."""
    with_parent = [row for row, parent in enumerate(data.parents) if parent is not None]
    chosen = with_parent[:: max(1, len(with_parent) // count)][:count]
    above = [data.parents[row] for row in chosen]
    exact = {"tries": 1, "tolerance": -2.0}  # neither another try nor an early end
    ready = rendered(scope, data, torch.from_numpy(data.coarse.activations)[above], tries=1)
    starts = [icon.image for icon in ready]
    targets = torch.from_numpy(data.fine.activations)[chosen]
    noise = {n: cosines(rendered(scope, data, targets, steps=n, **exact)) for n in (*LOOKS, NOISE)}
    child = {
        n: cosines(rendered(scope, data, targets, starts=starts, child_steps=n, **exact))
        for n in LOOKS
    }
    print(f"steps, {len(chosen)} children of level {LEVELS[1]}")
    for n in LOOKS:
        print(
            f"  mean cosine after {n:3}: noise {noise[n].mean():.3f}, parent {child[n].mean():.3f}"
        )
    print(f"  mean cosine after {NOISE}: noise {noise[NOISE].mean():.3f}")
    for name, way in (("parent", child), ("noise", noise)):
        reached = [first(way, noise[NOISE], row) for row in range(len(chosen))]
        low, middle, high = statistics.quantiles(reached, n=4)
        mean_at = next((n for n in LOOKS if way[n].mean() >= noise[NOISE].mean()), NOISE)
        print(
            f"  {name}: the cosine of noise after {NOISE} is reached after {middle:g} steps "
            f"(quartiles {low:g} to {high:g}), {middle / NOISE:.3f} of {NOISE}; "
            f"the mean of all after {mean_at}, {mean_at / NOISE:.3f}"
        )


def first(way: dict[int, Tensor], goal: Tensor, row: int) -> int:
    """Return after how many steps an icon first reaches a cosine; the most if it does not."""
    return next((n for n in LOOKS if way[n][row] >= goal[row]), NOISE)


class Lucid:
    """One icon at a time, as its notebook has it."""

    def __init__(self, scope: cs.Scope, data: Data) -> None:
        self.scope, self.canvas = scope, canvas_of((LUCID_SIZE, LUCID_SIZE), 3)
        self.targets = torch.from_numpy(data.coarse.activations)
        whitening = Whitening.of(data.moment, data.mean, ridge=1e-3)
        self.goals = Goals.of(self.targets, whitening, "lucid", 4.0)
        self.mean = torch.tensor(scope.preprocess.mean)
        self.std = torch.tensor(scope.preprocess.std)
        self.seen: list[Tensor] = []

    def reached(self, image: Tensor) -> Tensor:
        """Return the activation (1, C) of the centre unit, by the whole network."""
        self.seen.clear()
        self.scope.model((image - self.mean) / self.std)
        maps = self.seen[0]
        return maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2]

    def render(self, cell: int, steps: int) -> float:
        """Return the cosine of an icon."""
        hook = self.scope.model.get_submodule(LAYER).register_forward_hook(
            lambda _module, _inputs, output: self.seen.append(output)
        )
        key, row = (f"cell {cell}",), torch.tensor([cell])
        numbers = Fourier().start(self.canvas, key, 0).requires_grad_(True)
        optimizer = torch.optim.Adam([numbers], lr=0.05)
        for step in range(steps):
            optimizer.zero_grad()
            image = Fourier().image(self.canvas, numbers)
            view = views_of(image, LUCID, Draws(0, key, step), 0.0, self.canvas.size)
            (-self.goals.scores(self.reached(view), row).sum()).backward()
            optimizer.step()
        with torch.no_grad():
            found = self.reached(Fourier().image(self.canvas, numbers))
        hook.remove()
        return float(self.goals.cosines(found, row))


def timed(work) -> tuple[float, object]:
    """Return seconds of the processor, and what the work gives."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def tell(name: str, icons: Sequence[Icon], seconds: float) -> None:
    """Print what a level took and reaches."""
    reached = cosines(icons)
    low, middle, high = reached.quantile(torch.tensor([0.1, 0.5, 0.9])).tolist()
    steps = statistics.mean(icon.steps for icon in icons)
    print(
        f"  {name}: {len(icons)} icons in {seconds:.1f} s, {seconds / len(icons):.3f} s and "
        f"{steps:.0f} steps each; cosine {middle:.3f} (10 % below {low:.3f}, 10 % above "
        f"{high:.3f}), at least 0.6 for {(reached >= 0.6).float().mean():.1%}"
    )


def end_to_end(scope: cs.Scope, data: Data, options: argparse.Namespace) -> None:
    """Print what all icons of both levels take, against one at a time."""
    print("end to end")
    coarse = torch.from_numpy(data.coarse.activations)
    fine = torch.from_numpy(data.fine.activations)
    first_seconds, parents = timed(lambda: rendered(scope, data, coarse))
    tell(f"level {LEVELS[0]}", parents, first_seconds)
    starts = [None if row is None else parents[row].image for row in data.parents]
    next_seconds, children = timed(lambda: rendered(scope, data, fine, starts=starts))
    tell(f"level {LEVELS[1]}", children, next_seconds)
    if options.sheet is not None:
        sheet([*parents, *children], options.sheet)
    ours, count = first_seconds + next_seconds, len(parents) + len(children)
    lucid = Lucid(scope, data)
    for weight in scope.model.parameters():
        weight.requires_grad_(True)
    lucid.render(0, 4)
    rows = list(range(0, len(coarse), max(1, len(coarse) // options.loop)))[: options.loop]
    found = [timed(lambda row=row: lucid.render(row, LUCID_STEPS)) for row in rows]
    each = [seconds for seconds, _ in found]
    reached = torch.tensor([cosine for _, cosine in found])
    print(
        f"  one at a time, {LUCID_STEPS} steps: {statistics.mean(each):.2f} s each "
        f"({min(each):.2f} to {max(each):.2f}, {len(each)} icons); cosine {reached.median():.3f}"
    )
    per_step = statistics.mean(each) / LUCID_STEPS
    for steps in (LUCID_STEPS, NOISE):
        whole = per_step * steps * count
        print(
            f"  {count} icons: {ours:.0f} s; one at a time with {steps} steps {whole:.0f} s "
            f"(extrapolated): {whole / ours:.1f} times"
        )


def sheet(icons: Sequence[Icon], path: Path, columns: int = 24) -> None:
    """Save all icons as one picture."""
    size, rows = icons[0].image.shape[-1], -(-len(icons) // columns)
    tiles = torch.full((rows * columns, 3, size, size), 255, dtype=torch.uint8)
    tiles[: len(icons)] = torch.stack([icon.image for icon in icons])
    padded = functional.pad(tiles, (1, 1, 1, 1), value=255).view(rows, columns, 3, size + 2, -1)
    whole = padded.permute(0, 3, 1, 4, 2).reshape(rows * (size + 2), columns * (size + 2), 3)
    Image.fromarray(np.ascontiguousarray(whole.numpy())).save(path)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--sample", type=int, default=24, help="children whose steps are counted")
    parser.add_argument("--loop", type=int, default=4, help="icons made one at a time")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sheet", type=Path, help="where a picture of all icons goes")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    scope = cs.demo.scope()
    data = data_of(scope, options.images)
    print(
        f"EfficientNet-Lite0, {LAYER}, {options.threads} thread(s): {len(data.coarse)} cells of "
        f"level {LEVELS[0]}, {len(data.fine)} of level {LEVELS[1]}",
        flush=True,
    )
    count_steps(scope, data, options.sample)
    end_to_end(scope, data, options)


if __name__ == "__main__":
    main()
