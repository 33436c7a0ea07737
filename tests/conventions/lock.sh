#!/bin/sh
# Resolves every requirement file anew, with hashes and without index addresses; later files stay within earlier ones.
set -eu
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-annotate --custom-compile-command "make lock" "$@"
}
compile --group installer -o requirements-uv.txt
compile pyproject.toml -o requirements.txt
compile pyproject.toml --extra local --group build -c requirements.txt -o requirements-local.txt
compile pyproject.toml --extra local --group dev -c requirements-local.txt -o requirements-dev.txt
# azureml-mlflow caps MLflow, pandas and cryptography below what the tool itself runs with: a lock of its own.
compile training/requirements.in -o training/requirements.txt
compile serving/requirements.in -c requirements-dev.txt -o serving/requirements.txt
