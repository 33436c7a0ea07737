"""``backtest.json`` is read as format 2 says, and anything else is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retailctl.domain.comparison import parse_backtest
from retailctl.errors import InvalidData
from tests.unit.domain.comparison.backtests import HORIZON, origins, read, scored


def refused(content: object) -> InvalidData:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(InvalidData) as caught:
        parse_backtest(text, "job a", again="retailctl train --data DIR")
    return caught.value


def test_windows_are_read_the_oldest_first() -> None:
    content = scored(0.6, 0.7, 0.8)
    content["windows"].reverse()
    found = read(content)
    assert found.horizon == HORIZON
    assert [str(each.origin) for each in found.windows] == origins(3)
    assert [each.model.wrmsse for each in found.windows] == [0.6, 0.7, 0.8]
    assert found.windows[0].naive.wrmsse == 0.9
    assert found.windows[0].model.stores["CA_1"].units == 2800.0


@pytest.mark.parametrize("content", [[], [{"by": "all"}], {}, {"format": 1}, {"format": "2"}, 7])
def test_a_model_from_before_windows_were_kept_is_to_be_trained_anew(content: object) -> None:
    error = refused(content)
    assert "job a cannot be compared" in error.message
    assert error.hint == "train it anew: retailctl train --data DIR"


def test_a_newer_format_asks_for_a_newer_retailctl() -> None:
    error = refused({**scored(0.6), "format": 3})
    assert "has format 3; this retailctl reads format 2" in error.message
    assert "install" in error.hint


def broken(change: Any) -> Any:
    content = scored(0.6, 0.7, 0.8)
    change(content)
    return content


CHANGES = [
    (lambda c: c.update(horizon=None), "horizon is no finite number"),
    (lambda c: c.update(windows={}), "windows is no list"),
    (lambda c: c["windows"].append(c["windows"][0]), "windows: an origin occurs twice"),
    (lambda c: c["windows"][1].update(origin="soon"), "windows[1].origin is no date"),
    (lambda c: c["windows"][1]["units"].pop(), "windows[1].units has 27 days; the horizon is 28"),
    (lambda c: c["windows"][0]["methods"].pop("model"), "windows[0].methods.model is no object"),
    (
        lambda c: c["windows"][0]["methods"]["model"]["error"].__setitem__(3, None),
        "windows[0].methods.model.error[3] is no finite number",
    ),
    (
        lambda c: c["windows"][2]["methods"]["model"]["stores"]["CA_1"].pop("units"),
        "windows[2].methods.model.stores.CA_1.units is no finite number",
    ),
    (
        lambda c: c["windows"][2]["methods"]["model"].update(wrmsse=float("nan")),
        "windows[2].methods.model.wrmsse is no finite number",
    ),
]


@pytest.mark.parametrize(("change", "says"), CHANGES, ids=[says for _, says in CHANGES])
def test_a_value_that_is_wrong_is_named(change: Any, says: str) -> None:
    assert refused(broken(change)).reason == says


def test_text_that_is_no_json_is_refused() -> None:
    assert refused("{").message == "backtest.json of job a cannot be read"
