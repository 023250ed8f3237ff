#!/usr/bin/env bash
# Runs golangci-lint at the version that tools/lint/go.mod pins:
#   tools/lint.sh run      report findings
#   tools/lint.sh fmt      format all files
# Building it takes some minutes, so the binary is kept in the user's cache
# folder under its version; a clean clone on the same machine finds it there.
set -euo pipefail
cd "$(dirname "$0")/.."

package=github.com/golangci/golangci-lint/v2/cmd/golangci-lint
version=$(cd tools/lint && go list -m -f '{{.Version}}' github.com/golangci/golangci-lint/v2)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/errata/tools
binary=$cache/golangci-lint-$version-$(go env GOVERSION)

if [ ! -x "$binary" ]; then
	echo "building golangci-lint $version once (some minutes) into $cache" >&2
	mkdir -p "$cache"
	part=$binary.$$
	trap 'rm -f "$part"' EXIT
	(cd tools/lint && CGO_ENABLED=0 go build -trimpath -o "$part" "$package")
	mv "$part" "$binary" # whole or not at all, also if two of us build
fi

case ${1:-run} in
run) "$binary" run ./... ;;
fmt) "$binary" fmt ./... ;;
*) echo "usage: tools/lint.sh run|fmt" >&2 && exit 2 ;;
esac
