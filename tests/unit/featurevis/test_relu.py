"""Redirected ReLU: per picture, whatever spells the activation; values stay as they are."""

import pytest
import torch
from nets import scope, small
from torch import nn
from torch.nn import functional

from convscope.featurevis import optimize, redirected_relu

SPELLINGS = {
    "module": nn.ReLU(),
    "in place": nn.ReLU(inplace=True),
    "function": functional.relu,
    "torch": torch.relu,
    "method": lambda x: x.relu(),
    "method in place": lambda x: x.clone().relu_(),
    "ReLU6": nn.ReLU6(),
    "relu6": functional.relu6,
    "hardtanh": lambda x: functional.hardtanh(x, 0.0, 6.0),
    "GELU": nn.GELU(),
    "gelu tanh": nn.GELU("tanh"),
    "SiLU": nn.SiLU(),
    "silu": functional.silu,
}

# Rows: wholly blocked, partly on, off and pushed further off.
X = torch.tensor([[-7.0, -8.0, -9.0], [-7.0, 1.0, 2.0], [-7.0, -8.0, -9.0]])
UP = torch.tensor([[-1.0], [-1.0], [1.0]])  # d loss / d activation


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_blocked_picture_gets_the_gradient_of_the_identity_and_others_their_own(spelling):
    function = SPELLINGS[spelling]

    def gradient():
        x = X.clone().requires_grad_(True)
        y = function(x * 1.0)
        return y.detach(), torch.autograd.grad((y * UP).sum(), x)[0]

    values, plain = gradient()
    with redirected_relu():
        redirected_values, redirected = gradient()
    torch.testing.assert_close(redirected_values, values)
    assert redirected[0].tolist() == [-1, -1, -1]
    torch.testing.assert_close(redirected[1], plain[1])
    assert (redirected[2].abs() < 1e-3).all()


def test_above_six_relu6_is_blocked_too_and_lets_through_only_what_lowers():
    x = torch.tensor([[7.0, 8.0], [7.0, 8.0]], requires_grad=True)
    with redirected_relu():
        y = functional.relu6(x)
    grad = torch.autograd.grad((y * torch.tensor([[1.0], [-1.0]])).sum(), x)[0]
    assert grad.tolist() == [[1, 1], [0, 0]]


def test_the_backward_pass_may_run_inside_the_context_too():
    x = torch.full((2, 3), -1.0, requires_grad=True)
    with redirected_relu():
        grad = torch.autograd.grad(-functional.relu(x).sum(), x)[0]
    assert (grad == -1).all()
    assert torch.autograd.grad(torch.relu(x).sum(), x)[0].abs().sum() == 0


@pytest.mark.parametrize("act", [nn.ReLU, nn.ReLU6])
def test_a_unit_that_is_off_on_the_start_comes_on(act):
    """Batched with one that fires: each gets a gradient."""
    net = small(act=act)
    with torch.no_grad():
        net.conv2.bias[:] = -0.3
        net.norm.bias[4] = -0.2
        net.norm.bias[5] = 3.0

    def reached(redirect):
        run = optimize(scope(net=net), ["act2:4@3,4", "act2:5@3,4"], steps=60, redirect=redirect)
        for _ in run:
            pass
        return [each.quality.activation for each in run.results()]

    blocked, firing = reached(0)
    assert blocked == 0 < firing
    freed, firing = reached(60)
    assert freed > 0 < firing
