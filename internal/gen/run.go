package gen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Logs is the kind of log to write.
type Logs string

// The kinds of logs.
const (
	Access   Logs = "access"   // one line per request, no body
	Response Logs = "response" // the errors, with bodies
	Both     Logs = "both"     // one line per request, with bodies
)

// Config says which traffic to make and how to log it.
type Config struct {
	Scenario Scenario
	Seed     uint64
	Format   string    // one of Formats; "": combined for access logs, else apisix
	Logs     Logs      // "": access where the format has no bodies, else the scenario's, else both
	Days     int       // 0: the scenario's
	End      time.Time // the traffic's end, exclusive; zero: DefaultEnd
}

// DefaultEnd is where traffic ends that is given no end: a fixed Monday, so
// that the same command gives the same bytes on any day.
func DefaultEnd() time.Time { return time.Date(2026, 9, 28, 0, 0, 0, 0, time.UTC) }

// Formats names the log formats in the order in which help shows them.
func Formats() []string {
	return []string{"combined", "common", "apisix", "apisix-array", "nginx-json", "kong"}
}

// the span in which traffic may lie: outside of 2000..2100 errata clamps.
var (
	minTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// resolve fills in what is not given and refuses what does not fit together.
func (c *Config) resolve() (f format, from, to time.Time, err error) {
	if c.Format == "" {
		c.Format = "apisix"
		if c.Logs == Access {
			c.Format = "combined"
		}
	}
	f, ok := formatOf(c.Format)
	if !ok {
		return f, from, to, fmt.Errorf("no log format %q: known are %s", c.Format, strings.Join(Formats(), ", "))
	}
	if c.Logs == "" {
		switch c.Logs = c.Scenario.Logs; {
		case f.text:
			c.Logs = Access
		case c.Logs == "":
			c.Logs = Both
		}
	}
	switch c.Logs {
	case Access:
	case Response, Both:
		if f.text {
			return f, from, to, fmt.Errorf("format %s has no bodies: it can only be an access log", f.name)
		}
	default:
		return f, from, to, fmt.Errorf("no kind of logs %q: known are access, response, both", c.Logs)
	}
	if c.Days == 0 {
		c.Days = c.Scenario.Days
	}
	if c.End.IsZero() {
		c.End = DefaultEnd()
	}
	to = c.End.UTC()
	from = to.Add(-time.Duration(c.Days) * 24 * time.Hour)
	if from.Before(minTime) || to.After(maxTime.Add(-24*time.Hour)) || from.After(to) {
		return f, from, to, fmt.Errorf("%d days up to %s: traffic must lie between 2000 and 2100", c.Days, to.Format(time.RFC3339))
	}
	// The trouble of a scenario that is longer than what is asked for lies
	// before its begin, and is left out.
	s := &c.Scenario
	if s.Days != c.Days {
		s.Days = c.Days
		span := time.Duration(c.Days) * 24 * time.Hour
		var incidents []Incident
		for _, in := range s.Incidents {
			if in.Before <= span {
				incidents = append(incidents, in)
			}
		}
		var storms []Storm
		for _, st := range s.Storms {
			if st.Before <= span {
				storms = append(storms, st)
			}
		}
		s.Incidents, s.Storms = incidents, storms
	}
	if err := s.validate(); err != nil {
		return f, from, to, fmt.Errorf("scenario: %w", err)
	}
	return f, from, to, nil
}

// progressEvery is how many entries lie between two calls of progress; the
// context is asked as often.
const progressEvery = 8192

// flushAt is how many bytes are gathered before they are written.
const flushAt = 64 << 10

// Run writes the log of a traffic and returns the truth about it. progress, if
// there is one, is called now and then with the entries of the plan so far and
// an estimate of all. When ctx ends, Run stops with its error.
func Run(ctx context.Context, cfg Config, out io.Writer, progress func(done, total int64)) (Truth, error) {
	f, from, to, err := cfg.resolve()
	if err != nil {
		return Truth{}, err
	}
	s := &cfg.Scenario
	r := &run{
		cfg: cfg, f: f, out: out,
		w:     &writer{s: s, seed: cfg.Seed, f: f, withBody: cfg.Logs != Access},
		b:     newBodies(s, cfg.Seed),
		p:     newPlanner(s, cfg.Seed, from, to),
		array: f.array,
	}
	r.tally = newTally(&r.cfg, r.p, from, to)
	total := int64(s.RequestsPerDay) * int64(s.Days)
	for _, st := range s.Storms {
		total += int64(st.Lasts/time.Minute) * int64(st.PerMinute)
	}
	if s.Lines.BOM {
		r.buf = append(r.buf, "\ufeff"...)
	}
	var e entry
	var n int64
	for r.p.next(&e) {
		if n++; n%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return Truth{}, err
			}
			if progress != nil {
				progress(n, max(total, n))
			}
		}
		r.entry(&e)
		if len(r.buf) >= flushAt {
			if err := r.flush(); err != nil {
				return Truth{}, err
			}
		}
	}
	r.closeArray(false)
	if s.Lines.Unterminated && len(r.buf) > 0 {
		r.buf = r.buf[:len(r.buf)-1]
	}
	if err := r.flush(); err != nil {
		return Truth{}, err
	}
	if progress != nil {
		progress(n, n)
	}
	return r.tally.truth(), nil
}

