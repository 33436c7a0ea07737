"""Every setting of the service: a field, the environment variable it is read from, its default and its meaning."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

RANGES: Mapping[type, tuple[int, int]] = {int: (1, 2**31 - 1), float: (0, 24 * 3600)}
"""Of every number of that kind; those with a fraction are seconds, and timers take no endless ones."""

MOST_WORKERS = 64


class InvalidSetting(Exception):
    """An environment variable holds a value that the service cannot use."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once at start. ``AZUREML_MODEL_DIR`` is the platform's; the others are ``SERVING_<FIELD>``."""

    model_dir: Path | None = None
    """The folder that holds the registered model (AZUREML_MODEL_DIR)."""
    slot: str = ""
    """Name of the slot for log lines and metrics; the platform does not tell a container."""
    log_level: str = "INFO"
    """DEBUG also logs the probes' requests."""
    max_body_bytes: int = 8 * 1024 * 1024
    """A larger request body is answered by 413."""
    max_series: int = 10_000
    """More entries of `series` in one request are answered by 413."""
    threads: int = 2
    """Parts of large requests computed at once, on as many cores; small requests never wait for them."""
    workers: int = 1
    """Processes; several share the memory of one model."""
    max_requests: int = 256
    """Requests for forecasts in flight; further ones are answered by 429. This and the next are each worker's own."""
    max_pending_series: int = 20_000
    """Series of the large ones; a large request that would make them more is answered by 429."""
    deadline_seconds: float = 30.0
    """A forecast that is not there so long after the request came is given up: 503."""
    receive_seconds: float = 10.0
    """The head and the body of a request must each arrive, and each 256 KiB of an answer be taken, in this time."""
    max_connections: int = 1024
    """Further connections are answered by 503, except for probes."""
    summary_seconds: float = 60.0
    """At most so often is a line logged that sums up what was asked."""
    drain_seconds: float = 1.0
    """After SIGTERM: how long readiness is refused while requests are still taken."""
    shutdown_seconds: float = 30.0
    """After that: how long requests in flight may take to finish."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Raises InvalidSetting naming the variable, its value and what was expected."""
        given: dict[str, object] = {}
        for field in fields(cls):
            if field.name == "model_dir":
                continue
            name = f"SERVING_{field.name.upper()}"
            if name in environment:
                given[field.name] = _read(name, environment[name], type(field.default))
        folder = environment.get("AZUREML_MODEL_DIR")
        settings = cls(model_dir=Path(folder) if folder else None, **given)  # type: ignore[arg-type]
        if settings.log_level not in LOG_LEVELS:
            raise InvalidSetting(f"SERVING_LOG_LEVEL={settings.log_level}: expected one of {', '.join(LOG_LEVELS)}")
        if settings.workers > MOST_WORKERS:
            raise InvalidSetting(f"SERVING_WORKERS={settings.workers}: expected a number from 1 to {MOST_WORKERS}")
        return settings


def _read(name: str, text: str, kind: type) -> object:
    try:
        value = kind(text)
    except ValueError:
        raise InvalidSetting(f"{name}={text}: expected a number") from None
    if kind in RANGES:
        lowest, highest = RANGES[kind]
        if not lowest <= value <= highest:  # NaN is not
            raise InvalidSetting(f"{name}={text}: expected a number from {lowest} to {highest}")
    return value
