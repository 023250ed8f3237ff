package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/parse"
	"errata/store"
)

// Pipeline joins a source, the decoder, the fold and a store.
type Pipeline struct {
	cfg  Config
	sink Sink
	dead DeadLetters
}

// New checks cfg. A Pipeline is for one Run at a time.
func New(cfg Config, sink Sink, dead DeadLetters) (*Pipeline, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if sink == nil || dead == nil {
		return nil, errors.New("pipeline: no sink or no place for dead letters")
	}
	cfg.fill()
	return &Pipeline{cfg: cfg, sink: sink, dead: dead}, nil
}

// run is the state of one Run.
type run struct {
	p     *Pipeline
	ctx   context.Context //nolint:containedctx // a run lives as long as its context
	wctx  context.Context //nolint:containedctx // of writes: ends Grace after ctx
	files []*File
	sum   Summary
	uses  []store.FeedUse
	marks map[ingest.LaneID]ingest.FileMark // given to the store in this run
	folds folds
	writer

	// Of the lane.
	lane     ingest.Lane
	file     *File
	choice   choice
	declared bool
	covered  int64
	told     map[parse.Reason]bool // dead letters of this reason were spoken of
	batch    batch
}

// Run takes all lanes of src to their ends. The error is what ended the run
// early; what befell single files stands in the summary.
func (p *Pipeline) Run(ctx context.Context, src ingest.Source) (Summary, error) {
	began := p.cfg.Now()
	wctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(p.cfg.Grace, cancel)
		context.AfterFunc(wctx, func() { t.Stop() })
	})
	defer stop()
	r := &run{
		p: p, ctx: ctx, wctx: wctx, marks: map[ingest.LaneID]ingest.FileMark{},
		folds: folds{cfg: &p.cfg, made: map[ingest.Feed]Fold{}},
	}
	r.writer.commit = r.commit
	err := r.all(src)
	if werr := r.wait(); werr != nil && !errors.Is(err, werr) {
		err = errors.Join(err, werr)
	}
	for _, f := range r.files {
		r.sum.Files = append(r.sum.Files, *f)
		r.sum.Total.add(&f.Counts)
	}
	r.sum.Duration = p.cfg.Now().Sub(began)
	return r.sum, err
}

