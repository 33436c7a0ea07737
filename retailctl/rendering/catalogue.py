"""The templates there are, and which file wins: a project's own goes before the one that retailctl carries."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retailctl.errors import TemplateNotFound

Kind = Literal["job", "endpoint", "deployment", "environment", "model", "conda", "dockerfile"]


@dataclass(frozen=True)
class Template:
    """A template by name; ``kind`` says what its text is, and so which rules it keeps."""

    name: str
    kind: Kind
    meaning: str
    output: str
    """File name of what it renders."""

    @property
    def file_name(self) -> str:
        """``train-job.yml.j2``."""
        return f"{self.output}.j2"


@dataclass(frozen=True)
class TemplateFile:
    """The file that a template is read from; ``folders`` is where its includes are looked up, the first wins."""

    template: Template
    path: Path
    folders: tuple[Path, ...]

    @property
    def file_name(self) -> str:
        """Its name inside its folder."""
        return self.path.name

    @property
    def overridden(self) -> bool:
        """Whether the project's own file hides the one that retailctl carries."""
        return len(self.folders) > 1 and self.path.parent == self.folders[0]


TEMPLATES: tuple[Template, ...] = (
    Template("train-job", "job", "the training job: code, command, data, image, compute", "train-job.yml"),
    Template("endpoint", "endpoint", "the online endpoint, without any traffic of its own", "endpoint.yml"),
    Template("deployment", "deployment", "a slot: model, image, routes, probes, instances", "deployment.yml"),
    Template("model", "model", "a model version: the job output it is, and its lineage", "model.yml"),
    Template("environment", "environment", "a training environment to register, with its conda.yml", "environment.yml"),
    Template("conda", "conda", "the conda packages of that environment", "conda.yml"),
    Template("train.Dockerfile", "dockerfile", "the training image", "train.Dockerfile"),
    Template("infer.Dockerfile", "dockerfile", "the inference image", "infer.Dockerfile"),
)


def find(name: str, folders: Sequence[Path]) -> TemplateFile:
    """The file of the template called ``name``: the first of ``folders`` that has it.

    Raises:
        TemplateNotFound: no such template, or a folder that lacks its file.
    """
    template = next((each for each in TEMPLATES if each.name == name), None)
    if template is None:
        names = [each.name for each in TEMPLATES]
        near = difflib.get_close_matches(name, names, n=1)
        raise TemplateNotFound(
            f"there is no template '{name}'",
            reason=f"did you mean '{near[0]}'?" if near else "the templates are " + ", ".join(names),
        )
    paths = (folder / template.file_name for folder in folders)
    path = next((each for each in paths if each.is_file()), None)
    if path is None:
        looked = ", ".join(str(folder) for folder in folders)
        raise TemplateNotFound(f"template '{name}' has no file {template.file_name}", reason=f"looked in {looked}")
    return TemplateFile(template, path, tuple(folders))


def list_templates(folders: Sequence[Path]) -> list[TemplateFile]:
    """Every template with the file that wins."""
    return [find(template.name, folders) for template in TEMPLATES]
