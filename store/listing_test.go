package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
)

// scanned is a Scanner that keeps what it was asked.
type scanned struct {
	asked  []Scan
	groups []Group
}

func (s *scanned) Facts(context.Context, FactScan) (Facts, error) {
	return Facts{}, errors.New("a listing needs no facts")
}

func (s *scanned) Scan(_ context.Context, sc Scan, yield func(Group) error) error {
	s.asked = append(s.asked, sc)
	for _, g := range s.groups {
		if err := yield(g); err != nil {
			return err
		}
	}
	return nil
}

// A listing is one scan on the grain of its kind, never of the clamp day.
func TestListIsOneScan(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	where := []Filter{{Dim: "caller", Op: Ne, Value: ""}}
	for _, c := range []struct {
		name string
		l    Listing
		want []Scan
	}{
		{
			"all",
			Listing{Kind: aggregate.KindSample, By: []string{"pos"}},
			[]Scan{{Kind: aggregate.KindSample, From: daySeconds, To: endOfTime, By: []string{"pos"}}},
		},
		{
			"widened to the day",
			Listing{Kind: aggregate.KindDemand, Since: at("2026-11-02T00:00:01Z"), Until: at("2026-11-03T00:00:01Z"), Where: where},
			[]Scan{{Kind: aggregate.KindDemand, From: 1793577600, To: 1793577600 + 2*daySeconds, Where: where}},
		},
		{
			"weeks",
			Listing{Kind: aggregate.KindDemand, Step: 7 * 24 * time.Hour},
			[]Scan{{Kind: aggregate.KindDemand, From: daySeconds, To: endOfTime, Step: weekSeconds, Origin: mondayOrigin}},
		},
		{
			"before all time",
			Listing{Kind: aggregate.KindDemand, Since: at("1960-01-01T00:00:00Z")},
			[]Scan{{Kind: aggregate.KindDemand, From: daySeconds, To: endOfTime}},
		},
		{"the clamp day", Listing{Kind: aggregate.KindError, Until: at("1970-01-02T00:00:00Z")}, nil},
		{"empty", Listing{Kind: aggregate.KindError, Since: at("2026-11-02T00:00:30Z"), Until: at("2026-11-02T00:00:30Z")}, nil},
	} {
		s := &scanned{}
		if err := List(t.Context(), c.l, s, nil); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for i := range c.want {
			c.want[i].Want = WantSpan | WantText
		}
		if diff := cmp.Diff(c.want, s.asked); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestListYields(t *testing.T) {
	s := &scanned{groups: []Group{
		{Time: 5, Dims: []string{"a"}, N: 2, First: 3, Last: 4, Text: "x", Failed: 9}, {Dims: []string{"b"}},
	}}
	l := Listing{Kind: aggregate.KindAdopt, By: []string{"caller"}}
	var got []Cell
	if err := List(t.Context(), l, s, func(c Cell) error { got = append(got, c); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []Cell{{Time: 5, Dims: []string{"a"}, N: 2, First: 3, Last: 4, Text: "x"}, {Dims: []string{"b"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	mine := errors.New("mine")
	if err := List(t.Context(), l, s, func(Cell) error { return mine }); err != mine { //nolint:errorlint // as it is
		t.Errorf("what yield returns came back as %v", err)
	}
}

// Every kind that rows have can be listed by each of its columns, the store's
// own cannot.
func TestListKinds(t *testing.T) {
	for k := range aggregate.Kind(20) {
		l := Listing{Kind: k}
		rows := k >= aggregate.KindRequest && k <= aggregate.KindActive
		if rows {
			l.By = k.Columns()
		}
		err := List(t.Context(), l, &scanned{}, nil)
		if _, usage := errors.AsType[*UsageError](err); rows && err != nil || !rows && !usage {
			t.Errorf("kind %d: error %v", k, err)
		}
	}
}

func TestCallerText(t *testing.T) {
	for hash, want := range map[uint64]string{
		0: "", 1: "0000000000000001", 0x2a: "000000000000002a", 1<<63 - 1: "7fffffffffffffff", 0x0123456789abcdef: "0123456789abcdef",
	} {
		if got := CallerText(hash); got != want {
			t.Errorf("CallerText(%d) = %q, want %q", hash, got, want)
		}
	}
}

func TestUnknownSource(t *testing.T) {
	var many []string
	for i := range 9 {
		many = append(many, fmt.Sprintf("gateway-%d", i))
	}
	for _, c := range []struct {
		source string
		held   []string
		want   []string
	}{
		{"x", nil, []string{`no source "x"`, "none at all"}},
		{"gatewy", []string{"gateway", "other"}, []string{`did you mean "gateway"? It holds "gateway", "other"`}},
		{"zzzzzzzz", []string{"gateway"}, []string{`no source "zzzzzzzz": it holds "gateway"`}},
		{"zzzzzzzz", many, []string{`"gateway-4" and 4 more`}},
		{strings.Repeat("y", 1e6), many, []string{`it holds "gateway-0"`}},
		{"y", []string{strings.Repeat("y", 1e6)}, []string{"it holds"}},
		{"a\x1b[2J", []string{"b\n"}, []string{`"a\x1b[2J"`, `"b\n"`}},
	} {
		err := UnknownSource(c.source, c.held)
		if _, ok := errors.AsType[*UsageError](err); !ok {
			t.Errorf("%.20q: %v is no usage error", c.source, err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%.20q: error %.200q does not say %q", c.source, err, w)
			}
		}
	}
}

// A measure with a standard error has its column right behind it.
func TestErrorColumns(t *testing.T) {
	for _, m := range Measures() {
		p, err := newPlan(Query{Measures: []string{m}})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{m}
		if c := ErrorColumn(m); c != "" {
			want = append(want, c)
		}
		if got := p.columns(); !slices.Equal(got, want) {
			t.Errorf("columns of %s: %v, want %v", m, got, want)
		}
	}
	if ErrorColumn(MeasureCallers) != ColumnCallersError || ErrorColumn(MeasureActiveCallers) != ColumnActiveCallersError || ErrorColumn("type") != "" {
		t.Error("the columns of standard errors are mixed up")
	}
}

func TestDroppedRows(t *testing.T) {
	d := Dropped{Kinds: []KindRows{{"request", 3}, {"error", 4}}}
	if d.Rows() != 7 {
		t.Errorf("rows are %d", d.Rows())
	}
}
