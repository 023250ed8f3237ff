package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// fields are what every decoder has to find in a line. Strings may point into
// the line or into the decoder's memory and hold until its next line.
type fields struct {
	time      string // as logged; errata reads it, see nanos
	nanos     int64  // Unix nanoseconds, of a decoder that reads times itself
	status    int
	method    string
	target    string
	requestID string // the body's where an error body has one, else the line's
	micros    int64  // duration
	address   string
	beta      string // header as sent
	env       envelope
}

// envelope are the members of an error body: of `error` in it.
type envelope struct{ typ, message, param, feature, availableFrom string }

// decoder does the job on one line. It tells whether the line was read whole.
type decoder interface {
	decode(line []byte, f *fields) bool
}

// candidate is a decoder with its name, made for a corpus.
type candidate struct {
	name  string
	ours  bool
	rival bool // counts as one of Go's libraries in the bars
	names bool // what it finds is named and masked: not to be compared with the log's own text
	new   func(kind string) (decoder, error)
}

// foldName is the candidate that reports in one shot are measured against.
const foldName = "errata parse + fold"

func candidates() []candidate {
	return []candidate{
		{name: "errata decode", ours: true, new: newDecodeOnly},
		{name: "errata parse (with names)", names: true, new: newParser},
		{name: foldName, names: true, new: newFold},
		{name: "goccy/go-json", rival: true, new: newGoccy},
		{name: "bytedance/sonic", rival: true, new: newSonic},
		{name: "go-faster/jx", rival: true, new: newJX},
		{name: "encoding/json", rival: true, new: newStd},
	}
}

// sink keeps the compiler from dropping what a decoder found, at the same cost for all.
type sink struct{ n, lines, whole int }

func (s *sink) add(f *fields, whole bool) {
	s.lines++
	if whole {
		s.whole++
	}
	s.n += f.status + len(f.time) + len(f.method) + len(f.target) + len(f.requestID) + len(f.address) + len(f.beta) +
		len(f.env.typ) + len(f.env.message) + len(f.env.param) + len(f.env.feature) + len(f.env.availableFrom)
}

// run decodes all lines of data.
func run(d decoder, data []byte, s *sink) {
	var f fields
	for len(data) > 0 {
		line := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			line, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		f = fields{}
		whole := d.decode(line, &f)
		s.add(&f, whole)
	}
}

// micros rounds a duration in seconds as docs/decoding.md does.
func micros(seconds float64) int64 { return int64(math.Floor(seconds*1e6 + 0.5)) }

// agree compares a decoder with encoding/json on every whole line whose body,
// if it is an error's, is whole too, and returns how many lines those were.
func agree(kind string, d decoder, data []byte) (int, error) {
	std, err := newStd(kind)
	if err != nil {
		return 0, err
	}
	compared, number := 0, 0
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		number++
		if !json.Valid(line) || !wholeBody(line) {
			continue
		}
		var want, got fields
		if !std.decode(line, &want) {
			return compared, fmt.Errorf("line %d: encoding/json fails on a valid line", number)
		}
		if !d.decode(line, &got) {
			return compared, fmt.Errorf("line %d: not read: %.200s", number, line)
		}
		want.settle()
		got.settle()
		if want != got {
			return compared, fmt.Errorf("line %d: got %+v, encoding/json has %+v", number, got, want)
		}
		compared++
	}
	if compared == 0 {
		return 0, fmt.Errorf("no whole line among %d", number)
	}
	return compared, nil
}

// settle reads the time of a decoder that left it as logged.
func (f *fields) settle() {
	if f.nanos == 0 {
		if t, err := time.Parse(time.RFC3339Nano, f.time); err == nil {
			f.nanos = t.UnixNano()
		}
	}
	f.time = ""
}

// wholeBody tells whether an error's body, if it is JSON at all, ends. What a
// decoder makes of a body that was cut is its own matter.
func wholeBody(line []byte) bool {
	var r struct {
		Body json.RawMessage `json:"resp_body"`
	}
	if json.Unmarshal(line, &r) != nil || len(r.Body) == 0 || r.Body[0] != '"' {
		return true
	}
	var s string
	if json.Unmarshal(r.Body, &s) != nil {
		return true
	}
	text := bytes.TrimSpace([]byte(s))
	return len(text) == 0 || text[0] != '{' || json.Valid(text)
}
