#!/bin/sh
# Lets other releases of the official SDK judge the local Azure ML: sh tests/contract/releases.sh 1.34.1 1.35.0
# Without a version: the newest one that the package index has. The rest of the environment stays as it is.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in "${@:-}"; do
  place="$folder/${version:-newest}"
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$place" "azure-ai-ml${version:+==$version}"
  PYTHONPATH="$place" "$python" -m pytest -W ignore -p no:cacheprovider tests/contract --ignore tests/contract/client
done
