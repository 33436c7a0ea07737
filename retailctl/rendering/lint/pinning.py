"""Whatever is sent names content that does not move: digests, whole-number versions, no labels.

A deployment reads its image and model again whenever its machine is replaced, and the service takes two requests with
the same text for the same thing: a tag or label that moves makes neither safe.
"""

from __future__ import annotations

import re

from retailctl.domain.references import ImageRef
from retailctl.errors import InvalidInput
from retailctl.rendering.documents import Document, Path
from retailctl.rendering.lint.finding import Found, Rule, finding

_VERSION = re.compile(r"[1-9][0-9]*")
_REGISTERED = re.compile(r"azureml:(?P<name>[^:@/]+)(?::(?P<version>[^:@/]+)|@(?P<label>[^:@/]+))?")
_LOWER_LEVEL = "azureml:/"
MODEL_TYPES = ("custom_model", "mlflow_model", "triton_model")


def _image(document: Document) -> Found:
    path: Path = ("environment", "image")
    text = document.get(*path)
    if not isinstance(text, str) or document.has("environment", "conda_file"):
        return  # a base image that packages are put on is the environment's content, and its version pins it
    try:
        image = ImageRef.parse(text)
    except InvalidInput as error:
        yield finding(document, IMAGE.id, path, f"{error.message}: {error.reason}")
        return
    if not image.pinned:
        tag = f"tag {image.tag}" if image.tag else "no tag"
        why = f"image {text} has {tag}, which may mean another image tomorrow"
        yield finding(document, IMAGE.id, path, why, f"{image.registry}/{image.repository}@sha256:DIGEST")


def _model(document: Document) -> Found:
    reference = document.get("model")
    if not isinstance(reference, str) or reference.startswith(_LOWER_LEVEL):
        return
    match = _REGISTERED.fullmatch(reference)
    if not match:
        yield finding(document, MODEL.id, ("model",), f"model {reference} is not azureml:NAME:VERSION")
    elif match["label"] or not match["version"]:
        label = f"label {match['label']}" if match["label"] else "no version"
        why = f"model {reference} has {label}, which moves between now and the deployment"
        yield finding(document, MODEL.id, ("model",), why, f"azureml:{match['name']}:VERSION")
    elif not _VERSION.fullmatch(match["version"]):
        why = f"model version {match['version']} is not a whole number"
        yield finding(document, MODEL.id, ("model",), why, f"azureml:{match['name']}:1")


def _environment(document: Document) -> Found:
    reference = document.get("environment")
    match = _REGISTERED.fullmatch(reference) if isinstance(reference, str) else None
    if match and not match["version"]:
        why = f"environment {reference} moves between now and the deployment"
        yield finding(document, ENVIRONMENT.id, ("environment",), why, f"azureml:{match['name']}:VERSION")


def _data(document: Document) -> Found:
    inputs = document.get("inputs")
    for name, value in inputs.items() if isinstance(inputs, dict) else ():
        path = ("inputs", name, "path") if isinstance(value, dict) else ("inputs", name)
        reference = document.get(*path)
        match = _REGISTERED.fullmatch(reference) if isinstance(reference, str) else None
        if match and not match["version"]:
            why = f"input {name} is {reference}, whose version moves"
            yield finding(document, DATA.id, path, why, f"azureml:{match['name']}:VERSION")


def _version(document: Document) -> Found:
    version = document.get("version")
    if version is not None and not _VERSION.fullmatch(str(version)):
        why = f"version {version} is not a whole number; left out, the service counts on"
        yield finding(document, VERSION.id, ("version",), why, "no version line")


def _model_type(document: Document) -> Found:
    kind = document.get("type")
    if kind is not None and kind not in MODEL_TYPES:
        why = f"type {kind} is not one of {', '.join(MODEL_TYPES)}"
        yield finding(document, MODEL_TYPE.id, ("type",), why, "custom_model")


IMAGE = Rule("image-pinned", "images are named by digest", _image)
MODEL = Rule("model-pinned", "models are named by version, a whole number", _model)
ENVIRONMENT = Rule("environment-pinned", "a registered environment is named by version", _environment)
DATA = Rule("data-pinned", "registered data is named by version", _data)
VERSION = Rule("model-version", "a model's version is left out or a whole number", _version)
MODEL_TYPE = Rule("model-type", "custom_model, mlflow_model or triton_model", _model_type)
