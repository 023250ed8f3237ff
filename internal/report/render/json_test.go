package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"errata/internal/report"

	"github.com/google/go-cmp/cmp"
)

// The JSON form holds what encoding/json writes of the model, members in the
// same order, but for lists and maps of nothing, which are never null.
func TestJSONIsTheModel(t *testing.T) {
	for name, r := range reports() {
		got := rendered(t, "json", r)
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			t.Fatal(err)
		}
		if name == "nothing" {
			for _, list := range []string{"filters", "sources", "read", "inputs", "not_read", "silent", "points", "new", "gone", "movers", "top", "client_mistakes", "rows", "notes", "findings", "caps", "widened", "sentences"} {
				if !strings.Contains(got, fmt.Sprintf("%q:[]", list)) {
					t.Errorf("%s is not []", list)
				}
			}
			if !strings.Contains(got, `"by_type":{}`) || !strings.Contains(got, `"previous":null`) {
				t.Errorf("by_type is not {}, or previous not null: %s", got)
			}
			continue
		}
		if d := cmp.Diff(tokens(t, want.String()), tokens(t, got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// tokens is JSON without its layout and with its strings decoded.
func tokens(t *testing.T, s string) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var list []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("%v in %.200s", err, s)
		}
		list = append(list, fmt.Sprintf("%T %v", tok, tok))
	}
}

// No byte of it can drive a terminal, and rows stand on lines of their own.
func TestJSONLayout(t *testing.T) {
	r := fixture(inTurn(hostile))
	text := rendered(t, "json", r)
	for _, c := range text {
		if c < 0x20 && c != '\n' || c >= 0x7F && c < 0xA0 {
			t.Fatalf("it has the control character %U", c)
		}
	}
	rows := len(r.New) + len(r.Gone) + len(r.Movers) + len(r.Top) + len(r.Mistakes) + len(r.Findings) + len(r.Demand.Rows) +
		len(r.Timeline.Points) + len(r.Coverage.Read) + len(r.Coverage.Inputs) + len(r.Coverage.NotRead) + len(r.Coverage.Silent) + len(r.Method.Caps)
	if got := strings.Count(text, "\n{"); got != rows {
		t.Errorf("%d rows begin a line, want %d", got, rows)
	}
	if members := strings.Count(text, "\n\""); members != 26 {
		t.Errorf("%d members begin a line", members)
	}
}

// What is no number of JSON is null; the first error of the writer is told.
func TestJSONOdd(t *testing.T) {
	r := nothingHeld()
	nan, inf := math.NaN(), math.Inf(-1)
	r.Totals.Ratio, r.Totals.P50 = &nan, &inf
	if got := rendered(t, "json", r); !strings.Contains(got, `"ratio":null,"p50":null`) {
		t.Errorf("got %s", got)
	}
	if got := rendered(t, "csv", r); !strings.Contains(got, "/totals/ratio,,,,,,,,,,,,,ratio,,,\r\n") {
		t.Errorf("got %s", got)
	}
	for format, render := range formats {
		w := &failing{left: 700}
		if err := render(w, fixture(inTurn(plainTexts))); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", format, err)
		}
	}
}

var errFull = errors.New("full")

// failing is a writer that is full after some bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// A long report is written in pieces, not held whole.
func TestJSONFlushes(t *testing.T) {
	r := manyErrors(2000)
	w := &largest{}
	if err := JSON(w, r); err != nil {
		t.Fatal(err)
	}
	if w.most > 2*flushAt || w.sum < 10*flushAt {
		t.Errorf("%d bytes at once of %d", w.most, w.sum)
	}
}

type largest struct{ most, sum int }

func (l *largest) Write(p []byte) (int, error) {
	l.most, l.sum = max(l.most, len(p)), l.sum+len(p)
	return len(p), nil
}

// manyErrors is a report with so many rows in its lists.
func manyErrors(n int) *report.Report {
	text := inTurn(hostile)
	r := fixture(text)
	one, gone, mover, top, mistake, finding := r.New[0], r.Gone[0], r.Movers[0], r.Top[0], r.Mistakes[0], r.Findings[0]
	r.New, r.Gone, r.Movers, r.Top, r.Mistakes, r.Findings = nil, nil, nil, nil, nil, nil
	for i := range n {
		one.Type, gone.Type, mover.Type, top.Type, mistake.Type, finding.Type = text(), text(), text(), text(), text(), text()
		one.Errors, top.Errors = int64(i), int64(i)
		r.New, r.Gone, r.Movers = append(r.New, one), append(r.Gone, gone), append(r.Movers, mover)
		r.Top, r.Mistakes, r.Findings = append(r.Top, top), append(r.Mistakes, mistake), append(r.Findings, finding)
	}
	r.Found = report.Found{New: int64(n), Gone: int64(n), Movers: int64(n), Top: int64(n), Mistakes: int64(n), Findings: int64(n)}
	r.Method.Top = 0
	return r
}
