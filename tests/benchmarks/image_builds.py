"""What the images cost: to build from nothing, after an edit, to push, to keep and to start.

    python tests/benchmarks/image_builds.py --registry HOST [--model DIR] [--rounds 5]

``retailctl build`` as whole processes, in a project that is made for it, with a real engine and the registry at HOST.
Peer, where ``--model`` names the folder of a trained MLflow model: the image of ``mlflow models generate-dockerfile``,
which is what ``mlflow models build-docker`` builds, on the same base image. Medians of the rounds; a build from nothing
is done once. What is built here is removed from the engine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retailctl.domain.clock import SystemClock
from retailctl.domain.deadline import Deadline, poll

BIN = Path(sys.executable).parent
MARK = "image-builds"
"""In the name of every image that is made here."""
PEER = f"{MARK}-mlflow"
READY_S = 180.0
PYTHON = "python:3.11-slim"


def run(*line: str, folder: Path | None = None, environ: dict[str, str] | None = None) -> tuple[float, str]:
    """Seconds that a command took, and what it told."""
    began = time.perf_counter()
    done = subprocess.run(line, cwd=folder, env={**os.environ, **(environ or {})}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(line)}: {done.stderr[-2000:]}")
    return time.perf_counter() - began, done.stdout


def docker(*words: str) -> str:
    """What the Docker command line tells."""
    return run("docker", *words, environ={"DOCKER_BUILDKIT": "0"})[1].strip()


def row(name: str, *values: str) -> None:
    print(f"{name:<46}" + "".join(f"{value:>16}" for value in values), flush=True)


def ours(folder: Path, registry: str, rounds: int) -> str:
    """Our two images; the name of the last inference image."""
    named = {f"RETAILCTL_{image.upper()}_IMAGE": f"{MARK}/{image}" for image in ("train", "infer")}
    os.environ.update(named)
    environ = {"RETAILCTL_REGISTRY": registry}
    run(str(BIN / "retailctl"), "init", str(folder))
    tool = [str(BIN / "retailctl"), "build", "--progress", "none", "-q"]
    for image in ("infer", "train"):
        row(f"{image}: build from nothing", f"{run(*tool, image, '--no-push', '--no-cache', folder=folder)[0]:.1f} s")
        row(f"{image}: first push", f"{run(*tool, image, folder=folder, environ=environ)[0]:.1f} s")
        row(
            f"{image}: unchanged",
            f"{_median(lambda name=image: run(*tool, name, folder=folder, environ=environ)[0], rounds):.2f} s",
        )

    def edited() -> None:
        with (folder / "serving" / "__main__.py").open("a") as source:
            source.write(f"# {time.time()}\n")

    def rebuild(*flags: str, environ: dict[str, str] | None = None) -> float:
        edited()
        return run(*tool, "infer", *flags, folder=folder, environ=environ)[0]

    row("infer: after an edit of serving/", f"{_median(lambda: rebuild('--no-push'), rounds):.2f} s")
    row("infer: the same, and pushed", f"{_median(lambda: rebuild(environ=environ), rounds):.2f} s")
    last = docker("images", "--format", "{{.ID}}", f"{registry}/{MARK}/infer").split()[0]
    for image in ("infer", "train"):
        name = docker("images", "--format", "{{.ID}}", f"{registry}/{MARK}/{image}").split()[0]
        row(f"{image}: size on disk", _size(name))
    return last


def peer(model: Path, folder: Path) -> None:
    """The image that MLflow makes for a model."""
    run(str(BIN / "mlflow"), "models", "generate-dockerfile", "-m", str(model), "-d", str(folder))
    file = folder / "Dockerfile"
    lines = file.read_text().splitlines()
    file.write_text("\n".join(f"FROM {PYTHON}" if line.startswith("FROM ") else line for line in lines) + "\n")
    line = ("docker", "build", "--force-rm", "--no-cache", "-t", PEER, str(folder))
    row("mlflow: build from nothing", f"{run(*line, environ={'DOCKER_BUILDKIT': '0'})[0]:.1f} s")
    row("mlflow: size on disk", _size(PEER))


def start(image: str, route: str, mounts: list[str], rounds: int) -> float:
    """Seconds from ``docker run`` to the first 200."""

    def once() -> float:
        began = time.perf_counter()
        with _running(image, mounts) as address:
            clock = SystemClock()
            deadline = Deadline.after(clock, READY_S)
            poll(lambda: _answers(f"{address}{route}") or None, deadline, interval_s=0.05, waiting_for=image, look="")
            return time.perf_counter() - began

    return _median(once, rounds)


@contextmanager
def _running(image: str, options: list[str]) -> Iterator[str]:
    container = docker("run", "-d", "-p", "127.0.0.1::8080", *options, image)
    try:
        yield f"http://{docker('port', container, '8080/tcp').splitlines()[0]}"
    finally:
        docker("rm", "--force", "--volumes", container)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _median(once: Callable[[], float], rounds: int) -> float:
    return statistics.median(once() for _ in range(rounds))


def _size(image: str) -> str:
    return f"{int(docker('image', 'inspect', '--format', '{{.Size}}', image)) / 1e6:.0f} MB"


def main() -> None:
    """Print a row a measurement."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--registry", required=True)
    options.add_argument("--model", type=Path)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    try:
        with tempfile.TemporaryDirectory() as folder:
            image = ours(Path(folder, "project"), asked.registry, asked.rounds)
            if asked.model:
                model = asked.model.resolve()
                mount = ["-v", f"{model.parent}:/model:ro", "-e", "AZUREML_MODEL_DIR=/model"]
                row("infer: docker run to /ready", f"{start(image, '/ready', mount, asked.rounds):.2f} s")
                peer(model, Path(folder, "mlflow"))
                workers = ["-e", "MLFLOW_MODELS_WORKERS=1"]
                row("mlflow: docker run to /ping", f"{start(PEER, '/ping', workers, asked.rounds):.2f} s")
    finally:
        for name in docker("images", "--format", "{{.Repository}}:{{.Tag}}").split():
            if f"{MARK}/" in name or name.startswith(PEER):
                subprocess.run(["docker", "rmi", "--force", name], capture_output=True, check=False)


if __name__ == "__main__":
    main()
