"""The project's own files, as git knows them."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("retailctl", "training", "serving")


def tracked(*endings: str) -> list[Path]:
    """Files that git tracks, or would (new and not ignored), with one of these endings; all without any."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [CHECKOUT / name for name in sorted(set(listing.stdout.splitlines()))]
    return [file for file in files if file.is_file() and (not endings or file.suffix in endings)]


def product_modules() -> list[Path]:
    """The Python files of the product, without its tests."""
    return [file for file in tracked(".py") if file.relative_to(CHECKOUT).parts[0] in PACKAGES]


def functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, methods and inner ones as well."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, its docstring included."""
    return (node.end_lineno or node.lineno) - node.lineno + 1
