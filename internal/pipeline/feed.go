package pipeline

import (
	"fmt"
	"slices"

	"errata/aggregate"
	"errata/ingest"
	"errata/parse"
	"errata/store"
)

// folds folds a lane for every feed that it may still turn out to be. Which one
// it is takes up to feedEntries entries to tell, and folding two or three times
// until then needs no record kept and no second pass.
type folds struct {
	cfg  *Config
	made map[ingest.Feed]Fold
	live []fold // for the feeds that the lane may be; one: it is that
}

type fold struct {
	feed ingest.Feed
	Fold
}

// begin sets the feeds that the next lane may be.
func (f *folds) begin(feeds ...ingest.Feed) error {
	f.keep(ingest.FeedAuto)
	for _, feed := range feeds {
		if f.made[feed] == nil {
			made, err := f.cfg.NewFold(feed)
			if err != nil {
				return err
			}
			f.made[feed] = made
		}
		f.live = append(f.live, fold{feed, f.made[feed]})
	}
	return nil
}

// drop forgets what was folded for a feed, and that it is possible.
func (f *folds) drop(feed ingest.Feed) {
	f.live = slices.DeleteFunc(f.live, func(l fold) bool {
		if l.feed == feed {
			l.Flush(nil)
		}
		return l.feed == feed
	})
}

// keep drops all feeds but one.
func (f *folds) keep(feed ingest.Feed) {
	for i := len(f.live) - 1; i >= 0; i-- {
		if f.live[i].feed != feed {
			f.drop(f.live[i].feed)
		}
	}
}

func (f *folds) add(ev *parse.Event, pos aggregate.Position) {
	for i := range f.live {
		f.live[i].Add(ev, pos)
	}
}

func (f *folds) rows() (n int) {
	for i := range f.live {
		n = max(n, f.live[i].Rows())
	}
	return n
}

func (f *folds) bytes() (n int64) {
	for i := range f.live {
		n += f.live[i].Bytes()
	}
	return n
}

// flush ends the batch of every fold and returns the rows of the first. Where
// there are several, all entries are dead and every fold of them is the same.
func (f *folds) flush(dst []aggregate.Row) (ingest.Feed, []aggregate.Row) {
	dst = f.live[0].Flush(dst)
	for i := range f.live[1:] {
		f.live[i+1].Flush(nil)
	}
	return f.live[0].feed, dst
}

// choice is how a lane's feed is told: given, known from before, or by its
// first entries.
type choice struct {
	feed    ingest.Feed // auto: not yet told
	format  string      // of the first counted entry
	decided ingest.Feed // what was decided before for this format with bodies
	entries int64
	body    bool // some entry has one
	success bool // some entry has a status below 400
	why     string
}

// look takes an entry into account: what the lane can no longer be is dropped.
func (c *choice) look(ev *parse.Event, uses []store.FeedUse, fs *folds) {
	c.entries++
	if ev.Dead != "" {
		return
	}
	if c.format == "" {
		c.format = ev.Format
		if c.feed != ingest.FeedAuto {
			return
		}
		for _, u := range uses {
			if u.Format == c.format && store.Bodies(u.Feed) {
				c.decided = u.Feed
				break
			}
		}
		switch c.decided {
		case ingest.FeedBoth:
			fs.drop(ingest.FeedResponse)
		case ingest.FeedResponse:
			fs.drop(ingest.FeedBoth)
		}
	}
	if ev.HasStatus && ev.Status < 400 && !c.success {
		c.success = true
		if c.decided != ingest.FeedResponse {
			fs.drop(ingest.FeedResponse)
		}
	}
	if ev.HasBody && !c.body {
		c.body = true
		fs.drop(ingest.FeedAccess)
	}
}

// settle decides the feed if it can be told by now; end: nothing more is looked at.
func (c *choice) settle(bodyless []string, end bool) bool {
	end = end || c.entries >= feedEntries
	switch {
	case c.feed != ingest.FeedAuto:
	case c.format == "":
		// Nothing but dead entries: they tell nothing.
	case c.body && c.decided != ingest.FeedAuto:
		c.feed, c.why = c.decided, fmt.Sprintf("as decided before for this source's %s lines with bodies", c.format)
	case c.body && c.success:
		c.feed, c.why = ingest.FeedBoth, "it has bodies, and entries with a status below 400"
	case c.body && end:
		c.feed, c.why = ingest.FeedResponse, fmt.Sprintf("it has bodies, and only errors in its first %d entries", c.entries)
	case c.body:
	case slices.Contains(bodyless, c.format):
		c.feed, c.why = ingest.FeedAccess, fmt.Sprintf("%s lines have no body", c.format)
	case end:
		c.feed, c.why = ingest.FeedAccess, fmt.Sprintf("no body in its first %d entries", c.entries)
	}
	return c.feed != ingest.FeedAuto
}

// notice says what a file is taken for.
func (c *choice) notice(name string) ingest.Notice {
	return ingest.Notice{Code: ingest.NoticeFeed, Name: name, Text: fmt.Sprintf("taken as %s: %s (--logs says otherwise)", c.feed, c.why)}
}

// settle declares the lane's feed once it can be told; end: it must be now.
func (r *run) settle(end bool) error {
	if r.declared || !r.choice.settle(r.p.cfg.Bodyless, end) || r.choice.format == "" {
		return nil
	}
	return r.declare()
}

// declare tells the book and the people what the lane is taken for, as soon as
// feed and format are known and before anything of it is written.
func (r *run) declare() error {
	c := &r.choice
	r.declared = true
	r.file.Feed, r.file.Format = c.feed, c.format
	r.folds.keep(c.feed)
	use := store.FeedUse{Source: r.p.cfg.Source, Format: c.format, Feed: c.feed}
	if c.why != "" {
		r.p.cfg.Notice(c.notice(r.file.Name))
	}
	if slices.Contains(r.uses, use) {
		return nil
	}
	// The store writes one transaction at a time.
	if err := r.wait(); err != nil {
		return err
	}
	if err := r.p.cfg.Feeds.DeclareFeed(r.wctx, use.Source, use.Format, use.Feed); err != nil {
		return &refusal{fmt.Errorf("%s: %w", r.file.Name, err)}
	}
	r.uses = append(r.uses, use)
	return nil
}

// refusal is the store's word on a feed: it ends the lane, not the run.
type refusal struct{ error }

func (r *refusal) Unwrap() error { return r.error }
