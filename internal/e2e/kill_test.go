package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"errata/internal/dlq"
	"errata/internal/gen"
)

// kills is how often the program is killed: 100 times, a fifth of that in CI,
// or ERRATA_KILLS times.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("ERRATA_KILLS")); err == nil {
		return n
	}
	if os.Getenv("CI") != "" || testing.Short() {
		return 20
	}
	return 100
}

// The program is killed with SIGKILL at random moments of an ingest, run again
// and killed again, until all is read: every cell and every dead letter is as
// after one run that nobody disturbed, and as the plain recount has it.
func TestKill(t *testing.T) {
	const seed = 7
	logs := map[string][]byte{}
	w, clean := newWorld(t, "ERRATA_FLUSH__ROWS=400"), newWorld(t, "ERRATA_FLUSH__ROWS=400")
	for name, format := range map[string]string{"a.log": "apisix", "b.log": "kong", "c.log": "nginx-json"} {
		log, _ := traffic(t, format, "small", gen.Both, seed, 700, 7)
		logs[name] = log
		for _, x := range []*world{w, clean} {
			if name == "b.log" {
				x.write("b.log.gz", gz(t, log))
			} else {
				x.write(name, log)
			}
		}
	}
	args := []string{"ingest", "-q", "--logs", "both", "a.log", "b.log.gz", "c.log"}
	whole := clean.must(args...).took
	want := clean.cells()
	differ(t, recount(t, "both", logs), want)

	rng := rand.New(rand.NewPCG(seed, uint64(time.Now().UnixNano())))
	killed, finished := 0, 0
	for killed < kills() {
		ctx, cancel := context.WithCancel(t.Context())
		c := w.command(ctx, args...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rng.Int64N(int64(whole)+1)), cancel)
		err := c.Wait()
		timer.Stop()
		cancel()
		// A signal that reached it behind its own end is an error of Wait, not of the program.
		if err == nil || c.ProcessState.ExitCode() == 0 {
			// It came through before its death: begin anew, so that every kill has something to break.
			finished++
			differ(t, want, w.cells())
			sameLetters(t, clean, w)
			for _, f := range []string{"s.db", "s.db-wal", "s.db-shm", "s.db.lock", "s.db.dead.ndjson"} {
				if err := os.Remove(w.path(f)); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			continue
		}
		if c.ProcessState.ExitCode() != -1 {
			t.Fatalf("it ended by itself: %v", err)
		}
		killed++
	}
	w.must(args...)
	differ(t, want, w.cells())
	sameLetters(t, clean, w)
	if out := w.must(args...); out.code != 0 {
		t.Fatal(out.stderr)
	}
	differ(t, want, w.cells()) // again adds nothing
	t.Logf("killed %d times, came through %d times; a run takes %v", killed, finished, whole)
}

// sameLetters: each dead entry is listed once, whatever was killed between the
// letter and the mark.
func sameLetters(t *testing.T, clean, w *world) {
	t.Helper()
	letters := func(x *world) map[string]int64 {
		m := map[string]int64{}
		if _, err := dlq.List(x.path("s.db.dead.ndjson"), func(l dlq.Letter) error {
			// How consecutive entries are joined depends on where batches end, so
			// they are compared by file and reason. The lane is drawn at first sight.
			m[l.Name+" "+l.Reason] += l.Count
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return m
	}
	want, got := letters(clean), letters(w)
	for k, n := range want {
		if got[k] != n {
			t.Errorf("dead letters %s: %d, want %d", k, got[k], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d kinds of dead letters, want %d", len(got), len(want))
	}
}
