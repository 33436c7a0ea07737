"""Connections that end leave nothing to the garbage collector, which the router seldom calls."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from retailctl.emulator.router.reading import RequestReader
from retailctl.emulator.router.upstream import UpstreamConnection


class _Pool:
    def take_back(self, connection: UpstreamConnection) -> None:
        raise AssertionError

    def forget(self, connection: UpstreamConnection) -> None:
        """An idle connection was closed."""


def _caller() -> None:
    reader = RequestReader()
    reader.feed(b"GET /shop/score HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert reader.requests[0].complete
    reader.close()


def _container() -> None:
    UpstreamConnection(_Pool()).connection_lost(None)


@pytest.mark.parametrize("connection", [_caller, _container])
def test_a_connection_that_ended_is_freed_at_once(connection: Callable[[], None]) -> None:
    connection()
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            connection()
        assert gc.collect() < 50
    finally:
        gc.enable()
