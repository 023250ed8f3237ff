package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

func TestFeeds(t *testing.T) {
	uses := func(f ...ingest.Feed) (out []store.FeedUse) {
		for _, feed := range f {
			out = append(out, store.FeedUse{Source: "s", Format: "toy", Feed: feed})
		}
		return out
	}
	long := func(entry string, n int) string { return strings.Repeat(entry+"\n", n) }
	for name, tt := range map[string]struct {
		feeds []store.FeedUse
		logs  ingest.Feed
		less  []string
		text  string
		want  ingest.Feed
		why   string
	}{
		"no body":                 {text: "200\n404\n", want: "access", why: "no body in its first 2 entries"},
		"only errors":             {text: "404b\n500\n", want: "response", why: "only errors in its first 2 entries"},
		"a success":               {text: "404b\n200\n", want: "both", why: "a status below 400"},
		"a success first":         {text: "200\n404b\n", want: "both", why: "a status below 400"},
		"a success with a body":   {text: "200b\n", want: "both", why: "a status below 400"},
		"dead first":              {text: "xcut\n404b\n", want: "response", why: "only errors in its first 2 entries"},
		"all dead":                {text: "xcut\n", want: ""},
		"decided before":          {feeds: uses("both"), text: "404b\n", want: "both", why: "as decided before"},
		"decided other way":       {feeds: uses("response"), text: "200b\n404b\n", want: "response", why: "as decided before"},
		"decided, success first":  {feeds: uses("access", "response"), text: "200\n404b\n", want: "response", why: "as decided before"},
		"decided, no body":        {feeds: uses("response"), text: "200\n", want: "access", why: "no body"},
		"another format":          {feeds: uses("both"), text: "F:404b\n", want: "response", why: "only errors"},
		"given":                   {logs: "response", text: "200\n404b\n", want: "response"},
		"given over decided":      {logs: "access", feeds: uses("both"), text: "200\n404b\n", want: "access"},
		"bodyless":                {less: []string{"toy"}, text: "404\n", want: "access", why: "toy lines have no body"},
		"bodyless with a body":    {less: []string{"toy"}, text: "404b\n", want: "response", why: "it has bodies"},
		"a late success":          {text: long("404b", feedEntries) + "200\n", want: "response", why: "only errors in its first 10000 entries"},
		"a success in time":       {text: long("404b", feedEntries-1) + "200\n", want: "both", why: "a status below 400"},
		"a late body":             {text: long("200", feedEntries) + "404b\n", want: "access", why: "no body in its first 10000 entries"},
		"a body in time":          {text: long("200", feedEntries-1) + "404b\n", want: "both", why: "a status below 400"},
		"a late body in one line": {text: strings.Repeat("200,", feedEntries) + "404b\n", want: "access", why: "no body in its first 10000 entries"},
		"late life":               {text: long("xcut", feedEntries+5) + "404b\n200\n", want: "response", why: "only errors in its first 10006 entries"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			g.mem.feeds, g.cfg.Feed, g.cfg.Bodyless = tt.feeds, tt.logs, tt.less
			sum := g.give(tt.text)
			if sum.Files[0].Feed != tt.want {
				t.Errorf("taken as %q, want %q", sum.Files[0].Feed, tt.want)
			}
			sameOnce(t, g, tt.feeds, tt.text, &sum)
			if s := g.said(ingest.NoticeFeed); !strings.Contains(s, tt.why) || (tt.why == "") != (s == "") {
				t.Errorf("said %q, want %q", s, tt.why)
			}
			var of ingest.Feed
			for _, m := range g.mem.marks {
				of = m.Feed
			}
			if of != tt.want {
				t.Errorf("the mark has %q", of)
			}
			// The rows are those of the feed given from the start.
			if tt.want != "" {
				ref := newRig(t)
				ref.cfg.Feed = tt.want
				ref.give(tt.text)
				sameCells(t, g.mem.cells, ref.mem.cells)
			}
		})
	}
}

// TestFeedKept: a file that grew stays what it was, in the same run too, and
// --logs has the last word.
func TestFeedKept(t *testing.T) {
	g := newRig(t)
	path := filepath.Join(g.dir, "a.log")
	put := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.src.Inputs = []string{path}
	run := func() File {
		t.Helper()
		sum, err := g.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sum.Files[0]
	}
	put("404b\n")
	if f := run(); f.Feed != ingest.FeedResponse || f.Counted != 1 {
		t.Errorf("%+v", f)
	}
	put("404b\n200\n404\n")
	if f := run(); f.Feed != ingest.FeedResponse || f.Skipped != 1 || f.Counted != 1 || f.Format != "toy" {
		t.Errorf("%+v", f)
	}
	if s := g.said(ingest.NoticeFeed); s != "" {
		t.Errorf("said %q", s)
	}
	put("404b\n200\n404\n200\n")
	g.cfg.Feed = ingest.FeedBoth
	if f := run(); f.Feed != ingest.FeedBoth || f.Counted != 1 {
		t.Errorf("%+v", f)
	}
	// Only dead entries at first: told when there are others.
	g = newRig(t)
	g.src.Inputs = []string{path}
	put("xcut\n")
	if f := run(); f.Feed != "" || f.Dead != 1 {
		t.Errorf("%+v", f)
	}
	put("xcut\n404b\n")
	if f := run(); f.Feed != ingest.FeedResponse {
		t.Errorf("%+v", f)
	}
}

// TestRefused: a feed that the store refuses ends its file, nothing of it is
// written, and the others go on.
func TestRefused(t *testing.T) {
	g, dir := newRig(t), t.TempDir()
	for i, text := range []string{"200b\n404b\n", "xcut\n", "F:200\n"} {
		path := filepath.Join(dir, fmt.Sprintf("%d.log", i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.src.Inputs = []string{dir}
	g.mem.refuse = errors.New("twice: --logs response")
	sum, err := g.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range sum.Files {
		if refused := i != 1; refused != (f.Err != nil) || refused != (f.Entries == 0) {
			t.Errorf("%+v", f)
		}
	}
	if e := sum.Files[0].Err; !errors.Is(e, g.mem.refuse) || !strings.Contains(e.Error(), "0.log: twice") {
		t.Errorf("%v", e)
	}
	for k, n := range g.mem.cells {
		if k.Kind != aggregate.KindRead || k.Reason != "cut" || n != 1 {
			t.Errorf("a cell %+v %d", k, n)
		}
	}
	// What was refused is new again.
	g.mem.refuse = nil
	if sum, err = g.run(t.Context()); err != nil || sum.Total.Counted != 3 || sum.Total.Dead != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
}
