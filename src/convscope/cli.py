"""The command ``convscope``: ``demo`` opens the tour, ``atlas`` builds activation atlases."""

from __future__ import annotations

import argparse
import functools
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from convscope import __version__
from convscope.cli_atlas import add_atlas, run_atlas


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 for a failure, 2 for a wrong use.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those that the process was started with.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return 2
    if options.command == "atlas":
        say = functools.partial(_say, command="atlas")
        return _answered(lambda: run_atlas(options, say), say)
    if options.html is not None and (options.no_browser or options.notebook_dir is not None):
        parser.error("--html makes a page and opens nothing; leave out the other options")
    if options.html is not None:
        return _answered(lambda: _make_page(options.html), _say)
    folder = options.notebook_dir or Path("convscope-demo")
    return _answered(lambda: _open_lab(folder, no_browser=options.no_browser), _say)


def _answered(work: Callable[[], int], say: Callable[[str], None]) -> int:
    """Return the exit code of some work, and say in a sentence why it fails."""
    try:
        return work()
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="convscope", description="See what a convolutional network sees."
    )
    parser.add_argument("--version", action="version", version=f"convscope {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="take the tour: a real network on real photographs, offline",
        description="Copy the tour notebook and open it in JupyterLab, or make one page of it.",
    )
    demo.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="run the tour and write it as one offline page instead",
    )
    demo.add_argument(
        "--notebook-dir",
        type=Path,
        metavar="DIR",
        help="folder for your copy of the notebook (default: convscope-demo)",
    )
    demo.add_argument(
        "--no-browser", action="store_true", help="start JupyterLab without opening a browser"
    )
    add_atlas(commands)
    return parser


def _make_page(target: Path) -> int:
    if importlib.util.find_spec("markdown_it") is None:
        raise _needs("markdown-it-py", "writes the tour's text")
    from convscope.demo.page import write_page

    write_page(target, say=_say)
    _say(f"wrote {target} ({target.stat().st_size / 1e6:.1f} MB)")
    return 0


def _open_lab(folder: Path, *, no_browser: bool) -> int:
    if importlib.util.find_spec("jupyterlab") is None:
        raise _needs("jupyterlab", "opens the tour")
    from convscope.demo.tour import copy_tour

    notebook = copy_tour(folder)
    _say(f"opening {notebook}")
    command = [sys.executable, "-m", "jupyterlab", str(notebook)]
    if no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container one is root, and JupyterLab would refuse to start.
        command.append("--allow-root")
    return _wait_for(subprocess.Popen(command))


def _wait_for(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # noqa: PERF203
            continue  # JupyterLab got it too, asks what is meant, and ends its kernels


def _needs(package: str, role: str) -> ModuleNotFoundError:
    from convscope.demo._extra import needs

    return needs(package, role)


def _say(sentence: str, *, command: str = "demo") -> None:
    print(f"convscope {command}: {sentence}", file=sys.stderr, flush=True)
