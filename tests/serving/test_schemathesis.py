"""Schemathesis, a stranger to this code, holds the running service to its own OpenAPI document and finds nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.serving.process import Service

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = os.environ.get("SERVING_SCHEMATHESIS_EXAMPLES", "150")
"""Requests made up for each route and kind of data; more find more."""
RUN = ["--checks", "all", "--seed", "1", "--generation-database", "none", "--continue-on-failure", "--no-color"]


def test_the_service_does_what_its_document_says(service: Service, tmp_path: Path) -> None:
    before = len(service.log)
    routes = service.get("/openapi.json").json["paths"]
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"]
    document = f"http://127.0.0.1:{service.port}/openapi.json"
    done = subprocess.run(
        [*command, document, *RUN, "--max-examples", EXAMPLES],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested, done.stdout
    assert int(tested[1]) == len(routes) - 1  # the document itself is its input
    statuses = {line["status"] for line in service.log[before:] if line.get("path") == "/score"}
    assert {200, 400, 405, 415, 422} <= statuses
    assert [line for line in service.log if "exception" in line] == []
