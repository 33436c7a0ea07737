"""Foreign text made fit to show: secrets out, length bounded.

Logs, traces and errors of retailctl pass through here whenever they hold text that somebody else wrote.
"""

from __future__ import annotations

import re

MAX_TEXT = 256
"""Characters of foreign text that an error or a trace line shows."""

HIDDEN = "***"

_BEARER = re.compile(r"(?i)\b(bearer|sharedkey|sharedaccesssignature)\s+[^\s,;\"']+")
_ASSIGNED = re.compile(
    r"(?i)\b(sig|signature|accountkey|sharedaccesskey|\w*token|client_?secret|"
    r"password|passwd|pwd|secret|primary_?key|secondary_?key|api_?key)(\"?\s*[=:]\s*\"?)[^\s&;,\"']+"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")


def scrub(text: str, *, known: tuple[str, ...] = ()) -> str:
    """``text`` without anything that looks like a secret, nor the ``known`` ones."""
    for secret in known:
        if secret:
            text = text.replace(secret, HIDDEN)
    text = _JWT.sub(HIDDEN, text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    return _ASSIGNED.sub(rf"\1\2{HIDDEN}", text)


def short(text: str, *, known: tuple[str, ...] = ()) -> str:
    """One line of ``text``: scrubbed, without colours, white space folded, cut to MAX_TEXT characters."""
    line = " ".join(scrub(_COLOUR.sub("", text), known=known).split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"
