#!/usr/bin/env bash
# Every test. With CI=true also what a machine without a developer must hold:
# lint, fuzzing for 10 s a target, a tidy go.mod, and nothing skipped for want
# of a tool.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { echo "== $* ($SECONDS s)"; }

step build
make --no-print-directory build
step formatting, vet
make --no-print-directory fmt-check vet
if [ "${CI:-}" = true ] || [ "$(id -u)" = 0 ]; then
	step a browser for the pages
	tools/chromium.sh || true # where none can be had, the tests say so: skipped, and failed in CI
fi
step tests
go test -timeout 15m ./...
step tests of the benchmarks: all decoders agree
(cd tools/bench && go vet ./... && go test -timeout 5m ./...)
step race detector
tools/race.sh

if [ "${CI:-}" = true ]; then
	step go.mod
	go mod verify
	go mod tidy -diff
	step lint
	tools/lint.sh run
	step fuzz
	FUZZTIME=${FUZZTIME:-10s} tools/fuzz.sh
	step generated pages
	make --no-print-directory docs
	git diff --exit-code -- docs
fi
step passed
