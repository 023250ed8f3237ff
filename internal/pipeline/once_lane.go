package pipeline

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"errata/aggregate"
	"errata/ingest"
	"errata/parse"
	"errata/store"
)

// block is a run of records of one lane, and what became of it.
type block struct {
	file *onceFile
	feed ingest.Feed
	said []ingest.Notice // before it
	ends bool            // no records: the lane has ended

	spared chan struct{} // not nil, and then there is nothing else: closed when all before is merged and memory is spared

	recs []ingest.Record // to be decoded; their values lie in buf
	buf  []byte

	// The outcome. Parts are closed when all the rest is there.
	parts chan []aggregate.Row
	batch
	firsts []firstOf
}

// firstOf is the first dead letter of a reason.
type firstOf struct {
	reason parse.Reason
	ingest.Notice
}

// taker decodes and folds records, for one goroutine.
type taker struct {
	parser Parser
	folds  folds
}

func newTaker(cfg *OnceConfig) (*taker, error) {
	t := &taker{folds: folds{cfg: &cfg.Config, made: map[ingest.Feed]Fold{}}}
	return t, t.ready(cfg)
}

// ready makes what the taker lacks: its memory may have been spared.
func (t *taker) ready(cfg *OnceConfig) (err error) {
	if t.parser == nil {
		t.parser, err = cfg.NewParser()
	}
	return err
}

