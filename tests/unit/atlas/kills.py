"""Builds an atlas again and again in processes that are killed at random instants.

Run with a folder and a number of kills; prints what came of it as JSON. It forks itself, so that
torch is imported once.
"""

import json
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path

import torch
import zarr.codecs  # noqa: F401 - so that it is there before the forks

sys.path.insert(0, str(Path(__file__).parent))

import small

import convscope as cs
from convscope.atlas.attribute import attributed


def warm():
    """Have here before the forks what is imported on first use."""
    own = small.scope()
    inputs = next(iter(own.inputs.batches(small.images(2), 2)))[1]
    attributed(own, "second", "output", inputs, torch.ones(2, 1, 2, dtype=torch.long), "linear")
    list(cs.atlas.icons.render_inversions(own, "second", torch.ones(1, 8)))


def child(path):
    """Start a build in a process of its own."""
    process = os.fork()
    if process == 0:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                small.build(
                    path, given=small.images(120), layers=["relu"], levels=(3, 6), icons="both"
                )
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    return process


def outcome(process):
    """Wait; return None for a killed process, else its exit code."""
    _, status = os.waitpid(process, 0)
    return None if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


def stage(atlas):
    """Return the stage that an atlas is in."""
    if not atlas.store.has("samples/image") or atlas.store.missing():
        return "collect"
    for each in ("layout", "grid"):
        if any(atlas.store.marked(layer, each) is None for layer in atlas.layers):
            return each
    return "render"


def moment(path, took, dice):
    """Return how long to let a build run; a new one is caught while it still collects."""
    if path.exists():
        return dice.uniform(0.02, took * 0.6)
    while not (path / "samples" / "image").exists():
        time.sleep(0.001)
    return dice.uniform(0, 0.02)


def main(folder, kills):
    torch.set_num_threads(1)
    dice = random.Random(5)
    reference = folder / "reference"
    warm()
    began = time.monotonic()
    assert outcome(child(reference)) == 0
    took = time.monotonic() - began
    killed, finished, stages, differ, broken = 0, 0, set(), [], []
    while killed < kills:
        path = folder / f"try{finished}"
        while True:
            process = child(path)
            if killed < kills:
                time.sleep(moment(path, took, dice))
                os.kill(process, signal.SIGKILL)
            code = outcome(process)
            if code is None:
                killed += 1
                try:
                    atlas = cs.Atlas.open(path)
                    repr(atlas)
                    stages.add(stage(atlas))
                except cs.atlas.AtlasError as error:
                    if "there is no atlas" not in str(error):
                        broken.append(str(error))
                continue
            break
        finished += 1
        differ += small.differing(reference, path) if code == 0 else [f"exit code {code}"]
    told = {"killed": killed, "finished": finished, "stages": sorted(stages)}
    sys.stdout.write(json.dumps(told | {"differ": differ, "broken": broken}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
