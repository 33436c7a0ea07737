"""Azure ML's rules for names, checked before anything is sent.

Limits: learn.microsoft.com/azure/machine-learning/how-to-manage-quotas (endpoints and deployments: 3 to 32
characters) and the REST descriptions of the other resources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from retailctl.errors import InvalidName


@dataclass(frozen=True)
class NameRule:
    """The pattern a kind of name must match, and the same in words."""

    pattern: re.Pattern[str]
    words: str


_ASSET = NameRule(
    re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}"),
    "1 to 255 letters, digits, '-', '_' or '.', the first a letter or digit",
)
_HOSTED = NameRule(
    re.compile(r"[A-Za-z](?=.{2,31}$)[A-Za-z0-9-]*[A-Za-z0-9]"),
    "3 to 32 letters, digits or '-', the first a letter, the last a letter or digit",
)

RULES: dict[str, NameRule] = {
    "endpoint": _HOSTED,
    "slot": NameRule(
        re.compile(r"[a-z](?=.{2,31}$)[a-z0-9-]*[a-z0-9]"),
        "3 to 32 lower-case letters, digits or '-', the first a letter (the SDK lower-cases traffic keys)",
    ),
    "model": _ASSET,
    "environment": _ASSET,
    "job": _ASSET,
    "data": _ASSET,
    "experiment": NameRule(
        re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,254}"),
        "1 to 255 letters, digits, spaces, '-', '_' or '.', the first a letter or digit",
    ),
    "compute": NameRule(
        re.compile(r"[A-Za-z](?=.{1,31}$)[A-Za-z0-9-]*[A-Za-z0-9]"),
        "2 to 32 letters, digits or '-', the first a letter, the last a letter or digit",
    ),
}


def check_name(kind: str, text: str) -> str:
    """Return ``text`` if it may name a ``kind`` (a key of RULES).

    Raises:
        InvalidName: with the rule in words.
    """
    rule = RULES[kind]
    if not rule.pattern.fullmatch(text):
        raise InvalidName(
            f"'{text}' cannot name {_article(kind)} {kind}",
            reason=f"Azure ML takes {rule.words}",
            hint=f"choose another {kind} name",
            details={"kind": kind, "name": text},
        )
    return text


def _article(kind: str) -> str:
    return "an" if kind[0] in "aeiou" else "a"
