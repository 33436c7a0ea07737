"""Logs: every slot and container asked for, followed until there is nothing to follow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from retailctl.errors import ResourceNotFound, Unreachable
from retailctl.workflows.events import Caution, Notice
from retailctl.workflows.logs import CONTAINERS, LogChunk, LogsRequest, logs
from tests.unit.workflows.fakes import Shop

NAME = "retail-forecast-endpoint"


def written(shop: Shop, slot: str, *lines: str, container: str = "inference-server") -> None:
    present = shop.world.logs.get((slot, container), "")
    shop.world.logs[slot, container] = present + "".join(f"{line}\n" for line in lines)


def shown(chunks: Iterator[LogChunk]) -> list[tuple[str, tuple[str, ...]]]:
    return [(chunk.slot, chunk.lines) for chunk in chunks]


def followed(shop: Shop, chunks: int, **rest: object) -> list[LogChunk]:
    request = LogsRequest(follow=True, **rest)  # type: ignore[arg-type]
    return list(islice(logs(shop.tools, request), chunks))


def test_the_last_lines_of_one_slot(live: Shop) -> None:
    written(live, "green", "one", "two", "three")
    assert shown(logs(live.tools, LogsRequest(("green",), lines=2))) == [("green", ("two", "three"))]


def test_a_last_line_without_its_end_is_shown(live: Shop) -> None:
    live.world.logs["green", "inference-server"] = "one\ntwo"
    assert shown(logs(live.tools, LogsRequest(("green",)))) == [("green", ("one", "two"))]


def test_without_a_slot_every_slot_is_shown(live: Shop) -> None:
    written(live, "blue", "from blue")
    written(live, "green", "from green")
    assert shown(logs(live.tools, LogsRequest())) == [("blue", ("from blue",)), ("green", ("from green",))]


def test_both_containers_come_in_the_order_they_run(live: Shop) -> None:
    written(live, "blue", "model fetched", container="storage-initializer")
    written(live, "blue", "serving")
    chunks = list(logs(live.tools, LogsRequest(("blue",), CONTAINERS)))
    assert [(chunk.container, chunk.lines) for chunk in chunks] == [
        ("storage-initializer", ("model fetched",)),
        ("inference-server", ("serving",)),
    ]


def test_a_slot_that_does_not_exist_names_those_that_do(live: Shop) -> None:
    with pytest.raises(ResourceNotFound) as caught:
        list(logs(live.tools, LogsRequest(("purple",))))
    assert caught.value.reason == "its slots are blue, green"


def test_an_endpoint_without_slots_says_how_to_get_one(shop: Shop) -> None:
    shop.world.add_endpoint()
    with pytest.raises(ResourceNotFound) as caught:
        list(logs(shop.tools, LogsRequest()))
    assert caught.value.hint == "retailctl deploy --slot blue"


def test_following_shows_the_last_lines_and_then_each_new_one(live: Shop) -> None:
    written(live, "blue", *[f"old {number}" for number in range(600)])
    counter = iter(range(100))
    live.world.clock.on_sleep.append(lambda: written(live, "blue", f"new {next(counter)}"))
    chunks = followed(live, 4, slots=("blue",), lines=2)
    assert [chunk.lines for chunk in chunks] == [("old 598", "old 599"), ("new 0",), ("new 1",), ("new 2",)]


def test_following_without_lines_shows_only_new_ones(live: Shop) -> None:
    written(live, "blue", "old")
    live.world.clock.on_sleep.append(lambda: written(live, "blue", "new"))
    assert followed(live, 1, slots=("blue",), lines=0)[0].lines == ("new",)


def test_a_burst_beyond_the_short_answer_is_caught_by_the_long_one(live: Shop) -> None:
    written(live, "blue", "before")
    live.world.clock.on_sleep.append(lambda: written(live, "blue", *[f"burst {number}" for number in range(2000)]))
    first, burst = followed(live, 2, slots=("blue",))
    assert first.lines == ("before",)
    assert burst.broken is None
    assert len(burst.lines) == 2000


def test_lost_lines_are_reported(live: Shop) -> None:
    written(live, "blue", "before")
    live.world.clock.on_sleep.append(lambda: written(live, "blue", *[f"flood {number}" for number in range(6000)]))
    assert followed(live, 2, slots=("blue",))[1].broken == "gap"


def test_a_restarted_container_is_reported(live: Shop) -> None:
    written(live, "blue", "first life")
    live.world.clock.on_sleep.append(lambda: live.world.logs.update({("blue", "inference-server"): "second life\n"}))
    chunk = followed(live, 2, slots=("blue",))[1]
    assert (chunk.broken, chunk.lines) == ("restart", ("second life",))


def test_following_ends_when_the_last_slot_is_gone(live: Shop) -> None:
    written(live, "green", "last words")
    live.world.clock.on_sleep.append(lambda: live.world.deployments.pop((NAME, "green"), None))
    assert shown(logs(live.tools, LogsRequest(("green",), follow=True))) == [("green", ("last words",))]
    assert Notice("slot green is gone; its log ends here") in live.events


def test_a_service_that_comes_back_is_followed_on(live: Shop) -> None:
    written(live, "blue", "before")
    live.world.clock.on_sleep.append(lambda: live.world.clock.elapsed < 10 or written(live, "blue", "after"))
    stream = logs(live.tools, LogsRequest(("blue",), follow=True))
    next(stream)
    live.world.faults["deployments.logs"] += [Unreachable("no connection")] * 3
    assert next(stream).lines == ("after",)
    assert [event for event in live.events if isinstance(event, Caution)] == [Caution("no connection; asking again")]


def test_a_service_that_stays_away_ends_the_following(live: Shop) -> None:
    written(live, "blue", "before")
    stream = logs(live.tools, LogsRequest(("blue",), follow=True))
    next(stream)
    live.world.faults["deployments.logs"] += [Unreachable("no connection")] * 1000
    with pytest.raises(Unreachable):
        next(stream)


def test_ctrl_c_passes_through(live: Shop) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    written(live, "blue", "before")
    live.world.clock.on_sleep.append(interrupt)
    stream = logs(live.tools, LogsRequest(("blue",), follow=True))
    next(stream)
    with pytest.raises(KeyboardInterrupt):
        next(stream)
