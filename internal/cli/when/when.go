// Package when reads the times that people type: RFC 3339, dates, ISO weeks and
// durations back from now. Every one is an instant, the start of what it names,
// so that ranges are half-open whatever they are written in. What names no zone
// is read in the zone of the caller's choice.
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

// layouts are the forms of absolute times.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
}

// Parse reads one instant; what names no zone is UTC. now is what durations
// count back from.
func Parse(s string, now time.Time) (time.Time, error) { return ParseIn(s, now, time.UTC) }

// ParseIn is Parse where what names no zone is in zone. The result is in UTC.
func ParseIn(s string, now time.Time, zone *time.Location) (time.Time, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return time.Time{}, fmt.Errorf("an empty time: write %s", Forms)
	case s == "now":
		return now.UTC(), nil
	}
	if y, w, ok, err := week(s); ok {
		return weekStart(y, w, zone), err
	}
	for _, l := range layouts {
		t, err := time.ParseInLocation(l, s, zone)
		if err != nil {
			continue
		}
		if l == time.DateOnly {
			return dayStart(t.Year(), t.Month(), t.Day(), zone), nil
		}
		if strings.HasSuffix(l, "Z07:00") {
			return t.UTC(), nil
		}
		if !strings.HasPrefix(s, t.Format(l)) {
			return time.Time{}, fmt.Errorf("%q is no time: clocks in %s are put forward over it; write one before or after", s, zone)
		}
		return first(t).UTC(), nil
	}
	if looksLikeDate(s) {
		return time.Time{}, fmt.Errorf("%q is no time: there is no such day or hour, or it is written in another way; write %s", s, Forms)
	}
	if d, err := Duration(strings.TrimPrefix(s, "-")); err == nil {
		return now.Add(-d).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write %s", s, Forms)
}

// first is the earlier of two moments that a clock that was set back shows
// alike.
func first(t time.Time) time.Time {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return t
	}
	_, before := start.Add(-1).Zone()
	_, now := t.Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); before > now && earlier.Before(start) {
		return earlier
	}
	return t
}

// dayStart is the first moment of a day in zone: where clocks are put forward
// over midnight, that is later.
func dayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if want := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); t.Day() != want.Day() {
		if _, end := t.ZoneBounds(); !end.IsZero() {
			t = end
		}
	}
	return t.UTC()
}

func looksLikeDate(s string) bool {
	return len(s) >= 8 && strings.Trim(s[:4], "0123456789") == "" && (s[4] == '-' || s[4] == '/' || s[4] == '.')
}

// week reads an ISO week, 2026-W46. ok: it looks like one.
func week(s string) (year, n int, ok bool, err error) {
	y, w, found := strings.Cut(strings.ToUpper(s), "-W")
	if !found || len(y) != 4 {
		return 0, 0, false, nil
	}
	y64, err1 := strconv.ParseUint(y, 10, 16)
	n64, err2 := strconv.ParseUint(w, 10, 8)
	if err1 != nil || err2 != nil || len(w) > 2 || n64 < 1 {
		return 0, 0, true, fmt.Errorf("%q is no ISO week: write one such as 2026-W46", s)
	}
	year, n = int(y64), int(n64)
	if last := weeksIn(year); n > last {
		return 0, 0, true, fmt.Errorf("%q is no ISO week: %d has %d of them", s, year, last)
	}
	return year, n, true, nil
}

// weekStart is Monday 00:00 of an ISO week in zone; after the last week come
// those of the next year.
func weekStart(year, n int, zone *time.Location) time.Time {
	if n < 1 {
		return time.Time{}
	}
	// 4 January is always in week 1.
	jan4 := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	d := jan4.AddDate(0, 0, 7*(n-1)-(int(jan4.Weekday())+6)%7)
	return dayStart(d.Year(), d.Month(), d.Day(), zone)
}

// Week reads an ISO week, 2026-W46, as a range in zone: from its Monday to the
// next.
func Week(s string, zone *time.Location) (Range, error) {
	year, n, ok, err := week(strings.TrimSpace(s))
	if !ok {
		err = fmt.Errorf("%q is no ISO week: write one such as 2026-W46", s)
	}
	if err != nil {
		return Range{}, err
	}
	return Range{weekStart(year, n, zone), weekStart(year, n+1, zone)}, nil
}

// LastWeek is the last ISO week in zone that is over at now.
func LastWeek(now time.Time, zone *time.Location) Range {
	year, n := now.In(zone).ISOWeek()
	monday := weekStart(year, n, zone)
	year, n = monday.Add(-12 * time.Hour).In(zone).ISOWeek() // on its Sunday
	return Range{weekStart(year, n, zone), monday}
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

// ParseRange reads the three flags that name a range; what names no zone is
// UTC. last excludes the others.
func ParseRange(last, since, until string, now time.Time) (Range, error) {
	return ParseRangeIn(last, since, until, now, time.UTC)
}

// ParseRangeIn is ParseRange where what names no zone is in zone.
func ParseRangeIn(last, since, until string, now time.Time, zone *time.Location) (r Range, err error) {
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
		if r.Since, err = ParseIn(since, now, zone); err != nil {
			return r, fmt.Errorf("--since: %w", err)
		}
	}
	if until != "" {
		if r.Until, err = ParseIn(until, now, zone); err != nil {
			return r, fmt.Errorf("--until: %w", err)
		}
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && !r.Since.Before(r.Until) {
		return r, fmt.Errorf("the range is empty: --since %s is not before --until %s, and --until itself is not part of it",
			r.Since.In(zone).Format(time.RFC3339), r.Until.In(zone).Format(time.RFC3339))
	}
	return r, nil
}

// Zone reads the name of a time zone. The machine's own is none: the same
// question must have the same answer everywhere.
func Zone(name string) (*time.Location, error) {
	const forms = "write an IANA name such as UTC, Europe/Berlin or America/New_York"
	switch strings.ToLower(name) {
	case "":
		return nil, fmt.Errorf("an empty time zone: %s", forms)
	case "local":
		return nil, fmt.Errorf("%q is another zone on each machine: %s", name, forms)
	case "utc", "z":
		return time.UTC, nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone: %s", name, forms)
	}
	return z, nil
}

// WholeHours tells whether all clock times of a zone from 2000 to 2100 are
// whole hours from UTC.
func WholeHours(zone *time.Location) bool {
	// No zone ever kept a clock for less than a week.
	for t := time.Date(2000, 1, 1, 0, 0, 0, 0, zone); t.Year() < 2100; t = t.Add(7 * 24 * time.Hour) {
		if _, offset := t.Zone(); offset%3600 != 0 {
			return false
		}
	}
	return true
}
