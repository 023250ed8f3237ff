package e2e

import (
	"fmt"
	"testing"

	"errata/internal/gen"
)

// What lies in the store after errata ingest is what the plain recount of the
// same lines counts, in every format and kind of log, cell by cell.
func TestStoreEqualsRecount(t *testing.T) {
	t.Parallel()
	seed := uint64(100)
	for _, format := range gen.Formats() {
		for _, logs := range []gen.Logs{gen.Access, gen.Response, gen.Both} {
			if (format == "combined" || format == "common") && logs != gen.Access {
				continue
			}
			seed++
			seed := seed
			t.Run(fmt.Sprintf("%s/%s", format, logs), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, "ERRATA_FLUSH__ROWS=1000")
				log, _ := traffic(t, format, "small", logs, seed, 400, 3)
				w.write("a.log", log)
				w.must("ingest", "-q", "--logs", string(logs), "a.log")
				differ(t, recount(t, string(logs), map[string][]byte{"a.log": log}), w.cells())
			})
		}
	}
}
