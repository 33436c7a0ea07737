"""The installed command against a real engine and registry: documents on stdout, exit codes, and no secret anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.images.registry import PASSWORD, free_port
from tests.images.shop import BASE, MARK, ImageShop

CHECKOUT = Path(__file__).resolve().parents[2]


def retailctl(shop: ImageShop, *line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one command line in the project."""
    named = {"RETAILCTL_REGISTRY": shop.tools.settings.registry or "", "PYTHONPATH": str(CHECKOUT), **environ}
    return subprocess.run(
        [sys.executable, "-m", "retailctl", *line],
        cwd=shop.tools.project.root,
        env={**os.environ, **named},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.acceptance
def test_a_build_is_one_document_and_the_next_one_unchanged(shop: ImageShop) -> None:
    first = retailctl(shop, "build", "infer", "-o", "json", "--debug", "--verbose")
    assert first.returncode == 0, first.stderr
    (image,) = json.loads(first.stdout)["images"]
    assert (image["outcome"], image["pushed"]) == ("pushed", True)
    assert image["reference"] == f"{shop.tools.registry.host}/retail/infer@{image['digest']}"
    assert PASSWORD not in first.stdout + first.stderr
    again = retailctl(shop, "build", "infer", "-q")
    assert again.stdout.strip() == image["reference"]
    assert "(unchanged)" in retailctl(shop, "build", "infer").stderr


@pytest.mark.acceptance
def test_a_step_is_one_line_off_a_terminal(shop: ImageShop) -> None:
    told = retailctl(shop, "build", "infer", "--no-push").stderr.splitlines()
    steps = [line for line in told if line.startswith("  step ")]
    assert steps[0].endswith(f"FROM {BASE}")
    assert len(steps) == len(set(steps)) == 5
    assert told[0] == "Building the infer image ..."


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("environ", "code", "says"),
    [
        ({"DOCKER_HOST": "unix:///nowhere/docker.sock"}, 7, "no Docker engine answers"),
        ({"RETAILCTL_REGISTRY": f"127.0.0.1:{free_port()}"}, 7, "does not answer"),
        ({"DOCKER_CONFIG": "/nowhere"}, 4, "does not accept the login"),
    ],
    ids=["no engine", "no registry", "not logged in"],
)
def test_what_is_missing_has_its_exit_code_and_a_next_step(
    shop: ImageShop, environ: dict[str, str], code: int, says: str
) -> None:
    done = retailctl(shop, "build", "infer", "--progress", "none", **environ)
    assert done.returncode == code, done.stderr
    first, *_, last = done.stderr.splitlines()
    assert says in first
    assert last.startswith("Next: ")
    assert "Traceback" not in done.stderr


@pytest.mark.acceptance
def test_a_failing_line_of_the_dockerfile_shows_its_last_words(shop: ImageShop) -> None:
    mark = f"LABEL {MARK}={shop.tools.project.root.parent.name}"
    template = shop.tools.project.root / "templates" / "infer.Dockerfile.j2"
    template.write_text(f"FROM {BASE}\n{mark}\nRUN echo no such package >&2; exit 2\n")
    done = retailctl(shop, "build", "infer", "--no-push", "--progress", "none")
    assert done.returncode == 9
    assert "  │ no such package" in done.stderr
    assert not shop.litter()
