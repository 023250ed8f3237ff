#!/usr/bin/env bash
# Four weeks of made-up traffic behind three gateways, ingested into
# demo/errata.db, and the first questions asked of it. Everything that it writes
# lies in demo/logs and demo/errata.db*; it makes those anew each time and
# touches nothing else.
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
rm -rf $dir/logs $store $store-wal $store-shm $store.lock $store.dead.ndjson $store.dead.ndjson.1
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

say "5. Which switched-off features do callers ask for?"
run "$errata" query --store $store --by feature --where status=501 --measure errors,callers

say "Done in $SECONDS s. Try next:"
try() { printf '  %-92s # %s\n' "$errata $1" "$2"; }
try "query --store $store --by type --step 1d --last 7d" "the incidents of last week"
try "query --store $store --by source --measure requests,errors,ratio,p50,p99" "the three gateways"
try "query --store $store --by client --where type=rate_limit_error" "who retries"
try "query --store $store --by param --where type=invalid_request_error -o csv" "for programs; also -o json, --sql"
try "store info --store $store" "what is in there"
try "dlq list --store $store" "what could not be read, and why"
try "parse $dir/logs/us.ndjson | head -3" "how a line is understood"
