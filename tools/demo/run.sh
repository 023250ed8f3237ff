#!/usr/bin/env bash
# Four weeks of made-up traffic behind three gateways, ingested into
# demo/errata.db, the first questions asked of it, and the weekly report.
# Everything that it writes lies in demo/logs, demo/errata.db* and
# demo/report.html; it makes those anew each time and touches nothing else.
set -euo pipefail
cd "$(dirname "$0")/../.."

errata=bin/errata
dir=demo
marker=$dir/.errata-demo
store=$dir/errata.db
# SOURCE LOG-FORMAT: three gateways with traffic of their own.
gateways=("eu apisix" "us nginx-json" "asia kong")

if [ -L $dir ] || { [ -e $dir ] && [ ! -f $marker ]; }; then
	echo "demo: $dir/ is there and was not made by this script; move it away first" >&2
	exit 1
fi
mkdir -p $dir
touch $marker
rm -rf $dir/logs $dir/report.html $store $store-wal $store-shm $store.lock $store.dead.ndjson $store.dead.ndjson.1
mkdir $dir/logs

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
if [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ]; then
	say() { printf '\n%s\n' "$*"; }
fi
# run shows a command as one would type it, then its answer.
run() {
	printf '$ %s\n' "$*"
	"$@"
}

now=$(date -u +%s)
end=$(date -u +%Y-%m-%dT%H:00:00Z)
say "1. Four weeks of traffic until $end, behind three gateways"
make_logs() { # SEED SOURCE FORMAT
	"$errata" gen --scenario demo --seed "$1" --days 28 --end "$end" --log-format "$3" \
		-o "$dir/logs/$2.ndjson" --truth "$dir/logs/$2.truth.json"
}
export -f make_logs
export errata dir end
seed=0
for gateway in "${gateways[@]}"; do
	seed=$((seed + 1))
	echo "$seed $gateway"
done | xargs -P 2 -L 1 bash -c 'make_logs "$0" "$1" "$2"'
ls -lh $dir/logs/*.ndjson | awk '{ print "  " $NF " " $5 }'

say "2. Into one SQLite file"
for gateway in "${gateways[@]}"; do
	read -r source _ <<<"$gateway"
	run "$errata" ingest --store $store --source "$source" "$dir/logs/$source.ndjson"
done

say "3. Which errors, and how many callers do they reach?"
run "$errata" query --store $store --by type --measure errors,callers

say "4. Where, and which param?"
run "$errata" query --store $store --by route,param --measure errors,callers --limit 15

# The trouble of the demo begins 5 days and 9 hours before its end at the
# earliest, so on most weekdays a part of it is younger than the last complete
# ISO week, which is what a report is about by default. The seven whole days up to
# the last midnight hold the begin of all of it, and there are three weeks of
# history before them to call something new.
day() { date -u -d "@$1" +%Y-%m-%d 2>/dev/null || date -u -r "$1" +%Y-%m-%d; } # GNU's date, else BSD's
until=$(day "$now")
since=$(day $((now - 7 * 86400)))
week=(--since "$since" --until "$until" --now "$end")

say "5. Which switched-off features do callers ask for?"
run "$errata" demand --store $store "${week[@]:0:4}"

say "6. What changed in the last seven days? The same as a page: $dir/report.html"
run "$errata" report --store $store "${week[@]}" --top 3
run "$errata" report --store $store "${week[@]}" -o $dir/report.html

say "Done in $SECONDS s. Try next:"
try() { printf '  %-92s # %s\n' "$errata $1" "$2"; }
try "report --store $store -o report.md" "the last complete week, for a ticket; also -o json, -o csv"
try "report $dir/logs/*.ndjson --since $since" "the same without a store, read in one go"
try "demand --store $store --feature synthetic-feature-a --callers" "who they are"
try "samples --store $store --where type=api_error --limit 3" "examples, with their place in the logs"
try "query --store $store --by type --step 1d --last 7d" "the incidents of last week"
try "query --store $store --by client --where type=rate_limit_error" "who retries"
try "query --store $store --by param --where type=invalid_request_error -o csv" "for programs; also -o json, --sql"
try "store info --store $store" "what is in there"
try "dlq list --store $store" "what could not be read, and why"
try "parse $dir/logs/us.ndjson | head -3" "how a line is understood"