func (r *run) all(src ingest.Source) error {
	uses, err := r.p.cfg.Feeds.Feeds(r.ctx, r.p.cfg.Source)
	if err != nil {
		return err
	}
	r.uses = uses
	for {
		lane, err := src.Next(r.ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if ie, ok := errors.AsType[*ingest.InputError](err); ok {
			r.files = append(r.files, &File{Name: ie.Name, Err: err})
			continue
		}
		if err != nil {
			return err
		}
		err = r.one(lane)
		if cerr := lane.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
}

// one takes a lane to its end.
func (r *run) one(lane ingest.Lane) error {
	if err := r.begin(lane); err != nil {
		return err
	}
	for {
		recs, err := lane.Fetch(r.ctx)
		if err != nil {
			return r.end(err)
		}
		for i := range recs {
			err := r.record(&recs[i])
			if err == nil {
				err = r.after()
			}
			if err == nil {
				continue
			}
			if re, ok := errors.AsType[*refusal](err); ok {
				r.file.Err = re.error
				return nil
			}
			return err
		}
	}
}

func (r *run) begin(lane ingest.Lane) error {
	cov, err := r.p.sink.Covered(r.ctx, lane.ID())
	if err != nil {
		return err
	}
	known := lane.Known()
	if m, ok := r.marks[lane.ID()]; ok {
		known.Feed, known.Format = m.Feed, m.Format
	}
	r.lane, r.covered, r.declared, r.told = lane, cov.Watermark, false, map[parse.Reason]bool{}
	r.file = &File{Name: lane.Name(), Lane: lane.ID(), Known: known.Length > 0, From: known.Length, To: known.Length}
	r.files = append(r.files, r.file)
	r.batch.reset(known.Length)
	r.choice = choice{feed: r.p.cfg.Feed}
	if r.choice.feed == ingest.FeedAuto {
		r.choice.feed = known.Feed
		r.choice.format = known.Format
	}
	r.file.Feed, r.file.Format = r.choice.feed, r.choice.format
	if r.choice.feed != ingest.FeedAuto {
		return r.folds.begin(r.choice.feed)
	}
	return r.folds.begin(ingest.FeedAccess, ingest.FeedBoth, ingest.FeedResponse)
}

// record decodes and folds one record.
func (r *run) record(rec *ingest.Record) error {
	b := &r.batch
	b.took(rec)
	if rec.Next <= r.covered {
		b.counts.Covered++
		return nil
	}
	before := b.counts.Entries
	if rec.TooLong {
		if err := r.entry(rec, tooLong(rec)); err != nil {
			return err
		}
	} else {
		p := r.p.cfg.Parser
		for p.Reset(rec.Value, rec.Time); p.Next(); {
			if err := r.entry(rec, p.Event()); err != nil {
				return err
			}
		}
	}
	if b.counts.Entries == before {
		b.counts.Blank++
	} else {
		b.counts.Records++
	}
	return nil
}

func (r *run) entry(rec *ingest.Record, ev *parse.Event) error {
	b := &r.batch
	b.counts.Entries++
	if r.choice.feed == ingest.FeedAuto || r.choice.format == "" {
		r.choice.look(ev, r.uses, &r.folds)
	}
	r.folds.add(ev, aggregate.Position{Name: r.file.Name, Line: rec.Line})
	// Not only behind the record: one may hold hundreds of thousands of entries,
	// and until the feed is known each is folded three times.
	if err := r.settle(false); err != nil {
		return err
	}
	if ev.Dead == "" {
		b.deadReason = ""
		b.alive++
		if ev.IsError() {
			b.errors++
		}
		return nil
	}
	if !r.told[ev.Dead] {
		r.told[ev.Dead] = true
		r.p.cfg.Notice(firstDead(r.file.Name, rec, ev))
	}
	b.dead(r.p.cfg.Source, r.file, rec, ev)
	if len(b.letters) >= r.p.cfg.MaxLetters && b.lastLetter().Count == 1 {
		return r.spill()
	}
	return nil
}

// spill writes the letters of a batch before it ends: one record may hold any
// number of dead entries. Letters of a batch that is never written are written
// again with it and have the same identities.
func (r *run) spill() error {
	if err := r.wait(); err != nil {
		return err
	}
	b := &r.batch
	n := len(b.letters) - 1 // the last one may still grow
	if err := r.p.dead.Put(r.wctx, b.letters[:n]...); err != nil {
		return err
	}
	b.letters = append(b.letters[:0], b.letters[n])
	return nil
}

// after flushes a batch that is full; the lane's feed is settled by then.
func (r *run) after() error {
	b, c := &r.batch, &r.p.cfg
	full := b.counts.Bytes >= c.MaxInput || len(b.letters) > c.MaxLetters/2 ||
		(b.counts.Entries > 0 && r.folds.rows() >= c.MaxRows) ||
		(b.taken%bytesEvery == 0 && r.folds.bytes() >= c.MaxBytes)
	if !full {
		return nil
	}
	if err := r.settle(true); err != nil {
		return err
	}
	return r.flush()
}

// end flushes what is left when Fetch gave err.
func (r *run) end(err error) error {
	var ie *ingest.InputError
	switch {
	case errors.As(err, &ie):
		r.file.Err = ie
	case r.ctx.Err() != nil && !r.declared:
		return r.ctx.Err() // what kind of lines these are is not known: dropped whole
	case !errors.Is(err, io.EOF) && r.ctx.Err() == nil:
		return err
	}
	if derr := r.settle(true); derr != nil {
		if re, ok := errors.AsType[*refusal](derr); ok {
			r.file.Err = errors.Join(r.file.Err, re.error)
			return nil
		}
		return derr
	}
	if ferr := r.flush(); ferr != nil {
		return ferr
	}
	if cerr := r.ctx.Err(); cerr != nil {
		return cerr
	}
	r.tell()
	return nil
}

// tell says what a person would wonder about at the end of a lane.
func (r *run) tell() {
	if n, ok := tell(&r.batch.lane, r.file.Name, r.p.cfg.Formats); ok {
		r.p.cfg.Notice(n)
	}
}

func tell(c *Counts, name string, formats []string) (ingest.Notice, bool) {
	switch {
	case c.Entries > 0 && c.Dead == c.Entries:
		text := fmt.Sprintf("no entry recognised: %s", c.Reasons())
		if len(formats) > 0 {
			text += "; formats are " + strings.Join(formats, ", ")
		}
		return ingest.Notice{Code: ingest.NoticeUnknown, Name: name, Text: text}, true
	case c.Entries == 0 && c.Blank > 0:
		return ingest.Notice{Code: ingest.NoticeBlank, Name: name, Text: "only blank lines"}, true
	default:
		return ingest.Notice{}, false
	}
}

// tooLong is the entry of a record that was too long to be held.
func tooLong(rec *ingest.Record) *parse.Event {
	return &parse.Event{
		Dead: parse.TooLong, Raw: rec.Value,
		Detail: fmt.Sprintf("the line is %d bytes long", rec.Next-rec.Offset),
	}
}

// firstDead tells of the first dead letter of a reason in a file.
func firstDead(name string, rec *ingest.Record, ev *parse.Event) ingest.Notice {
	text := string(ev.Dead)
	if ev.Detail != "" {
		text += ": " + ev.Detail
	}
	return ingest.Notice{Code: ingest.NoticeDead, Name: name, Line: rec.Line, Text: text}
}