// record gives each entry of a record to entry.
func (t *taker) record(b *block, rec *ingest.Record, entry func(*parse.Event) error) error {
	b.took(rec)
	before := b.counts.Entries
	if rec.TooLong {
		if err := entry(tooLong(rec)); err != nil {
			return err
		}
	} else {
		for t.parser.Reset(rec.Value, rec.Time); t.parser.Next(); {
			if err := entry(t.parser.Event()); err != nil {
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

// count counts an entry that was folded.
func (b *block) count(rec *ingest.Record, ev *parse.Event) {
	b.counts.Entries++
	if ev.Dead == "" {
		b.alive++
		if ev.IsError() {
			b.errors++
		}
		return
	}
	b.counts.Dead++
	if b.counts.DeadBy == nil {
		b.counts.DeadBy = map[parse.Reason]int64{}
	}
	if b.counts.DeadBy[ev.Dead]++; b.counts.DeadBy[ev.Dead] == 1 {
		b.firsts = append(b.firsts, firstOf{ev.Dead, firstDead(b.file.Name, rec, ev)})
	}
}

// decode is what a worker does with a block.
func (r *once) decode(t *taker, b *block) error {
	defer close(b.parts)
	if err := errors.Join(t.ready(&r.cfg), t.folds.begin(b.feed)); err != nil {
		return err
	}
	for i := range b.recs {
		if err := r.fold(t, b, &b.recs[i]); err != nil {
			return err
		}
		if i%bytesEvery == 0 && r.ctx.Err() != nil {
			return nil
		}
	}
	r.part(t, b)
	return nil
}

// fold decodes and folds a record of a lane whose feed is known.
func (r *once) fold(t *taker, b *block, rec *ingest.Record) error {
	err := t.record(b, rec, func(ev *parse.Event) error {
		t.folds.add(ev, aggregate.Position{Name: b.file.Name, Line: rec.Line})
		b.count(rec, ev)
		if t.folds.rows() >= r.cfg.BlockRows {
			r.part(t, b)
		}
		return nil
	})
	if b.taken%bytesEvery == 0 && t.folds.bytes() >= blockMemory {
		r.part(t, b)
	}
	return err
}

// blockMemory is the memory of a fold from which on its rows are handed on.
const blockMemory = 8 << 20

// part hands the rows folded so far to the merger.
func (r *once) part(t *taker, b *block) {
	feed, rows := t.folds.flush(r.takeRows())
	b.feed = feed
	select {
	case b.parts <- rows:
	case <-r.ctx.Done():
	}
}

// onceLane is the lane at hand.
type onceLane struct {
	file     *onceFile
	choice   choice
	declared bool
	at       int64  // where the next block begins
	line     int64  // of the last record
	begun    *block // of the records that tell what the lane is; nil: none
	queued   bool   // begun is in the merger's queue
	fills    *block // being filled for the workers; nil: none
}

// one takes a lane to its end.
func (r *once) one(lane ingest.Lane) error {
	if err := r.begin(lane); err != nil {
		return err
	}
	for {
		recs, err := lane.Fetch(r.ctx)
		if err != nil {
			return r.end(lane, err)
		}
		for i := range recs {
			err := r.record(&recs[i])
			if err == nil {
				continue
			}
			if re, ok := errors.AsType[*refusal](err); ok {
				return r.refused(re)
			}
			return err
		}
	}
}

func (r *once) begin(lane ingest.Lane) error {
	known := lane.Known()
	if m, ok := r.marks[lane.ID()]; ok {
		known.Feed, known.Format = m.Feed, m.Format
	}
	f := &onceFile{told: map[parse.Reason]bool{}, File: File{
		Name: lane.Name(), Lane: lane.ID(), Known: known.Length > 0, From: known.Length, To: known.Length,
	}}
	r.files = append(r.files, f)
	r.onceLane = onceLane{file: f, at: known.Length, choice: choice{feed: r.cfg.Feed}}
	if r.choice.feed == ingest.FeedAuto {
		r.choice.feed, r.choice.format = known.Feed, known.Format
	}
	f.Feed, f.Format = r.choice.feed, r.choice.format
	if r.choice.feed != ingest.FeedAuto {
		return r.head.folds.begin(r.choice.feed)
	}
	return r.head.folds.begin(ingest.FeedAccess, ingest.FeedBoth, ingest.FeedResponse)
}

// record takes the next record: into a block once it is known what the lane is.
func (r *once) record(rec *ingest.Record) error {
	if len(rec.Value) > sparing {
		if err := r.spare(); err != nil {
			return err
		}
	}
	var err error
	switch {
	case !r.declared:
		err = r.look(rec)
	case len(rec.Value) > maxCopied:
		err = r.large(rec)
	default:
		err = r.copy(rec)
	}
	r.at, r.line = rec.Next, rec.Line
	return err
}

// copy adds a record to the block being filled, and sends it when it is full.
func (r *once) copy(rec *ingest.Record) error {
	if r.fills == nil {
		b, err := r.newBlock()
		if err != nil {
			return err
		}
		if b.buf == nil {
			b.buf = make([]byte, 0, r.cfg.Block+maxCopied)
		}
		r.fills = b
	}
	b := r.fills
	from := len(b.buf)
	b.buf = append(b.buf, rec.Value...) // never beyond its room: the values lie in it
	b.recs = append(b.recs, *rec)
	b.recs[len(b.recs)-1].Value = b.buf[from:len(b.buf):len(b.buf)]
	if len(b.buf) >= r.cfg.Block || len(b.recs) >= blockRecords {
		return r.send()
	}
	return nil
}

// newBlock waits for a block that is free.
func (r *once) newBlock() (*block, error) {
	select {
	case b := <-r.free:
		*b = block{
			file: r.file, feed: r.choice.feed, said: r.pending,
			recs: b.recs[:0], buf: b.buf[:0], parts: make(chan []aggregate.Row, 1),
		}
		b.batch.reset(r.at)
		r.pending = nil
		return b, nil
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	}
}

// send hands the block that was filled to a worker.
func (r *once) send() error {
	b := r.fills
	if b == nil {
		return nil
	}
	r.fills = nil
	if err := r.queue(b); err != nil {
		return err
	}
	select {
	case r.work <- b:
		return nil
	case <-r.ctx.Done():
		close(b.parts)
		return r.ctx.Err()
	}
}

// queue puts a block into the merger's order.
func (r *once) queue(b *block) error {
	select {
	case r.order <- b:
		return nil
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// spare waits until everything before is merged and the rows take less memory.
func (r *once) spare() error {
	if err := r.send(); err != nil {
		return err
	}
	b := &block{spared: make(chan struct{})}
	if err := r.queue(b); err != nil {
		return err
	}
	select {
	case <-b.spared:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	// The workers are idle: what they and the blocks hold is made again later.
	for _, t := range r.workers {
		t.parser, t.folds.live = nil, nil
		clear(t.folds.made)
	}
	for range len(r.free) {
		<-r.free
		r.free <- &block{}
	}
	for r.takeRows() != nil {
	}
	return nil
}

// large folds a record that is too large to be copied where it lies, as a block
// of its own.
func (r *once) large(rec *ingest.Record) error {
	if err := r.send(); err != nil {
		return err
	}
	b, err := r.newBlock()
	if err != nil {
		return err
	}
	if err := r.queue(b); err != nil {
		return err
	}
	defer close(b.parts)
	if err := r.fold(r.head, b, rec); err != nil {
		return err
	}
	r.part(r.head, b)
	return nil
}

// look takes a record of a lane of which it is not yet known what it is, or in
// which format: as Run does, for every feed that it may be.
func (r *once) look(rec *ingest.Record) error {
	if r.begun == nil {
		b, err := r.newBlock()
		if err != nil {
			return err
		}
		r.begun, r.queued = b, false
	}
	b, t := r.begun, r.head
	err := t.record(b, rec, func(ev *parse.Event) error {
		if r.choice.feed == ingest.FeedAuto || r.choice.format == "" {
			r.choice.look(ev, r.uses, &t.folds)
		}
		t.folds.add(ev, aggregate.Position{Name: r.file.Name, Line: rec.Line})
		b.count(rec, ev)
		if err := r.settle(false); err != nil || !r.declared || t.folds.rows() < r.cfg.BlockRows {
			return err
		}
		return r.partBegun()
	})
	if err != nil {
		return err
	}
	full := b.counts.Bytes >= r.cfg.MaxInput || t.folds.rows() >= r.cfg.MaxRows ||
		(b.taken%bytesEvery == 0 && t.folds.bytes() >= r.cfg.MaxBytes)
	if full {
		if err := r.settle(true); err != nil {
			return err
		}
	}
	if full || r.declared {
		return r.sendBegun()
	}
	return nil
}

// partBegun hands on the rows of the records that were looked at.
func (r *once) partBegun() error {
	if !r.queued {
		if err := r.queue(r.begun); err != nil {
			return err
		}
		r.queued = true
	}
	r.part(r.head, r.begun)
	return nil
}

// sendBegun ends the block of the records that were looked at.
func (r *once) sendBegun() error {
	b := r.begun
	if b == nil {
		return nil
	}
	if err := r.partBegun(); err != nil {
		return err
	}
	close(b.parts)
	r.begun = nil
	return nil
}

// settle declares the lane's feed once it can be told; end: it must be now.
func (r *once) settle(end bool) error {
	c := &r.choice
	if r.declared || !c.settle(r.cfg.Bodyless, end) || c.format == "" {
		return nil
	}
	r.declared = true
	r.file.Feed, r.file.Format = c.feed, c.format
	r.head.folds.keep(c.feed)
	if c.why != "" {
		r.Notice(c.notice(r.file.Name))
	}
	use := store.FeedUse{Source: r.cfg.Source, Format: c.format, Feed: c.feed}
	if slices.Contains(r.uses, use) {
		return nil
	}
	if err := r.cfg.Feeds.DeclareFeed(r.ctx, use.Source, use.Format, use.Feed); err != nil {
		return &refusal{fmt.Errorf("%s: %w", r.file.Name, err)}
	}
	r.uses = append(r.uses, use)
	return nil
}

// refused ends a lane whose feed would count requests twice.
func (r *once) refused(re *refusal) error {
	r.file.Err = re.error
	if b := r.begun; b != nil {
		r.begun = nil // not queued: rows are handed on once the feed is declared
		r.pending = append(b.said, r.pending...)
		r.free <- b
	}
	return nil
}

// end hands on what is left when Fetch gave err.
func (r *once) end(lane ingest.Lane, err error) error {
	ie, cut := errors.AsType[*ingest.InputError](err)
	if cerr := r.ctx.Err(); cerr != nil {
		return cerr
	}
	if !cut && !errors.Is(err, io.EOF) {
		return err
	}
	if cut {
		r.file.Err = ie
	}
	if err := r.settle(true); err != nil {
		if re, ok := errors.AsType[*refusal](err); ok {
			re.error = errors.Join(r.file.Err, re.error)
			return r.refused(re)
		}
		return err
	}
	if err := r.sendBegun(); err != nil {
		return err
	}
	if err := r.send(); err != nil {
		return err
	}
	if r.at > r.file.From {
		// Known from here on: the same bytes again add nothing.
		m, err := lane.Mark(r.at, r.line)
		if err != nil {
			return err
		}
		if m.Lane != "" {
			m.Feed, m.Format = r.choice.feed, r.choice.format
			r.marks[m.Lane] = m
		}
	}
	b := &block{file: r.file, ends: true, said: r.pending, parts: make(chan []aggregate.Row)}
	close(b.parts)
	r.pending = nil
	return r.queue(b)
}
