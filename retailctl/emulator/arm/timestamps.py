"""Instants as the service writes them: UTC, ISO 8601, microseconds, `Z` or an offset of zero."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def text(instant: datetime) -> str:
    """`2026-03-01T12:00:00.000000Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now_text() -> str:
    """The present instant as text."""
    return text(now())


def parse(value: str) -> datetime:
    """An instant written as ISO 8601; without an offset it is UTC.

    Raises ValueError when it is none.
    """
    instant = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
