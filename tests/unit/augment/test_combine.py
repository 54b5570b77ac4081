"""Probabilities are exact, however operations are nested."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from convscope import augment
from convscope.augment import Choice, Custom, OneOf, Pipeline, Sequential, SomeOf

N = 20_000


def _rates(pipe: Pipeline, labels: list[object] | None = None) -> dict[str, np.ndarray]:
    record = pipe.draw(N, labels=labels)
    return {column.key: column.applied for column in record.columns}


def _holds(applied: np.ndarray, p: float) -> bool:
    return bool(stats.binomtest(int(applied.sum()), N, p).pvalue > 0.001)


@pytest.mark.parametrize("p", [0.01, 0.1, 0.5, 0.7, 0.95, 0.99])
def test_an_operation_is_applied_as_often_as_it_says(p: float) -> None:
    assert _holds(_rates(Pipeline([Custom(p=p)], seed=4))["Custom"], p)


def test_never_and_always_are_exact() -> None:
    rates = _rates(Pipeline([Custom(p=0.0), Custom(p=1.0)], seed=0))
    assert not rates["Custom"].any()
    assert rates["Custom 2"].all()


def test_operations_are_drawn_independently_of_each_other() -> None:
    rates = _rates(Pipeline([Custom(p=0.5), Custom(p=0.5), Custom(p=0.5)], seed=1))
    for first, second in itertools.combinations(rates.values(), 2):
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


def test_one_of_chooses_exactly_one_by_weight() -> None:
    rates = _rates(
        Pipeline([OneOf([Custom(), Custom(), Custom()], weights=[1, 2, 1], p=0.8)], seed=2)
    )
    chosen = np.stack(list(rates.values()), 1)
    assert set(chosen.sum(1).tolist()) == {0, 1}
    assert _holds(chosen.any(1), 0.8)
    assert [_holds(each, share) for each, share in zip(chosen.T, (0.2, 0.4, 0.2), strict=True)] == [
        True
    ] * 3


def test_one_of_multiplies_with_the_probability_of_what_it_chose() -> None:
    rates = _rates(Pipeline([OneOf([Custom(p=0.5), Custom()], p=0.6)], seed=2))
    assert _holds(rates["Custom"], 0.15)
    assert _holds(rates["Custom 2"], 0.3)


def test_some_of_chooses_as_many_as_it_says_and_each_as_often() -> None:
    four = [Custom(), Custom(), Custom(), Custom()]
    rates = _rates(Pipeline([SomeOf(four, count=(1, 3))], seed=0))
    chosen = np.stack(list(rates.values()), 1)
    counts = np.bincount(chosen.sum(1), minlength=4)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 0.001
    assert all(_holds(each, 0.5) for each in chosen.T)


def test_a_sequence_is_taken_whole_or_not_at_all() -> None:
    rates = _rates(Pipeline([Sequential([Custom(), Custom()], p=0.3)], seed=5))
    assert (rates["Custom"] == rates["Custom 2"]).all()
    assert _holds(rates["Custom"], 0.3)


def test_each_class_has_its_own_operations() -> None:
    pipe = Pipeline([Choice({"cat": [Custom()], 3: Custom()}, default=[Custom()])], seed=0)
    record = pipe.draw(4, labels=["cat", 3, "dog", "cat"])
    applied = {column.key: column.applied.tolist() for column in record.columns}
    assert applied == {
        "Custom": [True, False, False, True],
        "Custom 2": [False, True, False, False],
        "Custom 3": [False, False, True, False],
    }


def test_a_choice_without_labels_says_what_it_needs() -> None:
    pipe = Pipeline([Choice({"cat": [Custom()]})], seed=0)
    with pytest.raises(ValueError, match=r"labels: Choice needs one for each image, .* 'cat'"):
        pipe.draw(2)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: OneOf([Custom(), Custom()], weights=[1]), "weights must be 2 numbers"),
        (lambda: OneOf([Custom()], weights=[0]), "weights are all 0"),
        (lambda: SomeOf([Custom()], count=(1, 2)), "count must be between 0 and 1"),
        (lambda: Sequential([Custom], p=1), "item 0 is no operation .* write Custom()"),
        (lambda: Sequential([Custom()], p=1.2), "p must be between 0 and 1; got 1.2"),
        (lambda: Sequential(Custom()), "operations must be a list"),
        (lambda: Choice([Custom()]), "classes must give operations for each label"),
        (lambda: Pipeline([abs]), "wrap a function in Custom"),
    ],
)
def test_what_is_wrong_is_named(build: object, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("()", r"\(\)")):
        build()  # type: ignore[operator]


def test_combinators_are_shown_as_they_are_written() -> None:
    pipe = Pipeline([OneOf([Custom(p=0.5)], weights=[1], p=0.25)], seed=9)
    words = repr(pipe)
    assert words.startswith("Pipeline([OneOf([Custom(")
    assert words.endswith("weights=(1,), p=0.25)], seed=9)")
    assert augment.Pipeline(pipe.operations, seed=9) == pipe
