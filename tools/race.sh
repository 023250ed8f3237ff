#!/usr/bin/env bash
# Runs the tests of the packages that start goroutines, in their code or in
# their tests, under the race detector. It needs cgo: where gcc is missing it
# says so, and fails in CI. Tests that take long and race with nothing skip
# themselves with -short.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v "$(go env CC)" >/dev/null; then
	echo "race: no C compiler, skipped (install gcc)" >&2
	[ "${CI:-}" != true ]
	exit
fi
mapfile -t packages < <(
	git ls-files -co --exclude-standard -- '*.go' ':!tools' |
		xargs -r grep -lE '^[[:space:]]*go (func\(|[a-z][A-Za-z.]*\()|\.Go\(' |
		xargs -r -n1 dirname | sort -u | sed 's|^|./|'
)
if [ ${#packages[@]} -eq 0 ]; then
	echo "race: no package starts a goroutine" >&2
	exit
fi
CGO_ENABLED=1 go test -race -short -timeout 15m "${packages[@]}"
