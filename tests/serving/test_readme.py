"""serving/README.md says what the code does: its settings, its codes, and requests that are answered as written."""

from __future__ import annotations

import json
import re
from dataclasses import fields

from serving.day_rows import MOST_DAYS
from serving.errors import CODES
from serving.request import MOST_QUANTILES, MOST_VALUES
from serving.settings import Settings
from tests.serving.process import CHECKOUT, Service

README = (CHECKOUT / "serving" / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    part = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:1] == "|"][2:]


def test_every_setting_is_listed_with_its_default() -> None:
    listed = {variable.strip("`"): default for variable, default, _ in rows("Settings")}
    settings = [field for field in fields(Settings) if field.name != "model_dir"]

    assert set(listed) >= {f"SERVING_{field.name.upper()}" for field in settings}
    for field in settings:
        default = listed[f"SERVING_{field.name.upper()}"]
        assert type(field.default)(default) == field.default, field.name


def test_every_status_and_code_is_listed() -> None:
    listed = {code for _, codes, _ in rows("What goes wrong") for code in re.findall(r"`([a-z-]+)`", codes)}
    statuses = {int(status) for cells in rows("What goes wrong") for status in cells[0].split(",")}

    assert listed == {code for codes in CODES.values() for code in codes}
    assert statuses == set(CODES)


def test_the_limits_named_in_words_are_those_of_the_code() -> None:
    for limit in (f"{MOST_DAYS:,} days", f"{MOST_VALUES:,} numbers", f"{MOST_QUANTILES} levels"):
        assert limit in README


def test_every_request_shown_is_answered(service: Service) -> None:
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL)]
    shown += [json.loads(body) for body in re.findall(r"-d '\s*(\{.*?\})'\n", README, re.DOTALL)]
    requests = [value for value in shown if "series" in value or "input_data" in value]
    requests = [value for value in requests if value.get("message") is None]

    assert len(requests) == 4
    assert [service.score(request).status for request in requests] == [200, 200, 200, 422]
