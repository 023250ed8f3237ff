#!/usr/bin/env bash
# Runs under the race detector what runs at the same time: the tests of the
# packages that start goroutines, and of the others those test files that do.
# It needs cgo: where gcc is missing it says so, and fails in CI.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v "$(go env CC)" >/dev/null; then
	echo "race: no C compiler, skipped (install gcc)" >&2
	[ "${CI:-}" != true ]
	exit
fi

# starts PATHSPEC...: the files that start goroutines. The one of internal/cli
# waits for a signal and shares nothing.
starts() {
	git ls-files -co --exclude-standard -- "$@" ':!tools' ':!internal/cli' |
		xargs -r grep -lE '^[[:space:]]*go (func\(|[a-z][A-Za-z.]*\()|\.Go\('
}
race() { CGO_ENABLED=1 go test -race -short -timeout 15m "$@"; }

whole=$(starts '*.go' ':!*_test.go' | xargs -r -n1 dirname | sort -u)
mapfile -t packages < <(sed '/./s|^|./|' <<<"$whole")
race "${packages[@]}"

starts '*_test.go' | while read -r file; do
	package=$(dirname "$file")
	if ! grep -qx "$package" <<<"$whole"; then
		names=$(grep -oE '^func Test[A-Za-z0-9_]*' "$file" | cut -d' ' -f2 | paste -sd'|')
		race -run "^($names)\$" "./$package"
	fi
done
