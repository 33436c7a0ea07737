"""Memory: what clients may bring about at once fits where a small instance runs, and the kernel ends nothing."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving.container import ContainerProcess, containers_of
from tests.serving.process import Service, wait_until
from tests.serving.wire import ONE, answered, connected, many, metric, request

LIMIT = "512m"
"""An eighth of what the smallest instance of a managed endpoint has."""


@pytest.fixture
def narrow(infer_image: str, model_dir: Path) -> Service:
    """A container that is killed when it takes more than ``LIMIT``; it has no swap."""
    launch = containers_of(infer_image, mem_limit=LIMIT, memswap_limit=LIMIT)
    return Service(model_dir, launch, SERVING_DRAIN_SECONDS="0")


def test_large_requests_at_once_are_answered_or_refused_within_the_memory_there_is(narrow: Service) -> None:
    with narrow as service, ThreadPoolExecutor(12) as threads:
        service.ready()
        statuses = Counter(threads.map(lambda _: outcome(service), range(24)))

        assert set(statuses) <= {200, 429, 503}
        assert statuses[200] >= 2
        assert service.score(ONE).status == 200
        assert_not_killed(service)


def test_bodies_that_are_announced_and_never_end_do_not_fill_the_memory(narrow: Service) -> None:
    """Each client sends all but the end of the largest body."""
    body = b'{"series": [' + b" " * (8 * 2**20 - 12)
    head = f"POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with narrow as service, ThreadPoolExecutor(30) as threads:
        service.ready()

        def send(_: int) -> int:
            with connected(service) as connection:
                try:
                    connection.sendall(head.encode() + body[:-1])
                except ConnectionError:
                    return 0  # refused and hung up on
                return answered(connection).status

        statuses = Counter(threads.map(send, range(30)))

        assert set(statuses) <= {0, 408, 429}
        assert_not_killed(service)


def test_a_container_with_less_memory_than_the_service_needs_is_killed(infer_image: str, model_dir: Path) -> None:
    """Proves that the limit above is enforced on this machine."""
    launch = containers_of(infer_image, mem_limit="16m", memswap_limit="16m")
    process = launch(model_dir, {})
    try:
        wait_until(lambda: process.poll() is not None)
        assert process.poll() == 137
    finally:
        process.close()


def outcome(service: Service) -> int:
    with connected(service) as connection:
        connection.sendall(request(many(10_000)))
        return answered(connection).status


def assert_not_killed(service: Service) -> None:
    assert isinstance(service.process, ContainerProcess)
    assert service.process.poll() is None
    assert metric(service, "retail_requests_in_flight") == 1