// run is the state of one Run.
type run struct {
	cfg   Config
	f     format
	out   io.Writer
	w     *writer
	b     *bodies
	p     *planner
	tally *tally
	buf   []byte

	array bool
	open  int // elements of the array that is being written
	room  int // elements that it may hold
}

var errShort = errors.New("short write")

func (r *run) flush() error {
	n, err := r.out.Write(r.buf)
	r.tally.t.Bytes += int64(n)
	if err == nil && n < len(r.buf) {
		err = errShort
	}
	r.buf = r.buf[:0]
	return err
}

// entry writes one entry of the plan, if the log shows it, and what stands
// before it.
func (r *run) entry(e *entry) {
	all := r.cfg.Logs == Both
	r.b.build(e, all || r.cfg.Logs == Response && r.cfg.Scenario.Response.Successes > 0)
	if e.fault != nil || e.event != noEvent || e.op.odd && e.status >= 400 {
		e.size = int64(len(r.b.text))
	}
	r.tally.plan(e)
	if !r.shown(e) {
		return
	}
	m := r.w.mangle(e, r.b, r.w.withBody)
	r.between(e)
	r.w.render(e, r.b, &m)
	r.tally.entry(e, r.b, &m, r.w, r.write(e, &m))
}

// shown tells whether the log has the entry at all.
func (r *run) shown(e *entry) bool {
	if r.cfg.Logs != Response || e.status >= 400 {
		return true
	}
	f := &r.cfg.Scenario.Response
	if e.event != noEvent && f.Events {
		return true
	}
	d := derive(r.cfg.Seed, kindMode, ^e.seq)
	return d.per100k(f.Successes)
}

// write puts the rendered line, broken as the mangle says, into the buffer.
// It returns where a cut fell, -1 for none.
func (r *run) write(e *entry, m *mangle) int {
	w := r.w
	line := w.line
	cut := -1
	switch m.line {
	case cutHead:
		cut = r.cutHead(m)
	case cutBody:
		cut = w.bodyEnd
	case split:
		r.closeArray(m.crlf)
		at := w.pathFrom + 4
		r.buf = append(append(r.buf, line[:at]...), '\n')
		r.buf = append(append(r.buf, line[at:]...), '\n')
		r.tally.t.Lines += 2
		return cut
	case notJSON:
		r.closeArray(m.crlf)
		switch m.r.n(3) {
		case 0:
			line = append(line, '}')
		case 1:
			line = append(line, " trailing bytes"...)
		case 2:
			for i := 1; i < len(line); i++ {
				if line[i] == '"' && line[i-1] == ',' {
					line[i-1] = ' '
					break
				}
			}
		}
		r.solo(line, m.crlf)
		return cut
	case binary:
		r.closeArray(m.crlf)
		bad := []byte{0, 1, 0x1b, '\t'}
		if r.f.text {
			bad = bad[:3]
		}
		r.buf = append(r.buf, line[:w.pathFrom]...)
		r.buf = append(r.buf, bad[m.r.n(len(bad))])
		r.solo(line[w.pathFrom:], m.crlf)
		return cut
	}
	if cut >= 0 {
		line = line[:cut]
	}
	if !r.array {
		r.solo(line, m.crlf)
		return cut
	}
	if r.open == 0 {
		r.buf = append(r.buf, '[')
		r.room = 1 + m.r.n(12)
	} else {
		r.buf = append(r.buf, ',')
	}
	r.buf = append(r.buf, line...)
	r.open++
	if cut >= 0 {
		r.open = 0
		r.end(m.crlf)
		return cut
	}
	if r.open >= r.room {
		r.closeArray(m.crlf)
	}
	return cut
}

// cutHead draws an offset at which time or status is not complete yet, and no
// body has begun.
func (r *run) cutHead(m *mangle) int {
	w := r.w
	if r.f.text {
		return w.pathFrom + m.r.n(w.statusFrom-w.pathFrom)
	}
	end := max(w.timeEnd, w.statusEnd) - 1
	if w.bodyFrom > 0 {
		end = min(end, w.bodyFrom)
	}
	return 1 + m.r.n(end-1)
}

// solo ends a line of its own.
func (r *run) solo(line []byte, crlf bool) {
	r.buf = append(r.buf, line...)
	r.end(crlf)
}

func (r *run) end(crlf bool) {
	if crlf {
		r.buf = append(r.buf, '\r')
	}
	r.buf = append(r.buf, '\n')
	r.tally.t.Lines++
}

func (r *run) closeArray(crlf bool) {
	if r.open > 0 {
		r.open = 0
		r.buf = append(r.buf, ']')
		r.end(crlf)
	}
}
