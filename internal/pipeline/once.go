package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"errata/aggregate"
	"errata/ingest"
	"errata/parse"
	"errata/store"
)

// Rows is where a one-shot run puts the rows of its blocks, one call at a time
// and in their order. The rows belong to the caller again when it returns.
type Rows interface {
	Add(rows []aggregate.Row) error
}

// Sparer is a Rows that can do with less memory for a while: it is asked to
// before a record of many megabytes is decoded, which takes a multiple of them.
type Sparer interface {
	Spare() error
}

// OnceConfig is what a one-shot run depends on besides its source. Of Config it
// uses Source, Feed, Formats, Bodyless, NewFold, Feeds, Notice and Now, and the
// bounds MaxRows, MaxBytes and MaxInput while it is not known what a lane is.
// Folds and parsers are many here: several workers ask for them at once.
type OnceConfig struct {
	Config
	NewParser func() (Parser, error)
	Workers   int // that decode and fold at once, 0: as many as the machine has for us, at most 4
	Block     int // bytes of records that are folded as one, 0: 2 MiB
	BlockRows int // rows of a fold before they are handed on, 0: 4,096
}

const (
	// maxWorkers bounds the memory of all blocks and folds.
	maxWorkers = 4
	blockBytes = 2 << 20
	blockRows  = 4096
	// blockRecords bounds the list of a block's records: lines may be empty.
	blockRecords = 16 << 10
	// maxCopied is the longest record that becomes a part of a block; a longer
	// one is folded where it lies.
	maxCopied = 256 << 10
	// sparing is the size of a record from which on other memory is spared first.
	sparing = 4 << 20
	// ahead is how many blocks and ends of lanes may wait to be merged. What they
	// hold is bounded by the buffers that there are.
	ahead = 256
)

// Validate says what is wrong with c.
func (c *OnceConfig) Validate() error {
	var errs []error
	with := c.Config
	if c.NewParser == nil {
		errs = append(errs, errors.New("pipeline: parsers are missing"))
	} else if with.Parser == nil {
		p, err := c.NewParser()
		with.Parser = p
		errs = append(errs, err)
	}
	if c.Workers < 0 || c.Block < 0 || c.BlockRows < 0 {
		errs = append(errs, errors.New("pipeline: a bound of blocks is negative"))
	}
	return errors.Join(append(errs, with.Validate())...)
}

