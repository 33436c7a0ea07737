"""Every command's name, one-line summary and module, so that the root's help imports none of them."""

from dataclasses import dataclass
from importlib import import_module

import typer

VERBS = "Release a forecast"
LOOK = "Look and ask"
NOUNS = "Things in the workspace"
PROJECT = "This project and this machine"


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the root: ``module`` is its file under commands/, ``hidden`` a synonym left out of the help."""

    name: str
    summary: str
    panel: str
    module: str
    hidden: bool = False

    def load(self) -> typer.Typer:
        """Import the command's module."""
        app: typer.Typer = import_module(f"retailctl.cli.commands.{self.module}").app
        return app


ENTRIES = (
    Entry("init", "Make a project: retailctl.toml, templates and code to edit.", VERBS, "init"),
    Entry("doctor", "Check credential, workspace, compute, quota, registry and versions.", VERBS, "doctor"),
    Entry("build", "Build and push the training and inference images.", VERBS, "build"),
    Entry("train", "Submit the training job and follow it.", VERBS, "train"),
    Entry("register", "Register a model version from a job's output.", VERBS, "register"),
    Entry("deploy", "Create or update a slot without traffic, and test it.", VERBS, "deploy"),
    Entry("traffic", "Shift the endpoint's traffic between the slots.", VERBS, "traffic"),
    Entry("shift-traffic", "Shift the endpoint's traffic between the slots.", VERBS, "traffic", hidden=True),
    Entry("rollback", "Go back to the split before the last change.", VERBS, "rollback"),
    Entry("release", "Build, train, register, deploy, test and shift, in order.", VERBS, "release"),
    Entry("cleanup", "Remove what no live slot refers to.", VERBS, "cleanup"),
    Entry("status", "Show the endpoint, its slots, traffic and models.", LOOK, "status"),
    Entry("invoke", "Ask the endpoint, or one slot, for a forecast.", LOOK, "invoke"),
    Entry("logs", "Show a slot's log, and follow it.", LOOK, "logs"),
    Entry("job", "Training jobs.", NOUNS, "job"),
    Entry("model", "Registered models.", NOUNS, "model"),
    Entry("env", "Environments of jobs and slots.", NOUNS, "env"),
    Entry("image", "Container images in the registry.", NOUNS, "image"),
    Entry("endpoint", "Online endpoints and their keys.", NOUNS, "endpoint"),
    Entry("compute", "Compute clusters.", NOUNS, "compute"),
    Entry("data", "Data assets, and sample data.", NOUNS, "data"),
    Entry("config", "Settings, and where each comes from.", PROJECT, "config"),
    Entry("template", "Templates, and what they render.", PROJECT, "template"),
    Entry("local", "The local Azure ML on this machine.", PROJECT, "local"),
)

BY_NAME = {entry.name: entry for entry in ENTRIES}
