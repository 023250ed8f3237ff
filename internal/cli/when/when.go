// Package when reads the times that people type: RFC 3339, dates, ISO weeks and
// durations back from now. Every one is an instant, the start of what it names,
// so that ranges are half-open whatever they are written in.
package when

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Forms says what Parse reads, for messages and help.
const Forms = "2026-11-24, 2026-11-24T15:04:05Z, 2026-W48, or a time back from now such as 24h or 7d"

// layouts are the forms of absolute times; those without a zone are UTC.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

// Parse reads one instant. now is what durations count back from.
func Parse(s string, now time.Time) (time.Time, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return time.Time{}, fmt.Errorf("an empty time: write %s", Forms)
	case s == "now":
		return now.UTC(), nil
	}
	if t, ok, err := week(s); ok {
		return t, err
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), nil
		}
	}
	if looksLikeDate(s) {
		return time.Time{}, fmt.Errorf("%q is no time: there is no such day or hour, or it is written in another way; write %s", s, Forms)
	}
	if d, err := Duration(strings.TrimPrefix(s, "-")); err == nil {
		return now.Add(-d).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write %s", s, Forms)
}

func looksLikeDate(s string) bool {
	return len(s) >= 8 && strings.Trim(s[:4], "0123456789") == "" && (s[4] == '-' || s[4] == '/' || s[4] == '.')
}

// week reads an ISO week, 2026-W46: Monday 00:00 UTC. ok: it looks like one.
func week(s string) (t time.Time, ok bool, err error) {
	y, w, found := strings.Cut(strings.ToUpper(s), "-W")
	if !found || len(y) != 4 {
		return t, false, nil
	}
	year, err1 := strconv.ParseUint(y, 10, 16)
	n, err2 := strconv.ParseUint(w, 10, 8)
	if err1 != nil || err2 != nil || len(w) > 2 || n < 1 {
		return t, true, fmt.Errorf("%q is no ISO week: write one such as 2026-W46", s)
	}
	if last := weeksIn(int(year)); int(n) > last {
		return t, true, fmt.Errorf("%q is no ISO week: %d has %d of them", s, year, last)
	}
	// 4 January is always in week 1.
	jan4 := time.Date(int(year), 1, 4, 0, 0, 0, 0, time.UTC)
	monday := jan4.AddDate(0, 0, -(int(jan4.Weekday())+6)%7)
	return monday.AddDate(0, 0, 7*(int(n)-1)), true, nil
}

// weeksIn is 52 or 53: 28 December is always in the last week.
func weeksIn(year int) int {
	_, w := time.Date(year, 12, 28, 0, 0, 0, 0, time.UTC).ISOWeek()
	return w
}

// units of durations, in the order in which they may stand.
var units = []struct {
	name string
	d    time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// Duration reads a positive duration of whole units: 90m, 24h, 7d, 1d12h, 2w.
// A day is 24 hours.
func Duration(s string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is no duration: write whole numbers with w, d, h, m or s, such as 24h, 7d or 1d12h", s)
	var total time.Duration
	rest, next := s, 0
	for rest != "" {
		i := 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 0 || i == len(rest) {
			return 0, wrong
		}
		n, err := strconv.ParseInt(rest[:i], 10, 64)
		if err != nil {
			return 0, wrong
		}
		u := next
		for u < len(units) && units[u].name != rest[i:i+1] {
			u++
		}
		if u == len(units) || n > int64(math.MaxInt64)/int64(units[u].d) {
			return 0, wrong
		}
		part := time.Duration(n) * units[u].d
		if total > math.MaxInt64-part {
			return 0, wrong
		}
		total += part
		rest, next = rest[i+1:], u+1
	}
	if total <= 0 {
		return 0, wrong
	}
	return total, nil
}

// Range is a half-open range; a zero end is unbounded.
type Range struct{ Since, Until time.Time }

// ParseRange reads the three flags that name a range. last excludes the others.
func ParseRange(last, since, until string, now time.Time) (r Range, err error) {
	if last != "" {
		if since != "" || until != "" {
			return r, fmt.Errorf("--last already names a range: leave out --since and --until, or --last")
		}
		d, err := Duration(last)
		if err != nil {
			return r, fmt.Errorf("--last: %w", err)
		}
		return Range{now.Add(-d).UTC(), now.UTC()}, nil
	}
	if since != "" {
		if r.Since, err = Parse(since, now); err != nil {
			return r, fmt.Errorf("--since: %w", err)
		}
	}
	if until != "" {
		if r.Until, err = Parse(until, now); err != nil {
			return r, fmt.Errorf("--until: %w", err)
		}
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && !r.Since.Before(r.Until) {
		return r, fmt.Errorf("the range is empty: --since %s is not before --until %s, and --until itself is not part of it",
			r.Since.Format(time.RFC3339), r.Until.Format(time.RFC3339))
	}
	return r, nil
}
