"""Names, references, slots and durations as people type them."""

from __future__ import annotations

import pytest

from retailctl.domain.durations import format_duration, parse_duration
from retailctl.domain.names import check_name
from retailctl.domain.references import ImageRef, ModelRef
from retailctl.domain.slots import check_slot, idle_slot, other_slot
from retailctl.errors import InvalidInput, InvalidName, WrongState

DIGEST = "sha256:" + "0f" * 32


@pytest.mark.parametrize("name", ["abc", "retail-forecast-endpoint", "a" * 32, "A1b"])
def test_names_within_the_rule_pass(name: str) -> None:
    assert check_name("endpoint", name) == name


@pytest.mark.parametrize("name", ["", "ab", "a" * 33, "1abc", "abc-", "a_b", "a b c", "abc\n", "../x"])
def test_names_outside_the_rule_are_refused_in_words(name: str) -> None:
    with pytest.raises(InvalidName) as caught:
        check_name("endpoint", name)
    assert "3 to 32" in str(caught.value.reason)


def test_a_model_reference_reads_its_version() -> None:
    assert ModelRef.parse("azureml:retail-forecast:7") == ModelRef("retail-forecast", 7)
    assert ModelRef.parse("retail-forecast:7").asset_id == "azureml:retail-forecast:7"


@pytest.mark.parametrize("text", ["m@latest", "m:latest", "m:1.2.0", "m:auto", "m:0", "m:"])
def test_a_floating_or_unnumbered_model_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        ModelRef.parse(text)


def test_a_model_without_a_version_never_becomes_an_asset_id() -> None:
    with pytest.raises(InvalidInput, match="no version"):
        _ = ModelRef("retail-forecast").asset_id


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "pinned"),
    [
        (f"acr.azurecr.io/retail/infer@{DIGEST}", "acr.azurecr.io", "retail/infer", None, True),
        ("127.0.0.1:5000/retail/infer:v1", "127.0.0.1:5000", "retail/infer", "v1", False),
        (f"localhost/retail/infer:v1@{DIGEST}", "localhost", "retail/infer", "v1", True),
        ("retail/infer", "docker.io", "retail/infer", None, False),
        ("python:3.11-slim", "docker.io", "python", "3.11-slim", False),
    ],
)
def test_an_image_reference_is_taken_apart(
    text: str, registry: str, repository: str, tag: str | None, pinned: bool
) -> None:
    image = ImageRef.parse(text)
    assert (image.registry, image.repository, image.tag, image.pinned) == (registry, repository, tag, pinned)
    assert ImageRef.parse(image.text) == image


def test_a_digest_cut_short_is_refused() -> None:
    with pytest.raises(InvalidInput, match="digest"):
        ImageRef.parse("acr.azurecr.io/retail/infer@sha256:abc")


def test_slots_are_blue_and_green() -> None:
    assert check_slot(" Green ") == "green"
    assert other_slot("green") == "blue"
    with pytest.raises(InvalidName, match="not a slot"):
        check_slot("red")
    with pytest.raises(InvalidName) as caught:
        check_slot("gren")
    assert caught.value.hint == "the same line with --slot green"


@pytest.mark.parametrize(
    ("traffic", "existing", "slot"),
    [
        ({}, [], "blue"),
        ({"blue": 100}, ["blue"], "green"),
        ({"green": 100, "blue": 0}, ["blue", "green"], "blue"),
        ({}, ["blue"], "green"),
        ({}, ["blue", "green"], "blue"),
    ],
)
def test_a_release_goes_to_the_idle_slot(traffic: dict[str, int], existing: list[str], slot: str) -> None:
    assert idle_slot(traffic, existing) == slot


def test_no_idle_slot_names_the_command_that_frees_one() -> None:
    with pytest.raises(WrongState) as caught:
        idle_slot({"blue": 50, "green": 50}, ["blue", "green"])
    assert caught.value.hint == "retailctl traffic blue=100 green=0"


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("250ms", 0.25), ("1.5h", 5400)]
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "90", "m", "1 h", "1x", "-5s"])
def test_a_duration_without_a_unit_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.44, "0.4s"), (12.2, "12s"), (72, "1m12s"), (7500, "2h05m"), (59.7, "1m00s")]
)
def test_a_duration_is_written(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
