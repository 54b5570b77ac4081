"""The built wheel, and a clean environment it is installed in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from wheels import Environment, build, make_environment


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that stands here, so that ``-m "not packaging"`` leaves it out."""
    for item in items:
        if "packaging" in item.path.parts:
            item.add_marker(pytest.mark.packaging)


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this tree."""
    return build(root, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Install it in a clean environment."""
    return make_environment(tmp_path_factory.mktemp("installed") / "venv", wheel)


@pytest.fixture
def bundleless(installed: Environment, tmp_path: Path) -> Environment:
    """Return a copy of the installed environment that has lost its JavaScript."""
    folder = tmp_path / "venv"
    shutil.copytree(installed.folder, folder, symlinks=True)
    for script in folder.glob("lib/python*/site-packages/convscope/static/*.js"):
        script.unlink()
    return Environment(folder)
