package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"errata/store"

	"github.com/google/go-cmp/cmp"
)

func TestStoreDrop(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "eu.log", combinedLine+strings.ReplaceAll(combinedLine, " 404 ", " 500 ")+"dead\n")
	write(t, "us.log", combinedLine)
	must(t, "ingest", "-q", "--store", "s.db", "--source", "us", "us.log")
	us := must(t, "store", "info", "--store", "s.db", "-o", "csv").stdout
	must(t, "ingest", "-q", "--store", "s.db", "--source", "eu", "eu.log")
	both := must(t, "store", "info", "--store", "s.db", "-o", "csv").stdout
	held := func() string { t.Helper(); return must(t, "store", "info", "--store", "s.db", "-o", "csv").stdout }

	// What would go is told and stays.
	dry := must(t, "store", "drop", "--store", "s.db", "--source", "eu", "--dry-run")
	if !strings.Contains(dry.stdout, "request") || !strings.Contains(dry.stdout, "\nfile\n------\neu.log\n") || !strings.HasPrefix(dry.stderr, `nothing was removed: without --dry-run go source "eu", `) {
		t.Errorf("%+v", dry)
	}
	if d := cmp.Diff(both, held()); d != "" {
		t.Errorf("a dry run removes: %s", d)
	}
	var would, gone droppedJSON
	if err := json.Unmarshal([]byte(must(t, "store", "drop", "--store", "s.db", "--source", "eu", "--dry-run", "-o", "json").stdout), &would); err != nil {
		t.Fatal(err)
	}
	r := must(t, "store", "drop", "--store", "s.db", "--source", "eu", "-o", "json")
	if err := json.Unmarshal([]byte(r.stdout), &gone); err != nil {
		t.Fatal(err)
	}
	if !would.DryRun || gone.DryRun {
		t.Errorf("%+v, %+v", would, gone)
	}
	would.DryRun = false
	if d := cmp.Diff(would, gone); d != "" || gone.Rows == 0 || gone.Batches != 1 || cmp.Diff([]string{"eu.log"}, gone.Files) != "" || len(gone.Feeds) != 1 || gone.Feeds[0] != (feedJSON{"combined", "access"}) {
		t.Errorf("%+v %s", gone, d)
	}
	for _, want := range []string{`removed source "eu": `, "to read its logs again: errata ingest --source eu --store s.db FILE...", "its dead letters stay in s.db.dead.ndjson"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in %s", want, r.stderr)
		}
	}
	if d := cmp.Diff(us, held()); d != "" {
		t.Errorf("another source was touched, or not all is gone: %s", d)
	}

	// It is unknown then, and its file is read again from the beginning.
	if r := errata(t, "", "store", "drop", "--store", "s.db", "--source", "eu"); r.code != 2 || !strings.Contains(r.stderr, `the store holds no source "eu"`) {
		t.Errorf("%+v", r)
	}
	must(t, "ingest", "-q", "--store", "s.db", "--source", "eu", "eu.log")
	if d := cmp.Diff(both, held()); d != "" {
		t.Errorf("read again: %s", d)
	}

	// A name that no ingest would take is only looked for; a store that is not
	// there is not made; -q is silent.
	if r := errata(t, "", "store", "drop", "--store", "s.db", "--source", " \x1b "); r.code != 2 || !strings.Contains(r.stderr, `holds no source " \\x1b "`) {
		t.Errorf("%+v", r)
	}
	for _, more := range []string{"--dry-run=false", "--dry-run"} {
		if r := errata(t, "", "store", "drop", "--store", "none.db", "--source", "eu", more); r.code != 1 {
			t.Errorf("%+v", r)
		}
		if _, err := os.Stat("none.db"); err == nil {
			t.Error("a store was made")
		}
	}
	if r := must(t, "store", "drop", "-q", "--store", "s.db", "--source", "us"); r.stderr != "" || !strings.Contains(r.stdout, "total") {
		t.Errorf("%+v", r)
	}
}

// A list that is empty is no null.
func TestDroppedJSON(t *testing.T) {
	b, err := json.Marshal(makeDropped(store.Dropped{Source: "x"}, true))
	if want := `{"source":"x","dry_run":true,"rows":0,"kinds":[],"batches":0,"files":[],"feeds":[]}`; err != nil || string(b) != want {
		t.Errorf("got %s, %v", b, err)
	}
}

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{
		"eu-gateway": "eu-gateway", "a b": "'a b'", "": "''", "it's": `'it'\''s'`, "$(rm -rf .)": "'$(rm -rf .)'", "ä": "'ä'", "x;y": "'x;y'",
	} {
		if got := shellWord(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
