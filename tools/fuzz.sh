#!/usr/bin/env bash
# Fuzzes every target of the module, FUZZJOBS at a time, FUZZTIME each. A
# failing input is written to the package's testdata/fuzz by the go command:
# commit it with the fix.
set -euo pipefail
cd "$(dirname "$0")/.."

export FUZZTIME=${FUZZTIME:-30s} CGO_ENABLED=0
jobs=${FUZZJOBS:-2}

# one PACKAGE TARGET
one() {
	local log try
	log=$(mktemp)
	for try in 1 2; do
		if go test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 5s -parallel 1 "$1" >"$log" 2>&1; then
			echo "ok   $1 $2 $(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
			rm -f "$log"
			return
		fi
		# The go command may lose the race with its own clock and fail a
		# target in which nothing was found.
		if [ $try = 2 ] || grep -q 'Failing input written' "$log" || ! grep -q 'context deadline exceeded' "$log"; then
			break
		fi
	done
	echo "FAIL $1 $2"
	cat "$log"
	rm -f "$log"
	return 1
}
export -f one

targets=$(
	git ls-files -co --exclude-standard -- '*_test.go' ':!tools' |
		xargs -r grep -HoE '^func Fuzz[A-Za-z0-9_]*\(' |
		sed -E 's|^(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]*)\($|./\1 \2|' | sort -u
)
if [ -z "$targets" ]; then
	echo "fuzz: no target found" >&2
	exit 1
fi
echo "fuzzing $(wc -l <<<"$targets") targets, $FUZZTIME each, $jobs at a time"

# Build with the fuzzer's instrumentation first, so that jobs do not compile the same packages twice.
cut -d' ' -f1 <<<"$targets" | sort -u | while read -r package; do
	go test -c -fuzz . -o /dev/null "$package"
done
xargs -P "$jobs" -L 1 bash -c 'one "$0" "$1"' <<<"$targets"
