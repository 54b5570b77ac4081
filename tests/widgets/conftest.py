"""What the tests of the widgets share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake import Probe, Recorder


@pytest.fixture
def probe() -> Iterator[Probe]:
    widget = Probe()
    yield widget
    widget.go.set()
    widget.close()
    widget._dispatcher.jobs.join(5)


@pytest.fixture
def recorder(probe: Probe) -> Recorder:
    return Recorder(probe)
