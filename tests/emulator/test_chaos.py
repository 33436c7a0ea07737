"""Chaos mode: the same seed deals the same faults, and never more than two in a row for one request."""

from __future__ import annotations

import itertools
import tracemalloc
from collections import Counter

import pytest
import requests

from retailctl.emulator import Chaos, LocalWorkspace
from retailctl.emulator.services import chaos
from retailctl.emulator.services.chaos import CHAOS_KINDS, ChaosSource
from tests.emulator.api import Api

REQUESTS = [("GET", f"/subscriptions/s/{n % 7}") for n in range(400)]
POLL = "/subscriptions/s/providers/x/locations/l/mfeOperationsStatus/1"


def dealt(chaos: Chaos, asked: list[tuple[str, str]]) -> list[str]:
    source = ChaosSource(chaos)
    return [str(source.take(*each)) for each in asked]


def test_the_same_seed_and_requests_give_the_same_faults() -> None:
    assert dealt(Chaos(seed=5), REQUESTS) == dealt(Chaos(seed=5), REQUESTS)
    assert dealt(Chaos(seed=5), REQUESTS) != dealt(Chaos(seed=6), REQUESTS)


def test_what_a_request_meets_does_not_depend_on_what_happens_in_between() -> None:
    alone = dealt(Chaos(seed=5, rate=0.5), [("GET", "/a")] * 50)
    mixed = dealt(Chaos(seed=5, rate=0.5), [("GET", "/a"), ("PUT", "/b")] * 50)
    assert mixed[::2] == alone


def test_the_rate_is_kept() -> None:
    met = [each for each in dealt(Chaos(seed=1, rate=0.2), [("GET", f"/{n}") for n in range(5000)]) if each != "None"]
    assert 0.17 < len(met) / 5000 < 0.23


def test_no_request_is_refused_more_than_twice_in_a_row() -> None:
    rows = itertools.groupby(dealt(Chaos(seed=2, rate=1.0, kinds=("drop-before",)), [("GET", "/a")] * 30))
    assert max(len(list(row)) for fault, row in rows if fault != "None") == 2


def test_only_polls_are_lost() -> None:
    chaos = Chaos(seed=3, rate=1.0, kinds=("lost-poll",))
    assert set(dealt(chaos, REQUESTS)) == {"None"}
    assert dealt(chaos, [("GET", POLL)]) != ["None"]


def test_a_workspace_begins_in_chaos_and_tells_what_it_dealt() -> None:
    with LocalWorkspace(chaos=Chaos(seed=1, rate=1.0, kinds=("throttle",), retry_after_s=3)) as workspace:
        api = Api.of(workspace)
        answers = [api.arm("GET", "/jobs") for _ in range(3)]
        assert [each.status_code for each in answers] == [429, 429, 200]
        assert answers[0].headers["Retry-After"] == "3"
        assert api.call("GET", "/_local/chaos").json()["dealt"] == {"throttle": 2}
        assert api.call("DELETE", "/_local/chaos").status_code == 204
        assert api.arm("GET", "/jobs").status_code == 200


def test_every_kind_comes_up_and_the_server_s_own_routes_are_spared() -> None:
    with LocalWorkspace(chaos=Chaos(seed=8, rate=0.6, retry_after_s=0)) as workspace:
        api, seen = Api.of(workspace), Counter[str]()
        for n in range(80):
            try:
                seen[str(api.arm("PUT", f"/models/m{n}", json={"properties": {}}).status_code)] += 1
            except requests.RequestException:
                seen["dropped"] += 1
            assert api.call("GET", "/_local/status").status_code == 200
        counted = api.call("GET", "/_local/chaos").json()["dealt"]
    assert set(counted) == set(CHAOS_KINDS) - {"lost-poll"}
    assert seen["dropped"] == sum(counted[kind] for kind in counted if kind.startswith("drop"))


@pytest.mark.parametrize("body", [{"rate": 0}, {"rate": 2}, {"kinds": ["locusts"]}, {"kinds": []}, {"speed": 1}])
def test_chaos_without_meaning_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api.call("PUT", "/_local/chaos", json=body).status_code == 400
    assert api.call("GET", "/_local/chaos").json() == {"on": False}


def test_it_remembers_a_bounded_number_of_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retailctl.emulator.services.chaos._MOST_REMEMBERED", 100)
    source = ChaosSource(Chaos(rate=0.5))
    source.take("GET", "/asked/often")  # a first use, before memory is compared
    tracemalloc.start()
    try:
        sizes = []
        for begin in (0, 2_000):
            for number in range(begin, begin + 2_000):
                source.take("GET", f"/jobs/{number}")
            own = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, chaos.__file__)])
            sizes.append(sum(each.size for each in own.traces))  # other threads allocate as well
    finally:
        tracemalloc.stop()
    assert sizes[1] < sizes[0] + 10_000
    assert source.document()["requests"] == 4_001
