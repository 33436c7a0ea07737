"""Durations as ARM bodies write them: `PT1M30S`, after ISO 8601, days and below."""

from __future__ import annotations

import re

from retailctl.emulator.arm.errors import invalid_body

_DURATION = re.compile(
    r"^P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?$"
)
_SECONDS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def seconds(value: str) -> float:
    """Length in seconds of an ISO 8601 duration.

    Raises ValueError when it is none, or uses years or months, whose length is not fixed.
    """
    match = _DURATION.match(value)
    if not match or not any(match.groupdict().values()):
        raise ValueError(f"{value!r} is not an ISO 8601 duration such as PT1M30S")
    return sum(float(match[unit]) * length for unit, length in _SECONDS.items() if match[unit])


def seconds_of(field: str, value: str) -> float:
    """Length in seconds of a body's field. Raises ArmError (400) that names the field."""
    try:
        return seconds(value)
    except ValueError as error:
        raise invalid_body(field, str(error)) from error
