"""A run: pictures that get better step by step, and can be looked at, stopped and continued."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from convscope.arguments import check_count
from convscope.featurevis.batching import split
from convscope.featurevis.begin import set_up, start_numbers
from convscope.featurevis.draws import Draws
from convscope.featurevis.forward import clean_scores, with_less_memory
from convscope.featurevis.objectives import Objective, Plan
from convscope.featurevis.pictures import Picture, chosen, pictures_of
from convscope.featurevis.result import FeatureImage, Progress, Quality, joined
from convscope.featurevis.settings import Settings
from convscope.featurevis.transforms import views_of

if TYPE_CHECKING:
    from convscope.scope import Scope

_BETTER = 1.005  # by how much an activation must rise to count as better
_CLEAR = 0.5  # weight of transparency against the objective


class Run(Iterator[Progress]):
    """Pictures under way. Iterate over it; stop when you like; ask for :meth:`results` any time.

    Between two steps the model is as it was.

    Parameters
    ----------
    scope
        The network.
    targets
        One target, or a list of different ones: they share every pass.
    settings
        All options.
    """

    def __init__(self, scope: Scope, targets: Any, settings: Settings) -> None:
        self.settings = settings
        self.pictures = pictures_of(scope, targets, settings)
        self._setup = set_up(scope, self.pictures, settings)
        self.steps = settings.steps
        self.step = 0
        self.seconds = 0.0
        count = len(self.pictures)
        self._numbers = start_numbers(self._setup, self.pictures, settings)
        self._optimizer = settings.chosen_optimizer()
        self._transforms = settings.chosen_transforms(self._setup.canvas.size)
        self._active = list(range(count))
        self._limit = self._setup.limit
        self._best = self._numbers.clone()
        self._latest = torch.full((count,), torch.nan)
        self._reached = torch.full((count,), torch.nan)
        self._level = torch.full((count,), torch.nan)  # what was reached at looks that count
        self._stale = torch.zeros(count, dtype=torch.long)
        self._made = torch.zeros(count, dtype=torch.long)
        self._shown: Tensor | None = None
        self._losses: list[Tensor] = []
        self._checked = False
        self._notes: dict[int, str] = {}

    @property
    def objectives(self) -> list[Objective]:
        """What the pictures of `results` maximise, in names of the network."""
        return [self.pictures[index].objective for index in self._chosen()]

    def maps_of(self, picture: FeatureImage) -> dict[str, Tensor]:
        """Return what the layers of the run give for a picture, each (1, C, H, W)."""
        response = self._setup.response
        view = self._viewed(picture.shown[None].to(self._numbers))
        with response.open(gradients=False):
            return response.maps(view)

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said about the run."""
        return (*self._setup.notes, *dict.fromkeys(self._notes.values()))

    @property
    def history(self) -> Tensor:
        """(N, steps), the objectives so far, on the transformed views; NaN once finished."""
        count = len(self.pictures)
        return -torch.stack(self._losses, 1) if self._losses else torch.zeros(count, 0)

    @property
    def ended(self) -> bool:
        """Whether no step is left: all were made, or every picture is finished."""
        return self.step >= self.steps or not self._active

    def extend(self, steps: int) -> Run:
        """Allow more steps, and return the run: iterate over it again to go on."""
        self.steps = self.step + check_count("steps", steps)
        return self

    def __iter__(self) -> Run:
        return self

    def __next__(self) -> Progress:
        if self.ended:
            raise StopIteration
        began = time.perf_counter()
        active = list(self._active)
        self._limit, (images, losses, grad) = with_less_memory(self._limit, self._gradient)
        self._move(losses, grad)
        self.step += 1
        self._record(active, images, losses)
        self._checked = False
        if self.step % self.settings.check == 0 or self.step >= self.steps:
            self._check()
        self.seconds += time.perf_counter() - began
        return self._progress()

    def results(self) -> list[FeatureImage]:
        """Return the best pictures so far, in the order of the targets and their copies."""
        began = time.perf_counter()
        if not self._checked:
            self._check(counts=False)
        self.seconds += time.perf_counter() - began
        with torch.no_grad():
            return [self._result(index) for index in self._chosen()]

    def result(self) -> FeatureImage:
        """Return the best picture of the first target."""
        return self.results()[0]

    def _chosen(self) -> list[int]:
        """Return which pictures are given, in the order of targets and copies."""
        wanted = chosen(self.pictures, self._reached)
        return sorted(wanted, key=lambda i: (self.pictures[i].target, self.pictures[i].copy))

    def _result(self, index: int) -> FeatureImage:
        param, canvas = self.settings.chosen_param, self._setup.canvas
        image, alpha = joined(
            param.image(canvas, self._best[index : index + 1])[0], canvas.channels
        )
        curve = torch.stack([-each[index] for each in self._losses]) if self._losses else None
        notes = (*self._setup.notes, *([self._notes[index]] if index in self._notes else []))
        quality = Quality(
            activation=float(self._reached[index]),
            data_maximum=None,
            cosine=None,
            steps=int(self._made[index]),
            seconds=self.seconds / len(self.pictures),
            seed=self.settings.seed,
        )
        history = torch.zeros(0) if curve is None else curve[curve.isfinite()]
        return FeatureImage(self.pictures[index].title, image, alpha, quality, history, notes)

    def _gradient(self, limit: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return images, losses and gradients of all active pictures."""
        families = [self.pictures[index].family for index in self._active]
        views = self.settings.chosen_views
        parts = split(families, max(1, limit // views))
        redirect = self.step < self.settings.redirect
        with self._setup.response.open(gradients=True, redirect=redirect):
            found = [self._look(part) for part in parts]
        images, losses, grads = (list(each) for each in zip(*found, strict=True))
        return torch.cat(images), torch.cat(losses), torch.cat(grads)

    def _look(self, part: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Return images, losses and gradients of some active pictures."""
        rows = [self.pictures[index] for index in self._active[part]]
        numbers = self._numbers[part].detach().requires_grad_(True)
        with torch.autocast(numbers.device.type, enabled=False):
            images = self.settings.chosen_param.image(self._setup.canvas, numbers)
        modify = self.settings.chosen_gradient
        if modify is not None:
            images.register_hook(lambda grad: -modify(-grad))  # type: ignore[no-untyped-call]
        scores = self._scores(images, rows)
        loss = -scores
        if self._setup.canvas.alpha:
            clear = images[:, self._setup.canvas.channels :].mean(dim=(1, 2, 3))
            loss = loss + _CLEAR * scores.detach().abs() * clear
        grad = torch.autograd.grad(loss.sum(), numbers)[0]
        return images.detach(), -scores.detach().cpu(), grad

    def _scores(self, images: Tensor, rows: Sequence[Picture]) -> Tensor:
        """Return the objectives (N,) on transformed views of pictures."""
        views = self.settings.chosen_views
        names = [f"{row.key}/{view}" for row in rows for view in range(views)]
        draws = Draws(self.settings.seed, tuple(names), self.step)
        repeated = images.repeat_interleave(views, 0) if views > 1 else images
        progress = self.step / max(1, self.steps - 1)
        with torch.autocast(images.device.type, enabled=False):
            shown = self._opaque(repeated, draws)
            shown = views_of(shown, self._transforms, draws, progress, self._setup.view_size)
        plan = Plan([row.objective for row in rows for _ in range(views)])
        families = torch.tensor([row.family for row in rows for _ in range(views)])
        response = self._setup.response
        return response.scores(repeated, shown, plan, families).view(-1, views).mean(1)

    def _opaque(self, images: Tensor, draws: Draws | None) -> Tensor:
        """Lay transparent pictures over random soft backgrounds, or over grey without draws."""
        if not self._setup.canvas.alpha:
            return images
        colours = self._setup.canvas.channels
        image, alpha = images[:, :colours], images[:, colours:]
        if draws is None:
            return image * alpha + 0.5 * (1 - alpha)
        coarse = draws.normal((colours, 6, 6), "background").to(images).sigmoid()
        behind = functional.interpolate(
            coarse, self._setup.canvas.size, mode="bicubic", align_corners=False
        ).clamp(0, 1)
        return image * alpha + behind * (1 - alpha)

    def _move(self, losses: Tensor, grad: Tensor) -> None:
        """Make a step; pictures whose loss or gradient is not finite stop with what they had."""
        finite = losses.isfinite() & grad.flatten(1).sum(1).isfinite().cpu()
        if not bool(finite.all()):
            for row in (~finite).nonzero()[:, 0].tolist():
                self._notes[self._active[row]] = (
                    f"stopped at step {self.step}: the gradient is not finite; lower rate, now "
                    f"{self.settings.rate or self.settings.chosen_param.rate:g}"
                )
            self._keep(finite.nonzero()[:, 0])
            grad = grad[finite.to(grad.device)]
        self._made[self._active] += 1
        if self._active:
            self._optimizer.step(self._numbers, grad)

    def _keep(self, rows: Tensor) -> None:
        """Go on with some of the active pictures only."""
        on = rows.to(self._numbers.device)
        self._numbers = self._numbers[on]
        self._optimizer.keep(on)
        self._active = [self._active[row] for row in rows.tolist()]

    def _record(self, active: list[int], images: Tensor, losses: Tensor) -> None:
        count = len(self.pictures)
        if len(active) == count:
            self._shown = images
            self._losses.append(losses)
            return
        before = images.new_full((count, *images.shape[1:]), 0.5)
        shown = before if self._shown is None else self._shown.clone()
        shown[active] = images
        self._shown = shown
        self._losses.append(
            torch.full((count,), torch.nan).to(losses).index_copy(0, torch.tensor(active), losses)
        )

    @torch.no_grad()
    def _check(self, *, counts: bool = True) -> None:
        """Look at the clean pictures; keep the best, and finish those that no longer rise.

        A look that somebody asked for does not count: who asks often must not end a picture.
        """
        self._checked = True
        if not self._active:
            return
        images = self._opaque(
            self.settings.chosen_param.image(self._setup.canvas, self._numbers), None
        )
        images = self._viewed(images)
        objectives = [self.pictures[index].objective for index in self._active]
        scores = clean_scores(self._setup.response, images, objectives, self._limit).float()
        active = torch.tensor(self._active)
        better = scores.isfinite() & ~(scores <= self._reached[active])
        self._latest[active] = scores
        self._reached[active[better]] = scores[better]
        on = better.to(self._numbers.device)
        self._best[active[better].to(self._best.device)] = self._numbers[on]
        if not counts:
            return
        level = self._level[active]
        higher = scores.isfinite() & ~(scores <= level)
        risen = higher & ~(scores < level + (_BETTER - 1) * level.abs())
        self._level[active] = scores.where(higher, level)
        self._stale[active] = torch.where(risen, 0, self._stale[active] + 1)
        if self.settings.patience is not None:
            self._keep((self._stale[active] < self.settings.patience).nonzero()[:, 0])

    def _viewed(self, images: Tensor) -> Tensor:
        """Return clean pictures at the size that the network is shown."""
        size = self._setup.view_size
        if tuple(images.shape[2:]) == size:
            return images
        return functional.interpolate(images, size, mode="bilinear", antialias=True)

    def _progress(self) -> Progress:
        running = torch.zeros(len(self.pictures), dtype=torch.bool)
        running[self._active] = True
        shown = self._shown if self._shown is not None else self._numbers[:0]
        return Progress(
            step=self.step,
            steps=self.steps,
            images=shown,
            losses=self._losses[-1],
            activations=self._latest.clone(),
            running=running,
            seconds=self.seconds,
        )
