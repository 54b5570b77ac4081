"""Draws depend on the seed, the sample and the name, and on nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from convscope.augment.dice import Dice, field

MANY = np.arange(20_000)


@given(st.integers(0, 2**40), st.lists(st.integers(0, 2**50), min_size=1, max_size=9))
def test_a_sample_draws_alike_alone_and_in_any_company(seed: int, samples: list[int]) -> None:
    together = Dice(seed, np.asarray(samples), "Rotate").uniform("degrees")
    alone = [Dice(seed, np.asarray([i]), "Rotate").uniform("degrees")[0] for i in samples]
    assert together.tolist() == alone


def test_uniform_draws_are_uniform_and_within_their_range() -> None:
    drawn = Dice(3, MANY, "x").uniform("value", -2.0, 5.0)
    assert drawn.min() >= -2
    assert drawn.max() < 5
    assert stats.kstest((drawn + 2) / 7, "uniform").pvalue > 0.001


def test_whole_draws_reach_both_ends_evenly() -> None:
    drawn = Dice(3, MANY, "x").whole("bits", 2, 6)
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == [2, 3, 4, 5, 6]
    assert stats.chisquare(counts).pvalue > 0.001


def test_names_keys_seeds_and_neighbouring_samples_are_independent() -> None:
    base = Dice(0, MANY, "Rotate")
    for other in (
        base.uniform("y"),
        Dice(1, MANY, "Rotate").uniform("x"),
        base.of("part").uniform("x"),
        Dice(0, MANY + 1, "Rotate").uniform("x"),
    ):
        assert abs(stats.spearmanr(base.uniform("x"), other).statistic) < 0.03


def test_fields_come_back_from_their_seed() -> None:
    seeds = Dice(0, MANY[:2], "GaussianNoise").seeds("noise")
    assert seeds.max() < 2**31
    first, again, other = (field(s).standard_normal(5) for s in (seeds[0], seeds[0], seeds[1]))
    assert (first == again).all()
    assert (first != other).all()


def test_the_draws_of_a_seed_never_change_between_versions() -> None:
    drawn = Dice(7, np.arange(3), "Rotate").uniform("degrees")
    assert drawn.round(12).tolist() == [0.017241289377, 0.17000613922, 0.825271147093]
