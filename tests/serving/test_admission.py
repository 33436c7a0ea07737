"""More than the service can do in time is refused at once, and told when to come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving.admission import BODIES, SMALL_BODY, Admission
from serving.counters import Counters
from serving.errors import RequestError
from serving.metrics import Metrics
from serving.settings import Settings
from tests.serving.process import Service, wait_until
from tests.serving.wire import ONE, answered, connected, metric, request


def admission(**settings: int) -> Admission:
    return Admission(Settings(**settings), Metrics(Counters()))  # type: ignore[arg-type]


def test_beyond_the_most_requests_a_further_one_is_429_before_its_body_is_sent(model_dir: Path) -> None:
    whole = request(ONE)
    with (
        Service(model_dir, SERVING_MAX_REQUESTS="1", SERVING_DRAIN_SECONDS="0").ready() as service,
        connected(service) as first,
        connected(service) as second,
    ):
        first.sendall(whole[:-5])
        wait_until(lambda: metric(service, "retail_queued_requests") == 1)
        second.sendall(whole[: whole.index(b"\r\n\r\n") + 4])
        refused = answered(second)
        assert (refused.status, refused.error["code"], refused.headers["retry-after"]) == (429, "overloaded", "1")
        assert [service.get(path).status for path in ("/live", "/ready", "/health", "/metrics")] == [200] * 4
        assert metric(service, 'retail_requests_shed_total{reason="requests"}') == 1
        first.sendall(whole[-5:])
        assert answered(first).status == 200
        assert service.score(ONE).status == 200


def test_beyond_the_most_series_a_request_is_429_until_there_is_room() -> None:
    full = admission(max_pending_series=10)
    with full.enter(100) as first, full.enter(100) as second:
        first.take(8)
        with pytest.raises(RequestError) as refused:
            second.take(3)
        assert (refused.value.status, refused.value.code) == (429, "overloaded")
        second.take(2)
        with pytest.raises(RequestError, match="10 series are being forecast"):
            full.enter(SMALL_BODY + 1)  # before its body is read
        with full.enter(100):  # a small request does not wait for those
            pass
    with full.enter(100) as later:
        later.take(10)


def test_a_request_larger_than_the_bound_is_let_in_when_it_is_alone() -> None:
    with admission(max_pending_series=10).enter(100) as alone:
        alone.take(11)


def test_bodies_are_bounded_together_by_what_their_heads_announce() -> None:
    full = admission(max_body_bytes=1000)
    with full.enter(1000 * BODIES - 1) as _:
        with pytest.raises(RequestError) as refused:
            full.enter(2)
        assert refused.value.status == 429
        with full.enter(1):
            pass


def test_a_refusal_for_the_bytes_of_others_is_counted_as_such() -> None:
    metrics = Metrics(Counters())
    full = Admission(Settings(max_body_bytes=1000), metrics)
    with full.enter(1000 * BODIES), pytest.raises(RequestError):
        full.enter(1000)

    assert 'retail_requests_shed_total{reason="bytes"} 1\n' in metrics.exposition(None, ready=False)


def test_room_is_given_back_when_a_request_fails() -> None:
    narrow = admission(max_requests=1, max_pending_series=10)
    with pytest.raises(RequestError), narrow.enter(100):
        narrow.enter(100)
    with narrow.enter(100) as later:
        later.take(10)
