"""``--set`` on a training job: a field of the job's YAML, or an option of training/train.py.

``--set compute=azureml:gpu-cluster`` and ``--set limits.timeout=3600`` are fields, as for ``az ml job create``;
``--set seed=1`` is no field, and becomes ``--seed 1`` on the command line of the training script.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from retailctl.errors import InvalidInput
from retailctl.rendering.fields import known_fields
from retailctl.rendering.overrides import Override, parse_override

_OPTION = re.compile(r"[a-z][a-z0-9_-]*")


_DATA = ("inputs", "train_data", "path")
_IMAGE = ("environment", "image")


@dataclass(frozen=True)
class JobOptions:
    """The kinds of ``--set``, apart."""

    overrides: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    """For the training script, each quoted for a shell."""
    data: str | None = None
    """What ``inputs.train_data.path`` was set to: another way to say ``--data``."""
    image: str | None = None
    """What ``environment.image`` was set to: another way to say ``--image``."""

    @property
    def script(self) -> dict[str, str]:
        """The training script's options by name; of one that is given twice the last counts."""
        return script_options(" ".join(self.arguments))


def split_options(texts: Iterable[str]) -> JobOptions:
    """Tell fields of a job from options of the training script.

    Raises:
        InvalidInput: neither: not ``name=value``, or almost the name of a field.
    """
    known = known_fields("job")
    options = JobOptions()
    for text in texts:
        override = parse_override(text)
        unknown = known.first_unknown(override.path[:1])
        if override.path == _DATA:
            options = replace(options, data=str(override.value))
        elif override.path == _IMAGE:
            options = replace(options, image=str(override.value))
        elif unknown is None:
            options = replace(options, overrides=(*options.overrides, text))
        else:
            options = replace(options, arguments=(*options.arguments, *_argument(override, list(unknown[1]))))
    return options


def script_options(command: str) -> dict[str, str]:
    """The options in a job's command line by name, but for what the service fills in (``${{inputs.train_data}}``)."""
    try:
        words = shlex.split(command)
    except ValueError:  # somebody's own job, in a language of its own
        return {}
    pairs = ((name, value) for name, value in pairwise(words) if name.startswith("--"))
    return {name[2:]: value for name, value in pairs if not value.startswith(("--", "${{"))}


def _argument(override: Override, fields: list[str]) -> list[str]:
    name = override.path[0]
    near = difflib.get_close_matches(name, fields, n=1, cutoff=0.8)
    if near or len(override.path) > 1 or not _OPTION.fullmatch(name):
        raise InvalidInput(
            f"--set {override.text}: a job has no field '{name}'",
            reason=f"did you mean '{near[0]}'?" if near else "an option of training/train.py is one plain word",
            hint="retailctl template render train-job",
            details={"set": override.text},
        )
    value = override.text.partition("=")[2]
    return [f"--{name}", shlex.quote(value)]
