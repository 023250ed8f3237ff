package demand

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// file is a file of names.
type file map[string][2]string

func (f file) Lookup(caller string) (name, org string, ok bool) {
	v, ok := f[caller]
	return v[0], v[1], ok
}

func TestNames(t *testing.T) {
	f := file{"0000000000000001": {"Ann", "Acme"}, "0000000000000002": {"Bob", "Acme"}, "0000000000000003": {"Cyd", ""}, "0000000000000009": {"Eve", "Old"}}
	events := []event{failed(at(0, "00:00")), asked(at(1, "10:00"), "files", 9)}
	for c := range uint64(5) {
		events = append(events, asked(at(8, "10:00"), "files", c))
	}
	o := Options{Since: at(7, "00:00"), Until: at(14, "00:00"), Names: f}
	d := ask(t, events, o)
	if r := d.Rows[0]; *r.Orgs != 1 || *r.Gone != 1 {
		t.Errorf("%+v", r)
	}
	hasNote(t, d.Notes, "orgs counts the organisations of those callers that the file of names has, and is null where it has none")
	strangers := ask(t, append(events, asked(at(9, "10:00"), "batches", 7)), o)
	if r := strangers.Rows[1]; r.Feature != "batches" || r.Orgs != nil || *strangers.Rows[0].Orgs != 1 {
		t.Errorf("nobody of the file: %+v", r)
	}
	var got []string
	for _, r := range askCallers(t, events, o).Rows {
		got = append(got, r.Caller+" "+r.Name+" "+r.Org)
	}
	want := []string{"  ", "0000000000000001 Ann Acme", "0000000000000002 Bob Acme", "0000000000000003 Cyd ", "0000000000000004  "}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Reach and conversion need the requests of every source that has attempts.
func TestSuccess(t *testing.T) {
	success := func(t time.Time, caller uint64, beta string) event {
		return event{at: t, source: "eu", status: 200, caller: caller, request: true, beta: beta}
	}
	seen := func(e event) event { e.request = true; return e }
	const beta = "beta-2026-10-01"
	events := []event{
		seen(asked(at(1, "10:00"), "files", 1)), seen(asked(at(3, "10:00"), "files", 1)), success(at(2, "10:00"), 1, beta), // between two attempts: converted
		success(at(1, "09:00"), 2, beta), seen(asked(at(1, "10:00"), "files", 2)), // before
		seen(asked(at(1, "10:00"), "files", 3)), success(at(1, "10:01"), 3, "beta-2027-01-01"), // with another value
		seen(asked(at(1, "10:00"), "files", 4)), success(at(6, "10:00"), 4, beta), // after the range
		success(at(1, "12:00"), 5, ""), success(at(1, "12:00"), 6, beta), success(at(1, "12:00"), 7, ""), success(at(1, "12:00"), 8, ""),
	}
	o := Options{Since: at(0, "00:00"), Until: at(5, "00:00")}
	d := ask(t, events, o)
	r := d.Rows[0]
	if r.Reach == nil || *r.Reach != 0.5 || r.Converted == nil || *r.Converted != 1 {
		t.Errorf("%+v\n%s", r, strings.Join(d.Notes, "\n"))
	}
	noNote(t, d.Notes, "converted")
	noNote(t, d.Notes, "reach")
	var got []string
	for _, r := range askCallers(t, events, o).Rows {
		got = append(got, fmt.Sprintf("%s %v", r.Caller[15:], *r.Converted))
	}
	if d := cmp.Diff([]string{"1 true", "2 false", "3 false", "4 false"}, got); d != "" {
		t.Error(d)
	}

	t.Run("no beta header was ever logged", func(t *testing.T) {
		bare := slices.Clone(events)
		for i := range bare {
			bare[i].beta = ""
		}
		d := ask(t, bare, o)
		if r := d.Rows[0]; r.Reach == nil || r.Converted != nil {
			t.Errorf("%+v", r)
		}
		hasNote(t, d.Notes, "converted is null: no success with a beta header was read")
	})
	t.Run("nobody knows who succeeded", func(t *testing.T) {
		d := ask(t, append(slices.Clone(events), success(at(1, "12:00"), 0, beta)), o)
		if r := d.Rows[0]; r.Reach == nil || r.Converted != nil {
			t.Errorf("%+v", r)
		}
		hasNote(t, d.Notes, "converted is null where")
		if r := askCallers(t, append(slices.Clone(events), success(at(1, "12:00"), 0, beta)), o).Rows[0]; r.Converted != nil {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a source without requests", func(t *testing.T) {
		us := asked(at(1, "10:00"), "skills", 1)
		us.source = "us"
		d := ask(t, append(slices.Clone(events), us), o)
		for _, r := range d.Rows {
			if r.Reach != nil || r.Converted != nil {
				t.Errorf("%+v", r)
			}
		}
		hasNote(t, d.Notes, `reach and converted are null: no request rows of "us" were read in this range`)
		one := askCallers(t, append(slices.Clone(events), us), o)
		noNote(t, one.Notes, "reach")
		hasNote(t, one.Notes, `converted is null: no request rows of "us"`)
		o := o
		o.Feature = "files"
		if r := ask(t, append(slices.Clone(events), us), o).Rows[0]; r.Reach == nil {
			t.Error("the other feature's source counts")
		}
	})
	t.Run("more callers than were active", func(t *testing.T) {
		d := ask(t, []event{
			success(at(1, "10:00"), 1, beta), success(at(1, "10:00"), 2, beta),
			asked(at(1, "10:00"), "files", 1), asked(at(1, "10:00"), "files", 2), asked(at(1, "10:00"), "files", 3),
		}, o)
		if r := d.Rows[0]; r.Reach != nil || r.Converted == nil {
			t.Errorf("%+v", r)
		}
		hasNote(t, d.Notes, "reach is null where more callers asked than were active")
	})
	t.Run("callers by another name", func(t *testing.T) {
		var other []event
		for c := range uint64(600) { // more than the map holds: only those below its threshold are judged
			other = append(other, success(at(1, "09:00"), 1000+2*c, beta))
		}
		for c := range uint64(40) {
			other = append(other, asked(at(1, "10:00"), "files", 1001+2*c))
		}
		d := ask(t, other, o)
		if r := d.Rows[0]; r.Reach != nil || r.Converted != nil || *r.Callers != 40 {
			t.Errorf("%+v", r)
		}
		hasNote(t, d.Notes, "reach and converted are null: most of these callers are in no log of requests")
		// Those of whom nothing can be told are no strangers.
		for i := range other {
			if other[i].body {
				other[i].caller += 1200
			}
		}
		if r := ask(t, other, o).Rows[0]; r.Reach == nil || r.Converted == nil {
			t.Errorf("%+v", r)
		}
	})
	t.Run("too many adopters", func(t *testing.T) {
		many := slices.Clone(events)
		for c := range uint64(50) {
			many = append(many, success(at(1, "10:00"), 100+c, beta))
		}
		o := o
		o.maxPairs = 20
		d := ask(t, many, o)
		if r := d.Rows[0]; r.Converted != nil || *r.Callers != 4 {
			t.Errorf("%+v", r)
		}
		hasNote(t, d.Notes, "converted is null: more than 20 callers use these betas")
	})
}

// Each caller's row: its reason and client are those of most attempts.
func TestBuildCallers(t *testing.T) {
	with := func(d int, clock, reason, client string, caller uint64) event {
		e := asked(at(d, clock), "files", caller)
		e.reason, e.client = reason, client
		return e
	}
	events := []event{
		with(0, "10:00", "unknown", "b", 1), with(0, "11:00", "right_value", "a", 1), with(2, "10:00", "older_value", "b", 1), with(2, "10:00", "older_value", "a", 1),
		with(0, "10:00", "unknown", "", 2), with(0, "10:00", "no_header", "z", 2),
		with(0, "10:00", "other_feature", "c", 0), with(1, "10:00", "older_value", "c", 0),
		asked(at(1, "10:00"), "batches", 2),
	}
	got := askCallers(t, events, Options{})
	row := func(feature, caller string, attempts, days int64, first, last time.Time, reason, client string) CallerRow {
		return CallerRow{
			Feature: feature, AvailableFrom: "beta-2026-10-01", Caller: caller, Attempts: attempts, Days: days,
			FirstSeen: first, LastSeen: last, Reason: reason, Client: client,
		}
	}
	want := []CallerRow{
		row("files", "0000000000000001", 4, 2, at(0, "10:00"), at(2, "10:00"), "older_value", "a"),
		row("files", "", 2, 2, at(0, "10:00"), at(1, "10:00"), "other_feature", "c"),
		row("files", "0000000000000002", 2, 1, at(0, "10:00"), at(0, "10:00"), "no_header", ""),
		row("batches", "0000000000000002", 1, 1, at(1, "10:00"), at(1, "10:00"), "no_header", "curl"),
	}
	if d := cmp.Diff(want, got.Rows); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Totals{new(int64(9)), new(int64(2)), new(0.0), new(int64(0))}, got.Totals); d != "" {
		t.Error(d)
	}
	noNote(t, got.Notes, "new, returning")
	noNote(t, got.Notes, "orgs")
	if one := askCallers(t, events, Options{Feature: "batches"}); len(one.Rows) != 1 || *one.Totals.Attempts != 1 || *one.Totals.Callers != 1 {
		t.Errorf("one feature: %+v", one)
	}
}
