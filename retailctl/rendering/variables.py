"""The variables a template may use: what each means, and which templates have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One variable; ``example`` is a value that renders."""

    name: str
    meaning: str
    example: object
    templates: tuple[str, ...]


_HOSTED = ("endpoint", "deployment")
_TAGGED = ("train-job", "deployment", "model", "environment")
_DOCKER = ("train.Dockerfile", "infer.Dockerfile")
_SHA = "0" * 64

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "app_insights_enabled",
        "whether the slot sends its telemetry to Application Insights (setting)",
        True,
        ("deployment",),
    ),
    Variable(
        "code",
        "folder whose training/ is the job's code snapshot: a copy, without caches and hidden files",
        ".retailctl/rendered/code/0123abcd",
        ("train-job",),
    ),
    Variable("compute", "compute cluster of the job (setting)", "cpu-cluster", ("train-job",)),
    Variable(
        "data",
        "the training data: an absolute folder, which the SDK uploads, or an azureml: reference",
        "azureml:retail-sales:3",
        ("train-job",),
    ),
    Variable("endpoint_name", "the online endpoint (setting)", "retail-forecast-endpoint", _HOSTED),
    Variable("experiment_name", "experiment of the job (setting)", "retail-demand-forecast", ("train-job",)),
    Variable("git_sha", "revision of the project's code; empty where git knows none", "4f2a9c1", ("train-job",)),
    Variable(
        "infer_image",
        "the inference image, pinned by digest",
        f"localhost/retail/infer@sha256:{_SHA}",
        ("deployment",),
    ),
    Variable("infer_repository", "repository of the inference image (setting)", "retail/infer", ("infer.Dockerfile",)),
    Variable("instance_count", "instances of the slot (setting)", 1, ("deployment",)),
    Variable("instance_type", "VM size of the slot's instances (setting)", "Standard_DS3_v2", ("deployment",)),
    Variable("job", "the job whose output the model is", "retail-train-20260801-061500-a1b2c3", ("model",)),
    Variable(
        "max_concurrent_requests",
        "requests that an instance handles at once (setting)",
        4,
        ("deployment",),
    ),
    Variable(
        "model", "the model version to serve, as azureml:NAME:VERSION", "azureml:retail-forecast:7", ("deployment",)
    ),
    Variable("model_name", "the registered model (setting)", "retail-forecast", ("model",)),
    Variable(
        "model_type",
        "mlflow_model where the output holds an MLmodel file, else custom_model",
        "mlflow_model",
        ("model",),
    ),
    Variable("profile", "the profile's name", "dev", ("endpoint",)),
    Variable(
        "python_version", "Python of the images and of the conda environment (setting)", "3.11", ("conda", *_DOCKER)
    ),
    Variable(
        "request_timeout_ms", "milliseconds that the slot may take for one request (setting)", 60000, ("deployment",)
    ),
    Variable("slot", "blue or green", "green", ("deployment",)),
    Variable(
        "tags",
        "lineage: tag -> text; without them a later step cannot find what it needs",
        {"retailctl.git_sha": "4f2a9c1"},
        _TAGGED,
    ),
    Variable(
        "train_arguments",
        "further arguments of training/train.py, quoted for a shell",
        ["--quantiles", "0.1,0.5,0.9"],
        ("train-job",),
    ),
    Variable(
        "train_image", "the training image, pinned by digest", f"localhost/retail/train@sha256:{_SHA}", ("train-job",)
    ),
    Variable("train_repository", "repository of the training image (setting)", "retail/train", ("train.Dockerfile",)),
    Variable(
        "train_requirements",
        "every package of training/requirements.txt with its version, without hashes",
        ["numpy==2.4.6"],
        ("conda",),
    ),
)


def of_template(name: str) -> Iterator[Variable]:
    """The variables that the template called ``name`` has."""
    return (variable for variable in VARIABLES if name in variable.templates)


def examples(name: str) -> dict[str, object]:
    """A value for each of them that renders."""
    return {variable.name: variable.example for variable in of_template(name)}
