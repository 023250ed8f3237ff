package pipeline

import (
	"context"
	"fmt"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/internal/dlq"
	"errata/parse"
	"errata/store"
)

// batch is what was taken of a lane since its last flush.
type batch struct {
	from, to   int64
	taken      int64 // records
	line, last int64 // of the first and of the last record, where lines have numbers
	counts     Counts
	alive      int64 // entries that are not dead
	errors     int64 // of those, the ones that write error rows where there are bodies
	letters    []dlq.Letter
	deadReason parse.Reason // of the last entry: the next one of that reason joins its letter
	lane       Counts       // of the batches before
}

// reset starts the first batch of a lane.
func (b *batch) reset(from int64) {
	b.lane = Counts{}
	b.next(from)
}

func (b *batch) next(from int64) {
	b.lane.add(&b.counts)
	*b = batch{from: from, to: from, lane: b.lane, letters: b.letters[:0]}
}

func (b *batch) took(rec *ingest.Record) {
	if b.taken == 0 {
		b.line = rec.Line
	}
	b.taken++
	b.last, b.to = rec.Line, rec.Next
	b.counts.Bytes += rec.Next - rec.Offset
}

func (b *batch) lastLetter() *dlq.Letter { return &b.letters[len(b.letters)-1] }

// dead counts a dead entry and writes its letter, or counts it in the letter
// before.
func (b *batch) dead(source string, f *File, rec *ingest.Record, ev *parse.Event) {
	b.counts.Dead++
	if b.counts.DeadBy == nil {
		b.counts.DeadBy = map[parse.Reason]int64{}
	}
	b.counts.DeadBy[ev.Dead]++
	if b.deadReason == ev.Dead {
		b.lastLetter().Count++
		return
	}
	b.deadReason = ev.Dead
	l := dlq.Letter{
		Source: source, Name: f.Name, Lane: string(f.Lane), Line: rec.Line, Offset: rec.Offset, Entry: ev.Index,
		Count: 1, Reason: string(ev.Dead), Detail: ev.Detail, Payload: dlq.Payload(ev.Raw, rec.TooLong),
	}
	if ev.HasTime {
		l.Time = time.Unix(0, ev.Time).UTC().Format(time.RFC3339Nano)
	}
	b.letters = append(b.letters, l)
}

// account splits the living entries by the feed and checks that nothing was
// lost or counted twice on the way. Folded is the fold's own count of entries.
func (b *batch) account(feed ingest.Feed, folded int64) error {
	c := &b.counts
	c.Counted = b.alive
	if feed == ingest.FeedResponse {
		c.Counted, c.Skipped = b.errors, b.alive-b.errors
	}
	records := b.taken
	if b.line > 0 {
		records = b.last - b.line + 1
	}
	if got := c.Records + c.Blank + c.Covered; got != records {
		return fmt.Errorf("a bug: %d records in the range, %d accounted for (%d with entries, %d blank, %d covered)", records, got, c.Records, c.Blank, c.Covered)
	}
	if got := c.Counted + c.Dead + c.Skipped; got != c.Entries {
		return fmt.Errorf("a bug: %d entries, %d accounted for (%d counted, %d dead, %d skipped)", c.Entries, got, c.Counted, c.Dead, c.Skipped)
	}
	if folded != c.Entries {
		return fmt.Errorf("a bug: %d entries, the fold counted %d", c.Entries, folded)
	}
	return nil
}

// folded is how many entries rows count.
func folded(rows []aggregate.Row) (n int64) {
	for i := range rows {
		if rows[i].Kind == aggregate.KindRead {
			n += rows[i].N
		}
	}
	return n
}

// job is a batch on its way into the store.
type job struct {
	batch   store.Batch
	letters []dlq.Letter
	file    *File
	counts  Counts
}

// writer runs one job at a time beside the loop.
type writer struct {
	busy   chan error // of the job that runs, nil: none
	job    job
	err    error // ends the run
	commit func(*job)

	// Rows are made when those before are written, into the same buffer: a batch
	// of them is large.
	rows []aggregate.Row
	// Letters in turn: one list is written while the other fills.
	letters [2][]dlq.Letter
	turn    int
}

// wait returns when no job runs.
func (w *writer) wait() error {
	if w.busy != nil {
		w.err = <-w.busy
		w.busy = nil
		if w.err == nil {
			w.commit(&w.job)
		}
	}
	return w.err
}

// submit starts a job; none is running.
func (r *run) submit(j job) {
	r.job, r.busy = j, make(chan error, 1)
	go func(busy chan<- error) { busy <- r.p.write(r.wctx, &j) }(r.busy)
}

func (p *Pipeline) write(ctx context.Context, j *job) error {
	if len(j.letters) > 0 {
		if err := p.dead.Put(ctx, j.letters...); err != nil {
			return err
		}
	}
	return p.sink.Write(ctx, j.batch)
}

// commit accounts for a job that is in the store.
func (r *run) commit(j *job) {
	r.sum.Batches++
	r.sum.Rows += int64(len(j.batch.Rows))
	j.file.Counts.add(&j.counts)
	j.file.To = j.batch.ID.Range.To
}

// flush hands the batch to the writer.
func (r *run) flush() error {
	b := &r.batch
	if b.taken == 0 {
		return nil
	}
	if err := r.wait(); err != nil {
		return err
	}
	feed, rows := r.folds.flush(r.rows[:0])
	r.rows = rows
	if err := b.account(feed, folded(rows)); err != nil {
		return fmt.Errorf("%s: %w", r.file.Name, err)
	}
	mark, err := r.lane.Mark(b.to, b.last)
	if err != nil {
		return err
	}
	j := job{file: r.file, counts: b.counts, letters: b.letters}
	j.batch = store.Batch{
		ID:     ingest.BatchID{Lane: r.lane.ID(), Range: ingest.Range{From: b.from, To: b.to}, Nonce: r.p.cfg.Nonce()},
		Source: r.p.cfg.Source, Rows: rows, Ledger: b.counts.ledger(),
	}
	if mark.Lane != "" {
		mark.Feed, mark.Format = r.choice.feed, r.choice.format
		r.marks[mark.Lane] = mark
		j.batch.File = &mark
	}
	r.submit(j)
	// The job has these letters now; the others are free since the wait.
	r.letters[r.turn] = b.letters
	r.turn = 1 - r.turn
	b.letters = r.letters[r.turn]
	b.next(b.to)
	return nil
}
