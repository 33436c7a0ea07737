"""The generated tables of templates/README.md; run as a module, it writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterable

from retailctl.config.bundle import bundle_root
from retailctl.rendering.catalogue import TEMPLATES
from retailctl.rendering.lint.check import RULES
from retailctl.rendering.variables import VARIABLES

README = bundle_root() / "templates" / "README.md"


def _table(*rows: Iterable[str]) -> str:
    head, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + " --- |" * (head.count("|") - 1), *rest])


def _templates() -> str:
    rows = [(f"`{each.name}`", f"`{each.file_name}`", each.meaning) for each in TEMPLATES]
    return _table(("template", "file", "renders"), *rows)


def _variables() -> str:
    rows = [(f"`{each.name}`", each.meaning, ", ".join(each.templates)) for each in VARIABLES]
    return _table(("variable", "meaning", "templates"), *rows)


def _rules() -> str:
    found: dict[tuple[str, str], list[str]] = {}
    for kind, rules in RULES.items():
        for rule in rules:
            found.setdefault((rule.id, rule.meaning), []).append(kind)
    rows = [(f"`{name}`", meaning, ", ".join(kinds)) for (name, meaning), kinds in sorted(found.items())]
    return _table(("rule", "asks for", "documents"), *rows)


def filled(text: str) -> str:
    """``text`` with every table between its markers made anew."""
    for name, table in (("templates", _templates()), ("variables", _variables()), ("rules", _rules())):
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = between.sub(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", text)
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text()))
