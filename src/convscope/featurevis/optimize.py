"""Pictures that excite units, step by step: the loop that everything else here uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convscope.featurevis.run import Run
from convscope.featurevis.settings import settings_of

if TYPE_CHECKING:
    from convscope.scope import Scope


def optimize(scope: Scope, targets: Any, **options: Any) -> Run:
    """Return a run that makes one picture for each target, all in one batch.

    Iterate over it for the progress of each step. Leave the loop whenever you like: what is there
    stays, ``run.results()`` gives it, and ``run.extend(steps)`` goes on. Many targets at once
    cost memory; `visualize` takes any number, in chunks.

    Parameters
    ----------
    scope
        The network.
    targets
        ``"layer3:12"`` and the other spellings of `as_objective`, an objective, or a list.
    **options
        Those of `Settings`: ``steps``, ``size``, ``seed``, ``param``, ``transforms``, …

    Returns
    -------
    Run
        An iterator of `Progress`.

    Raises
    ------
    ValueError
        For a layer, unit, class or size that there is not, and for layers that do not depend on
        the picture.

    Examples
    --------
    >>> import convscope as cs
    >>> scope = cs.demo.digits().scope
    >>> run = optimize(scope, ["class:3", "conv3:12"], steps=20)
    >>> for progress in run:
    ...     if progress.step == 5:
    ...         break
    >>> [picture.quality.steps for picture in run.results()]
    [5, 5]
    >>> rest = list(run.extend(3))
    >>> run.step
    8
    """
    return Run(scope, targets, settings_of(options))
