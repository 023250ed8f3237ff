package main

import (
	"errata/aggregate"
	"errata/parse"
)

// ourDecoder is errata's parser, with or without naming what it read.
type ourDecoder struct {
	p *parse.Parser
}

func newOurs(decodeOnly bool) (*ourDecoder, error) {
	p, err := parse.New(parse.Config{Format: "nginx-json", DecodeOnly: decodeOnly})
	return &ourDecoder{p: p}, err
}

func newDecodeOnly(string) (decoder, error) { return newOurs(true) }

func newParser(string) (decoder, error) { return newOurs(false) }

func (d *ourDecoder) decode(b []byte, f *fields) bool {
	d.p.Reset(b, 0)
	if !d.p.Next() {
		return false
	}
	ev := d.p.Event()
	if ev.Dead != "" {
		return false
	}
	f.nanos, f.status, f.micros = ev.Time, int(ev.Status), max(ev.Duration, 0)
	f.method, f.target, f.requestID = stringOf(ev.Method), stringOf(ev.Path), stringOf(ev.RequestID)
	f.address = stringOf(ev.Client)
	if len(ev.Beta) > 0 {
		f.beta = stringOf(ev.Beta[0])
	}
	if ev.Shape == parse.ShapeEnvelope && ev.Status >= 400 {
		e := &ev.Env
		f.env = envelope{text(e.Type), text(e.Message), text(e.Param), text(e.Feature), text(e.AvailableFrom)}
	}
	return true
}

func text(m parse.Member) string { return stringOf(m.Key()) }

// foldDecoder adds each event to an aggregator, flushed as the pipeline would.
type foldDecoder struct {
	p    *parse.Parser
	fold *aggregate.Aggregator
	line int64
	rows []aggregate.Row
}

// flushRows is the pipeline's bound of rows in a batch.
const flushRows = 50_000

func newFold(kind string) (decoder, error) {
	d, err := newOurs(false)
	if err != nil {
		return nil, err
	}
	feed := aggregate.FeedBoth
	if kind == "access" {
		feed = aggregate.FeedAccess
	}
	fold, err := aggregate.New(aggregate.Config{Source: "bench", Feed: feed})
	return &foldDecoder{p: d.p, fold: fold}, err
}

func (d *foldDecoder) decode(b []byte, f *fields) bool {
	d.p.Reset(b, 0)
	for d.p.Next() {
		ev := d.p.Event()
		d.line++
		d.fold.Add(ev, aggregate.Position{Name: "bench", Line: d.line})
		f.status = int(ev.Status)
	}
	if d.fold.Rows() >= flushRows {
		d.rows = d.fold.Flush(d.rows[:0])
	}
	return true
}
