#!/bin/sh
# The whole flow on one machine: two releases, traffic shifted, leftovers cleaned up, a forecast asked for.
# Everything it makes is under .retailctl/, and nothing outside this machine is asked.
set -eu

folder=$PWD/.retailctl
export RETAILCTL_STATE="$folder/demo" RETAILCTL_PROFILE=local
first=$folder/demo-data/first
second=$folder/demo-data/a-week-later

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    say "\$ retailctl $*" | sed "s|$PWD/||g"
    retailctl "$@"
}
trap 'retailctl local stop --quiet || true' EXIT

retailctl local reset --yes --quiet
run data sample --out "$first" --days 730
run release --data "$first"

say "# A week later: new sales, a new model, the other slot"
run data sample --out "$second" --days 737
run release --data "$second"

run traffic blue=50 green=50
run traffic blue=0 green=100
run status
run logs --slot green --lines 5
say "# Blue has done its part"
run endpoint delete --slot blue --force --yes
run cleanup --keep 1 --yes
run invoke --slot green
