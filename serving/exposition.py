"""The Prometheus text exposition format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats).

Written by hand: it is a page of code, and the client library keeps its numbers in files when there are workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

Labels = Mapping[str, str]
Kind = Literal["counter", "gauge", "histogram"]
BARE: Labels = {}


@dataclass(frozen=True, slots=True)
class Distribution:
    """One histogram: ``counts[i]`` values up to ``bounds[i]``, the last count those above every bound."""

    bounds: Sequence[float]
    counts: Sequence[float]
    sum: float


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with its samples, one for each set of labels."""

    name: str
    kind: Kind
    meaning: str
    samples: Sequence[tuple[Labels, float | Distribution]]


def exposition(families: Iterable[Family]) -> str:
    """All families as text. A histogram's buckets are cumulative."""
    lines: list[str] = []
    for family in families:
        lines += [f"# HELP {family.name} {family.meaning}", f"# TYPE {family.name} {family.kind}"]
        for labels, value in family.samples:
            if isinstance(value, Distribution):
                lines += _histogram(family.name, labels, value)
            else:
                lines.append(f"{family.name}{_written(labels)} {_number(value)}")
    return "\n".join(lines) + "\n"


def _histogram(name: str, labels: Labels, values: Distribution) -> Iterator[str]:
    up_to = [*accumulate(values.counts)]
    for bound, count in zip((*values.bounds, "+Inf"), up_to, strict=True):
        yield f"{name}_bucket{_written({**labels, 'le': str(bound)})} {_number(count)}"
    yield f"{name}_sum{_written(labels)} {values.sum:.9g}"
    yield f"{name}_count{_written(labels)} {_number(up_to[-1])}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _written(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
