package pipeline

import (
	"io"
	"strings"
	"testing"

	"errata/aggregate"
	"errata/ingest"
	"errata/parse"
	"errata/parse/normal"
)

// repeated is text over and over.
type repeated struct {
	text string
	left int
	pos  int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.pos == len(r.text) {
			if r.left--; r.left <= 0 {
				if n == 0 {
					return 0, io.EOF
				}
				return n, nil
			}
			r.pos = 0
		}
		m := copy(p[n:], r.text[r.pos:])
		r.pos += m
		n += m
	}
	return n, nil
}

// BenchmarkRun is the way of a line from stdin to rows, without a store.
func BenchmarkRun(b *testing.B) {
	for name, text := range map[string]string{
		"combined": strings.Repeat(`192.0.2.1 - - [24/Nov/2026:10:00:00 +0000] "GET /v1/sessions/sess_1 HTTP/1.1" 404 12 "-" "Qoder/Go"`+"\n", 64),
		"blank":    strings.Repeat("\n", 1<<12),
	} {
		b.Run(name, func(b *testing.B) {
			p, err := parse.New(parse.Config{Format: "auto", CallerKey: normal.FixedCallerKey()})
			if err != nil {
				b.Fatal(err)
			}
			const times = 200
			b.SetBytes(times * int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				benchRun(b, p, &repeated{text: text, left: times})
			}
		})
	}
}

func benchRun(b *testing.B, p Parser, in io.Reader) {
	b.Helper()
	src, err := newFileSource(in)
	if err != nil {
		b.Fatal(err)
	}
	mem := &null{}
	loop, err := New(Config{
		Source: "s", Parser: p, Feeds: mem, Bodyless: []string{"combined"},
		NewFold: func(feed ingest.Feed) (Fold, error) {
			return aggregate.New(aggregate.Config{Source: "s", Feed: string(feed), CallerKey: normal.FixedCallerKey()})
		},
	}, mem, mem)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := loop.Run(b.Context(), src); err != nil {
		b.Fatal(err)
	}
}
