import shutil
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

import small


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """An atlas that was built without interruption; for reading only."""
    path = tmp_path_factory.mktemp("atlas") / "whole"
    small.build(path)
    return path


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """An atlas without icons; for reading only."""
    path = tmp_path_factory.mktemp("atlas") / "begun"
    small.build(path, icons="none")
    return path


@pytest.fixture
def copied(begun, tmp_path):
    """The same, to be changed."""
    return shutil.copytree(begun, tmp_path / "copy")


@pytest.fixture
def rendered(whole, tmp_path):
    """One with patches, to be changed."""
    return shutil.copytree(whole, tmp_path / "rendered")
