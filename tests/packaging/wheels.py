"""Building convscope, and installing it where there is nothing else of it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    """A virtual environment with convscope from the wheel, and no Node on its PATH."""

    folder: Path

    @property
    def python(self) -> Path:
        """Return the interpreter of the environment."""
        return self.folder / "bin" / "python"

    @property
    def package(self) -> Path:
        """Return the folder of the installed package."""
        return next(self.folder.glob("lib/python*/site-packages/convscope"))

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """Run a command of the environment and return what it printed; fail when it fails."""
        done = subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            cwd=cwd or self.folder,
            env=without_node(self.folder),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout


def without_node(home: Path) -> Mapping[str, str]:
    """Return an environment with nothing on PATH and nothing that points at this repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PATH": str(home / "bin"), "HOME": str(home), "MPLCONFIGDIR": str(home)}


def build(source: Path, out: Path, kind: str, **environment: str) -> Path:
    """Build a wheel or sdist of ``source`` with the tools that are installed here."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(out)]
    done = subprocess.run(
        [*command, str(source)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the {kind} of {source} was not built:\n{done.stdout}{done.stderr}")
    return next(out.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


def make_environment(folder: Path, wheel: Path) -> Environment:
    """Install the wheel in a fresh environment; what it depends on is lent from this one."""
    venv = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(venv, check=True, capture_output=True)
    made = Environment(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(made.python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    # A path in a .pth file is searched, but .pth files in it are not read: this environment's
    # editable convscope stays out of sight.
    lent = sysconfig.get_path("purelib")
    (made.package.parent / "lent.pth").write_text(f"{lent}\n")
    return made
