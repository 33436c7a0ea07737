#!/bin/sh
# The whole flow on one machine: two releases, traffic shifted, leftovers cleaned up, a forecast asked for.
# Everything it makes is under .retailctl/, and nothing outside this machine is asked.
#
#   RUNNER=docker     jobs and slots run as containers of images that are built first; auto and process as
#                     `retailctl local start --runner` has them
#   REGISTRY=HOST     the images go to this registry and are pulled by digest, as in the cloud
#   DAYS=N            days of sample data
set -eu

folder=$PWD/.retailctl
export RETAILCTL_STATE="$folder/demo" RETAILCTL_PROFILE=local RETAILCTL_RUNNER="${RUNNER:-auto}"
# Images of its own, so that cleaning up leaves yours alone.
export RETAILCTL_TRAIN_IMAGE=retailctl-demo/train RETAILCTL_INFER_IMAGE=retailctl-demo/infer
[ -z "${REGISTRY:-}" ] || export RETAILCTL_REGISTRY="$REGISTRY"
days=${DAYS:-730}
first=$folder/demo-data/first
second=$folder/demo-data/a-week-later

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    say "\$ retailctl $*" | sed "s|$PWD/||g"
    retailctl "$@"
}
trap 'retailctl local stop --quiet || true' EXIT

retailctl local reset --yes --quiet
run data sample --out "$first" --days "$days"
run release --data "$first"

say "# A week later: new sales, a new model, the other slot"
run data sample --out "$second" --days $((days + 7))
run release --data "$second"

run traffic blue=50 green=50
run traffic blue=0 green=100
run status
run logs --slot green --lines 5
say "# Blue has done its part"
run endpoint delete --slot blue --force --yes
run cleanup --keep 1 --yes ${REGISTRY:+--images}
run invoke --slot green
run local status