func (c *OnceConfig) fill() {
	c.Config.fill()
	if c.Workers == 0 {
		c.Workers = min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	if c.Block == 0 {
		c.Block = blockBytes
	}
	if c.BlockRows == 0 {
		c.BlockRows = blockRows
	}
}

// Once reads everything once into rows: no marks, no dead letters, all cores.
//
// Three stages run at a time. The loop fetches records, tells what kind of
// lines a lane has as Run does, and copies what follows into blocks. Workers
// decode and fold blocks, several at a time. One goroutine merges their rows,
// in the order of the blocks. A block is cut by its bytes alone, so that rows,
// counts and the order of notices depend on the input and never on how many
// workers there are or which of them is the first.
type Once struct {
	cfg     OnceConfig
	pending []ingest.Notice // said since the last block was handed on
}

// NewOnce checks cfg. A Once is for one Run.
func NewOnce(cfg OnceConfig) (*Once, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.fill()
	return &Once{cfg: cfg}, nil
}

// Notice takes what the source says, to pass it on in its place among the
// notices of the run. It is for the goroutine that runs Run.
func (o *Once) Notice(n ingest.Notice) { o.pending = append(o.pending, n) }

// Run takes all lanes of src to their ends. Where the error is not nil, rows
// holds a part of the input, and the summary tells nothing of use.
func (o *Once) Run(ctx context.Context, src ingest.Source, rows Rows) (Summary, error) {
	began := o.cfg.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &once{
		Once: o, ctx: ctx, fail: cancel, to: rows,
		marks: map[ingest.LaneID]ingest.FileMark{},
		work:  make(chan *block), order: make(chan *block, ahead),
		free: make(chan *block, o.cfg.Workers+2), rows: make(chan []aggregate.Row, o.cfg.Workers+2),
	}
	err := r.start()
	if err == nil {
		err = r.all(src)
	}
	if err != nil {
		cancel(err)
	}
	r.stop()
	if cause := context.Cause(ctx); cause != nil {
		return Summary{}, cause
	}
	for _, f := range r.files {
		r.sum.Files = append(r.sum.Files, f.File)
		r.sum.Total.add(&f.Counts)
	}
	r.sum.Duration = o.cfg.Now().Sub(began)
	return r.sum, nil
}

// once is the state of a run.
type once struct {
	*Once
	ctx  context.Context //nolint:containedctx // a run lives as long as its context
	fail context.CancelCauseFunc
	to   Rows

	// Of the loop.
	uses  []store.FeedUse
	marks map[ingest.LaneID]ingest.FileMark // of this run
	files []*onceFile
	head  *taker
	onceLane
	workers []*taker // theirs, but while all are idle

	work  chan *block          // to the workers
	order chan *block          // to the merger
	free  chan *block          // as many as there may be at a time
	rows  chan []aggregate.Row // buffers that nobody uses
	group sync.WaitGroup
	done  chan struct{} // closed when the merger has ended

	sum Summary // of the merger until it has ended
}

// onceFile is a file. To, Counts and what was told of it belong to the merger.
type onceFile struct {
	File
	told map[parse.Reason]bool // dead letters of this reason were spoken of
}

// start makes the workers and the merger run.
func (r *once) start() (err error) {
	if r.uses, err = r.cfg.Feeds.Feeds(r.ctx, r.cfg.Source); err != nil {
		return err
	}
	takers := make([]*taker, r.cfg.Workers+1)
	for i := range takers {
		if takers[i], err = newTaker(&r.cfg); err != nil {
			return err
		}
	}
	r.head, r.workers = takers[0], takers[1:]
	for range cap(r.free) {
		r.free <- &block{}
	}
	for _, t := range r.workers {
		r.group.Go(func() {
			for b := range r.work {
				if err := r.decode(t, b); err != nil {
					r.fail(err)
				}
			}
		})
	}
	r.done = make(chan struct{})
	go func() {
		defer close(r.done)
		for b := range r.order {
			if err := r.merge(b); err != nil {
				r.fail(err)
			}
		}
	}()
	return nil
}

// stop ends workers and merger.
func (r *once) stop() {
	if r.done == nil {
		return
	}
	if r.begun != nil && r.queued {
		close(r.begun.parts)
	}
	close(r.work)
	r.group.Wait()
	close(r.order)
	<-r.done
	for _, n := range r.pending {
		r.cfg.Notice(n)
	}
	r.pending = nil
}

func (r *once) all(src ingest.Source) error {
	for {
		lane, err := src.Next(r.ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if ie, ok := errors.AsType[*ingest.InputError](err); ok {
			r.files = append(r.files, &onceFile{File: File{Name: ie.Name, Err: err}})
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

// merge takes the outcome of a block, when all before it are taken.
func (r *once) merge(b *block) error {
	if b.spared != nil {
		if s, ok := r.to.(Sparer); ok && r.ctx.Err() == nil {
			if err := s.Spare(); err != nil {
				return err
			}
		}
		close(b.spared)
		return nil
	}
	for _, n := range b.said {
		r.cfg.Notice(n)
	}
	var entries int64
	var err error
	for rows := range b.parts { // to its end: who fills it must not wait for ever
		if err == nil && r.ctx.Err() == nil {
			entries += folded(rows)
			r.sum.Rows += int64(len(rows))
			err = r.to.Add(rows)
		}
		r.giveRows(rows)
	}
	if err != nil || r.ctx.Err() != nil {
		return err
	}
	f := b.file
	if b.taken > 0 {
		if err := b.account(b.feed, entries); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		r.sum.Batches++
		f.Counts.add(&b.counts)
		f.To = b.to
		for _, n := range b.firsts {
			if !f.told[n.reason] {
				f.told[n.reason] = true
				r.cfg.Notice(n.Notice)
			}
		}
	}
	if b.ends {
		if n, ok := tell(&f.Counts, f.Name, r.cfg.Formats); ok {
			r.cfg.Notice(n)
		}
		return nil // it is none of those that are free in turn
	}
	r.free <- b
	return nil
}

// takeRows finds a buffer for rows.
func (r *once) takeRows() []aggregate.Row {
	select {
	case rows := <-r.rows:
		return rows
	default:
		return nil
	}
}

// giveRows gives a buffer back, unless it is one of the large ones that only
// the beginning of a lane needs.
func (r *once) giveRows(rows []aggregate.Row) {
	if cap(rows) > 4*r.cfg.BlockRows {
		return
	}
	clear(rows) // or it would keep what they point to
	select {
	case r.rows <- rows[:0]:
	default:
	}
}
