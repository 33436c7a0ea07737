"""The page of the service's description: everything that a browser loads for it comes from the service."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from serving.swagger import ASSETS
from tests.serving.process import CHECKOUT, Service

ELSEWHERE = re.compile(rb"(?:https?:)?//[a-z0-9.-]+", re.IGNORECASE)


class Loaded(HTMLParser):
    """What a page has a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.files += [value for name, value in attributes if name in ("src", "href") and value]


def test_the_page_loads_only_files_of_the_service(service: Service) -> None:
    page = service.get("/docs")
    reader = Loaded()
    reader.feed(page.body.decode())

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert sorted(reader.files) == sorted(f"docs/{name}" for name in ASSETS)
    assert ELSEWHERE.findall(page.body) == []
    for file in reader.files:
        answer = service.get(f"/{file}")
        assert answer.status == 200
        assert answer.headers["content-type"].split(";")[0] == ASSETS[file.removeprefix("docs/")]
        assert len(answer.body) > 100


def test_style_and_script_name_no_other_host_to_load_from(service: Service) -> None:
    style, script = service.get("/docs/swagger-ui.css").body, service.get("/docs/page.js").body

    assert [url for url in re.findall(rb"url\(([^)]*)\)", style) if not url.strip(b"\"'").startswith(b"data:")] == []
    assert b"@import" not in style
    assert b"validatorUrl: null" in script
    assert ELSEWHERE.findall(script) == []


def test_the_browser_is_told_to_load_nothing_else(service: Service) -> None:
    policy = dict(part.split(" ", 1) for part in service.get("/docs").headers["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert not any("//" in sources or "*" in sources for sources in policy.values())


@pytest.mark.parametrize("name", ["none.js", "..%2fapp.py", "%2e%2e/app.py", "redoc.standalone.js", "index.html"])
def test_nothing_else_can_be_fetched_there(service: Service, name: str) -> None:
    answer = service.get(f"/docs/{name}")

    assert (answer.status, answer.error["code"]) == (404, "not-found")


def test_the_page_costs_nothing_until_it_is_asked_for() -> None:
    script = "import sys, serving.app; serving.app.create_app(); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert "serving.docs" in done.stdout
    assert not {"'serving.openapi'", "'serving.swagger'", "'fastapi_offline'"} & set(done.stdout.split(", "))


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this machine")
def test_a_browser_shows_every_route(service: Service, tmp_path: Path) -> None:
    """Without a network: only this service can be reached."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000"]
    rules = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={tmp_path}", "--dump-dom"]
    page = f"http://127.0.0.1:{service.port}/docs"
    done = subprocess.run([*command, *rules, page], capture_output=True, text=True, check=True, timeout=120)
    shown = set(re.findall(r'data-path="([^"]+)"', done.stdout))

    assert shown == set(json.loads(service.get("/openapi.json").body)["paths"])
    assert "errors__title" not in done.stdout
