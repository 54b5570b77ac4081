import pytest
import torch
from torch import nn

import convscope as cs
from convscope.atlas.icons.frame import frame_of, spot_of
from convscope.atlas.icons.goal import Goals, Whitening
from convscope.featurevis.begin import set_up
from convscope.featurevis.objectives import direction_neuron
from convscope.featurevis.pictures import pictures_of
from convscope.featurevis.settings import Settings

REACHED = torch.tensor([[1.0, 2.0, 0.5], [3.0, -1.0, 1.0]])
WANTED = torch.tensor([[2.0, 1.0, 1.0], [1.0, 0.0, 2.0], [4.0, 4.0, 0.0]])
CELLS = torch.tensor([2, 0])


def test_the_papers_rule_is_its_formula():
    goals = Goals.of(WANTED, None, "paper", 3.0)
    expected = []
    for h, v in zip(REACHED, WANTED[CELLS], strict=True):
        expected.append((h @ v) ** 4 / (h.norm() * v.norm()) ** 3)
    torch.testing.assert_close(goals.scores(REACHED, CELLS), torch.stack(expected))


def test_lucids_rule_is_its_code():
    matrix = torch.tensor([[2.0, 0.5, 0.0], [0.5, 1.0, 0.1], [0.0, 0.1, 3.0]])
    goals = Goals.of(WANTED, Whitening(matrix), "lucid", 4.0)
    expected = []
    for h, v in zip(REACHED, WANTED[CELLS], strict=True):
        dot = (h * (v @ matrix)).mean()
        expected.append(dot * torch.clamp(dot / (1e-4 + h.norm()), min=0.1) ** 4)
    torch.testing.assert_close(goals.scores(REACHED, CELLS), torch.stack(expected))


def test_centred_whitening_takes_the_mean_off_both():
    matrix, mean = torch.diag(torch.tensor([1.0, 2.0, 4.0])), torch.tensor([0.5, 0.5, 0.0])
    goals = Goals.of(WANTED, Whitening(matrix, mean), "paper", 0.0)
    expected = [
        (h - mean) @ matrix @ (v - mean) for h, v in zip(REACHED, WANTED[CELLS], strict=True)
    ]
    torch.testing.assert_close(goals.scores(REACHED, CELLS), torch.stack(expected))


def test_the_opposite_direction_is_no_second_maximum():
    goals = Goals.of(torch.tensor([[1.0, 1.0]]), None, "paper", 3.0)
    scores = goals.scores(torch.tensor([[-5.0, -5.0], [-1.0, -1.0]]), torch.tensor([0, 0]))
    assert scores[0] < scores[1] < 0


def test_cosines_are_plain_also_with_whitening():
    goals = Goals.of(WANTED, Whitening(torch.diag(torch.tensor([9.0, 1.0, 5.0]))), "paper", 2.0)
    expected = torch.nn.functional.cosine_similarity(REACHED, WANTED[CELLS])
    torch.testing.assert_close(goals.cosines(REACHED, CELLS), expected)


def strided(padding):
    """Two strided convolutions whose middle tap alone counts, so that the place is known."""
    net = nn.Sequential(
        nn.Conv2d(3, 4, 5, stride=2, padding=padding), nn.Conv2d(4, 6, 5, stride=2, padding=2)
    )
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(1)
        for conv in net:
            weight = torch.randn(*conv.weight.shape[:2])
            conv.weight.zero_()
            conv.weight[:, :, 2, 2] = weight
    return cs.Scope(net.eval(), cs.Preprocess(size=(64, 48), channels=3))


def spot(scope, size):
    pictures = pictures_of(scope, direction_neuron("1", torch.ones(6)), Settings(size=size))
    return spot_of(set_up(scope, pictures, Settings(size=size)), "1")


def test_the_middle_of_what_a_unit_sees_is_measured():
    found = spot(strided(2), (32, 40))
    assert found.centre == pytest.approx((16.0, 20.0))  # unit (4, 5) of 8 × 10, stride 4
    assert found.spread == pytest.approx(0.0, abs=1e-6)


def test_the_icon_lies_around_it():
    frame = frame_of(strided(2), "1", 12)
    top, left = frame.corner
    height, width = frame.setup.canvas.size
    unit_y, unit_x = (-(-height // 4)) // 2 * 4, (-(-width // 4)) // 2 * 4
    assert abs(top + 6 - unit_y - 0.5) <= 1
    assert abs(left + 6 - unit_x - 0.5) <= 1
    assert min(frame.margins()) >= 0
    assert sum(frame.margins()[:2]) + 12 == width


def test_an_icon_is_cut_out_of_its_canvas():
    frame = frame_of(strided(2), "1", 12)
    height, width = frame.setup.canvas.size
    canvas = torch.arange(height * width).view(1, 1, height, width)
    top, left = frame.corner
    assert torch.equal(frame.cut(canvas), canvas[:, :, top : top + 12, left : left + 12])


def test_networks_of_one_size_get_canvases_of_that_size():
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * 20 * 28, 3))
    scope = cs.Scope(net.eval(), cs.Preprocess(size=(20, 28), channels=3))
    frame = frame_of(scope, "2", None)
    assert frame.setup.canvas.size == (20, 28)
    assert frame.side <= 20
