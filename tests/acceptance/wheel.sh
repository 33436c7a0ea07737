#!/bin/sh
# Builds the wheel and runs it where there is no checkout: the base install alone, the whole flow with the extra,
# and the flow from a project made by `retailctl init`.
set -eu
checkout=$PWD
work=$(mktemp -d)
leave() {
    for project in "$work"/empty "$work"/project; do
        [ ! -d "$project/.retailctl" ] || (cd "$project" && "$work/full/bin/retailctl" local stop --quiet) || true
    done
    rm -rf "$work"
}
trap leave EXIT
unset PYTHONPATH RETAILCTL_STATE RETAILCTL_PROFILE || true
export OMP_NUM_THREADS=1

.venv/bin/python -m build --wheel --no-isolation --outdir "$work/dist" . >/dev/null
wheel=$(ls "$work"/dist/*.whl)

environment() { # name, requirement file, installer...
    "$checkout/.venv/bin/python" -m venv "$work/$1"
    lock=$checkout/$2
    shift 2
    "$@" --require-hashes -r "$lock"
    "$@" --no-deps "$wheel"
}

echo "-- base install, by pip as users have it"
environment base requirements.txt "$work/base/bin/python" -m pip install -q --disable-pip-version-check
cd "$work"
base/bin/retailctl --version
if base/bin/retailctl status 2>"$work/said"; then
    echo "the base install has no local Azure ML, and status should have said so" >&2
    exit 1
fi
grep -q 'retailctl\[local\]' "$work/said"

echo "-- the whole flow from the wheel's own bundle"
environment full requirements-local.txt "$checkout/.ci/install" "$work/full/bin/python"
mkdir "$work/empty" && cd "$work/empty"
PATH="$work/full/bin:$PATH"
retailctl data sample --out data --stores 2 --items 6 --days 400
retailctl release --data data
retailctl status
retailctl invoke -o json >/dev/null

echo "-- a release from a project made by init"
retailctl init "$work/project" && cd "$work/project"
retailctl data sample --out data --stores 2 --items 6 --days 407
retailctl release --data data
retailctl status -o json | grep -q '"blue": 100'
"$work/full/bin/python" -m training.forecast --help >/dev/null

echo "-- nothing of ours at the top level of site-packages but retailctl"
"$work/full/bin/python" - <<'PYTHON'
import importlib.util
import sys
sys.path = [entry for entry in sys.path if entry and "project" not in entry]
assert importlib.util.find_spec("training") is None and importlib.util.find_spec("serving") is None
PYTHON
echo "the wheel works"
