"""Student's t against the published tables."""

from __future__ import annotations

import math

import pytest

from retailctl.domain.comparison.student import critical_value, two_sided_p

TABLE = [
    (0.95, 1, 12.706),
    (0.95, 2, 4.303),
    (0.95, 3, 3.182),
    (0.95, 4, 2.776),
    (0.90, 5, 2.015),
    (0.99, 9, 3.250),
    (0.95, 19, 2.093),
    (0.998, 30, 3.385),
]


@pytest.mark.parametrize(("confidence", "degrees", "value"), TABLE)
def test_critical_values_are_the_tabulated_ones(confidence: float, degrees: int, value: float) -> None:
    assert critical_value(confidence, degrees) == pytest.approx(value, abs=6e-4)


@pytest.mark.parametrize("degrees", range(1, 31))
@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.95, 0.999])
def test_the_p_value_of_a_critical_value_is_what_the_confidence_leaves(confidence: float, degrees: int) -> None:
    assert two_sided_p(critical_value(confidence, degrees), degrees) == pytest.approx(1 - confidence, rel=1e-9)


def test_one_degree_of_freedom_is_cauchy_s_distribution_and_two_have_a_closed_form() -> None:
    for t in (-3.0, 0.2, 1.0, 7.5):
        assert two_sided_p(t, 1) == pytest.approx(1 - 2 / math.pi * math.atan(abs(t)))
        assert two_sided_p(t, 2) == pytest.approx(1 - abs(t) / math.sqrt(2 + t * t))


def test_no_difference_at_all_has_a_p_value_of_one() -> None:
    assert two_sided_p(0.0, 4) == 1.0
    assert two_sided_p(1e9, 4) == pytest.approx(0.0, abs=1e-12)
