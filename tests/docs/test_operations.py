"""The table of operations says what the operations declare."""

from __future__ import annotations

import sys
from pathlib import Path

from convscope import augment
from convscope.augment.operation import REGISTRY

ROOT = Path(__file__).parents[2]


def test_the_page_of_operations_is_the_one_that_would_be_written() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    import operations

    wanted = operations.page()
    assert operations.PAGE.read_text() == wanted, "run python tools/operations.py"


def test_every_operation_is_public_and_has_a_title_a_group_and_help_for_each_parameter() -> None:
    own = [each for each in REGISTRY.values() if each.__module__.startswith("convscope.")]
    for operation in own:
        assert getattr(augment, operation.__name__) is operation
        assert operation.title
        assert operation.group in ("place", "shape", "colour", "texture", "erase", "mix")
        assert all(param.help for param in operation.params().values())
        operation()  # has usable defaults
