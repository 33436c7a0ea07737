"""Invoking: where the request comes from, who answers, and what each bad answer means."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from retailctl.azureml.scoring import MODEL_STATUS_HEADER, ScoringAnswer
from retailctl.errors import (
    ApiRefused,
    InvalidInput,
    ResourceNotFound,
    RetailctlError,
    ServerFault,
    Throttled,
    WorkFailed,
)
from retailctl.workflows.invoke import Body, InvokeRequest, InvokeResult, invoke, read_body
from retailctl.workflows.invoke.latency import summarise
from tests.unit.workflows.fakes import Shop

BODY = Body(b'{"series": []}', "--data")
SAMPLE = '{"series":[{"store_id":"CA_1","item_id":"FOODS_3_090"}]}'
NOTHING = io.BytesIO()


def send(shop: Shop, **rest: object) -> InvokeResult:
    return invoke(shop.tools, InvokeRequest(**{"body": BODY, **rest}))  # type: ignore[arg-type]


def failed(shop: Shop, answer: ScoringAnswer, **rest: object) -> RetailctlError:
    shop.world.answer = lambda slot, body: answer
    with pytest.raises(RetailctlError) as caught:
        send(shop, **rest)
    return caught.value


def answer(status: int, body: bytes = b"", model_status: int | None = None) -> ScoringAnswer:
    headers = {"X-Request-Id": "abc", "azureml-model-deployment": "blue"}
    told = {MODEL_STATUS_HEADER: str(model_status)} if model_status else {}
    return ScoringAnswer(status, body, 0.01, None, headers | told)


def test_the_public_route_returns_the_models_answer(live: Shop) -> None:
    result = send(live)
    assert result.answer == {"model": {"name": "retail-forecast", "slot": "blue"}, "forecasts": []}
    assert (result.status, result.sent, result.source) == (200, 1, "--data")
    assert result.request_id == "11111111-1111-1111-1111-111111111111"


def test_a_named_slot_is_reached_past_the_split(live: Shop) -> None:
    result = send(live, slot="green")
    assert result.slot == "green"
    assert result.slots == {"green": 1}


def test_an_answer_that_is_not_json_is_shown_as_text(live: Shop) -> None:
    live.world.answer = lambda slot, body: answer(200, b"plain")
    assert send(live).answer == "plain"


def test_without_a_body_the_sample_of_the_live_slots_model_is_sent(live: Shop) -> None:
    live.world.add_model(1, tags={"retailctl.sample": SAMPLE})
    sent: list[bytes] = []
    live.world.answer = lambda slot, body: sent.append(body) or answer(200, b"{}")  # type: ignore[func-returns-value]
    assert send(live, body=None).source == "the sample of model retail-forecast:1"
    assert sent == [SAMPLE.encode()]


def test_the_sample_is_that_of_the_slot_asked_for(live: Shop) -> None:
    live.world.add_model(2, tags={"retailctl.sample": SAMPLE})
    assert send(live, body=None, slot="green").source == "the sample of model retail-forecast:2"


@pytest.mark.parametrize("tags", [{}, {"retailctl.sample": "{"}])
def test_a_model_without_a_sample_asks_for_a_body(live: Shop, tags: dict[str, str]) -> None:
    live.world.add_model(1, tags=tags)
    with pytest.raises(InvalidInput) as caught:
        send(live, body=None)
    assert "--request-file" in caught.value.hint


def test_a_slot_without_a_registered_model_asks_for_a_body(live: Shop) -> None:
    live.world.add_slot("blue", model=None)
    with pytest.raises(InvalidInput):
        send(live, body=None)


def test_an_endpoint_without_traffic_names_both_ways_out(shop: Shop) -> None:
    shop.world.add_endpoint()
    with pytest.raises(ResourceNotFound) as caught:
        send(shop, body=None)
    assert "--slot blue" in caught.value.hint


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (answer(424, b'{"error": {"message": "horizon is at most 28"}}', 422), InvalidInput),
        (answer(424, b"boom", 500), WorkFailed),
        (answer(424, b"boom"), WorkFailed),
        (answer(408), WorkFailed),
        (answer(429), Throttled),
        (answer(500), ServerFault),
        (answer(413), ApiRefused),
    ],
)
def test_each_bad_answer_is_the_error_it_means(live: Shop, bad: ScoringAnswer, kind: type[RetailctlError]) -> None:
    error = failed(live, bad)
    assert type(error) is kind
    assert error.details["requestId"] == "abc"


def test_the_models_own_message_is_the_reason(live: Shop) -> None:
    error = failed(live, answer(424, b'{"error": {"code": "x", "message": "horizon is at most 28"}}', 422))
    assert error.reason == "horizon is at most 28"


def test_foreign_text_is_cut(live: Shop) -> None:
    error = failed(live, answer(424, b"x" * 5000, 500))
    assert error.reason is not None
    assert len(error.reason) < 300


def test_a_run_counts_who_answered_and_how_fast(live: Shop) -> None:
    turns = iter(range(10))

    def split(slot: str, body: bytes) -> ScoringAnswer:
        turn = next(turns)
        headers = {"azureml-model-deployment": "green" if turn % 2 else "blue"}
        return replace(answer(200, b"{}"), seconds=(turn + 1) / 1000, headers=headers)

    live.world.answer = split
    result = send(live, repeat=10)
    assert result.slots == {"blue": 5, "green": 5}
    assert (result.sent, result.latency.p50_ms, result.latency.max_ms) == (10, 5.0, 10.0)


def test_failures_in_a_run_are_counted_in_the_error(live: Shop) -> None:
    turns = iter([200, 424, 200, 424])
    live.world.answer = lambda slot, body: answer(next(turns), b"{}", 500)
    with pytest.raises(WorkFailed) as caught:
        send(live, repeat=4)
    assert str(caught.value).startswith("2 of 4 requests failed")
    assert (caught.value.details["sent"], caught.value.details["failed"]) == (4, 2)


def test_percentiles_are_of_values_that_happened() -> None:
    figures = summarise([each / 1000 for each in range(1, 101)])
    assert (figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.max_ms) == (50.0, 95.0, 99.0, 100.0)


def test_the_body_comes_from_a_file_inline_or_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text('{"a": 1}', encoding="utf-8")
    bodies = [
        read_body(file, None, NOTHING),
        read_body(None, f"@{file}", NOTHING),
        read_body(None, '{"a": 1}', NOTHING),
        read_body(None, "-", io.BytesIO(b'{"a": 1}')),
        read_body(Path("-"), None, io.BytesIO(b'{"a": 1}')),
    ]
    assert [json.loads(body.content) for body in bodies if body] == [{"a": 1}] * 5
    assert read_body(None, None, NOTHING) is None


@pytest.mark.parametrize("text", ["{'a': 1}", "", "\ufeff"])
def test_text_that_is_not_json_is_refused_before_anything_is_sent(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_body(None, text, NOTHING)
    assert "series" in caught.value.hint


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(InvalidInput):
        read_body(None, "-", io.BytesIO(b"\xff\xfe\x00\xd8"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_body(tmp_path / "none.json", None, NOTHING)
    assert caught.value.reason == "No such file or directory"


def test_two_bodies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read_body(tmp_path, "{}", NOTHING)
