"""The layer tree: what it knows, how it prints, how it answers wrong names."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from convscope import Scope


class Shared(nn.Module):
    """One convolution under two names and called twice, and one that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.again = nn.Conv2d(4, 4, 3, padding=1)
        self.twin = self.again
        self.idle = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.again(self.again(self.stem(x)).relu())


@pytest.fixture
def tree():
    return Scope(Shared(), example=torch.rand(1, 3, 20, 30)).layers


def test_a_layer_knows_its_kind_shape_parameters_and_receptive_field(tree):
    stem = tree["stem"]
    assert (stem.kind, stem.shape, stem.parameters) == ("Conv2d", (4, 20, 30), 4 * 3 * 9 + 4)
    assert (stem.receptive.size, stem.receptive.stride) == ((3, 3), (1, 1))
    assert tree["again@1"].receptive.size == (7, 7)


def test_a_module_called_twice_is_two_layers(tree):
    assert tree["again"].calls == 2
    assert [layer.name for layer in tree if layer.kind == "Conv2d" and layer.capturable] == [
        "stem",
        "again",
        "again@1",
    ]
    assert "called 2 times" in tree["again"].marks


def test_a_second_name_of_a_module_points_at_the_first(tree):
    assert tree["twin"].shared_with == "again"
    assert "same as again" in repr(tree)
    with pytest.raises(ValueError, match="same module as 'again'"):
        tree.find("twin")


def test_a_module_that_never_ran_is_marked_unused(tree):
    assert not tree["idle"].used
    assert "unused" in repr(tree)
    with pytest.raises(ValueError, match="did not run"):
        tree.find("idle")


def test_the_model_output_is_a_layer(tree):
    assert tree["output"].shape == (4, 20, 30)


def test_a_wrong_name_is_answered_with_the_closest_ones(tree):
    with pytest.raises(ValueError, match=r"no layer 'stam'; did you mean 'stem'\?"):
        tree.find("stam")


def test_the_last_part_of_a_dotted_name_is_recognised():
    nested = nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()))
    tree = Scope(nested).layers
    with pytest.raises(ValueError, match=r"did you mean '0\.1'"):
        tree.find("1")


def test_it_prints_every_layer_in_a_terminal_and_escapes_names_in_html():
    tree = Scope(nn.ModuleDict({"a<b": nn.Conv2d(3, 4, 3)}), example=torch.rand(1, 3, 9, 9))
    with pytest.raises(ValueError, match="NotImplementedError"):
        repr(tree.layers)

    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleDict({"a<b": nn.Conv2d(3, 4, 3)})

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.parts["a<b"](x)

    tree = Scope(Named()).layers
    assert "parts.a<b" in repr(tree)
    assert "parts.a&lt;b" in tree._repr_html_()
    assert "a<b" not in tree._repr_html_()


def test_a_changed_model_is_surveyed_again():
    net = nn.Sequential(nn.Conv2d(3, 4, 3))
    scope = Scope(net)
    assert "1" not in scope.layers
    net.append(nn.ReLU())
    assert scope.layers["1"].kind == "ReLU"


def test_indices_slices_and_membership_work_as_for_a_sequence(tree):
    assert tree[0] is tree["stem"]
    assert tree[0] in tree
    assert [layer.name for layer in tree[:2]] == ["stem", "again"]
    assert len(tree) == len(list(tree))
