"""The service's metrics as OpenTelemetry instruments, which are asked when they are sent and cost a request nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from serving.exposition import Distribution, Family, Labels

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation

Source = Callable[[], Iterable[Family]]


@dataclass(frozen=True, slots=True)
class _Series:
    """The numbers of one instrument."""

    name: str
    counts: bool
    meaning: str
    samples: list[tuple[Labels, float]]


def observe(meter: Meter, source: Source) -> None:
    """An instrument for each family of ``source``; those of counters begin at what they are now.

    A histogram becomes two counters, of its sum and its count: OpenTelemetry has none that is observed.
    """
    now = [*_all_series(source())]
    before = {(series.name, _key(labels)): value for series in now if series.counts for labels, value in series.samples}

    def observed(name: str, _: CallbackOptions) -> Iterator[Observation]:
        from opentelemetry.metrics import Observation

        for series in _all_series(source()):
            if series.name == name:
                for labels, value in series.samples:
                    yield Observation(value - before.get((name, _key(labels)), 0.0), dict(labels))

    for series in now:
        create = meter.create_observable_counter if series.counts else meter.create_observable_gauge
        create(series.name, [partial(observed, series.name)], description=series.meaning)


def _all_series(families: Iterable[Family]) -> Iterator[_Series]:
    for family in families:
        if family.kind != "histogram":
            numbers = [(labels, value) for labels, value in family.samples if not isinstance(value, Distribution)]
            yield _Series(family.name, family.kind == "counter", family.meaning, numbers)
            continue
        found = [(labels, value) for labels, value in family.samples if isinstance(value, Distribution)]
        yield _Series(f"{family.name}_sum", True, family.meaning, [(labels, value.sum) for labels, value in found])
        counts = [(labels, sum(value.counts)) for labels, value in found]
        yield _Series(f"{family.name}_count", True, family.meaning, counts)


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
