package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	minute = 60
	hour   = 3600
	day    = 86400

	// newAfter is how long an error must not have been there to be new: 14 times
	// 24 hours, whatever the zone's clock does meanwhile.
	newAfter = 14 * day

	// maxDays is for how many days an error of top has its counts: more are no
	// sparkline.
	maxDays = 31
	// hourlyDays is up to which range the time line has hours.
	hourlyDays = 62
	// maxPoints is up to how many days the time line of a range has days. What
	// is longer is cut to what is held; if that is longer too, as one wrong time
	// makes it, it has weeks. No time is before 2000 or after 2099: 5,219 weeks.
	maxPoints = 3660
)

// window is a half-open range of time.
type window struct{ from, to time.Time }

func (w window) empty() bool { return !w.from.Before(w.to) }

// meet is the part of w that lies in o.
func (w window) meet(o window) window {
	if o.from.After(w.from) {
		w.from = o.from
	}
	if o.to.Before(w.to) {
		w.to = o.to
	}
	if w.to.Before(w.from) {
		w.to = w.from
	}
	return w
}

// widen is w on whole grains of UTC, and whether that is more than w.
func (w window) widen(grain int64) (window, bool) {
	if w.empty() {
		return w, false
	}
	from := time.Unix(floor(w.from.Unix(), grain), 0).In(w.from.Location())
	last := w.to.Unix()
	if w.to.Nanosecond() > 0 {
		last++
	}
	to := time.Unix(floor(last+grain-1, grain), 0).In(w.to.Location())
	return window{from, to}, !from.Equal(w.from) || !to.Equal(w.to)
}

func floor(t, grain int64) int64 {
	r := t % grain
	if r < 0 {
		r += grain
	}
	return t - r
}

// rangeOf is w as the report shows it.
func rangeOf(w window) Range { return Range{From: w.from, To: w.to, Week: weekOf(w)} }

// weekOf names the ISO week of the zone that w is, "" where it is none.
func weekOf(w window) string {
	if w.from.Weekday() != time.Monday || !isMidnight(w.from) || !w.to.Equal(addDays(w.from, 7)) {
		return ""
	}
	y, n := w.from.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", y, n)
}

// midnight is the start of t's day in its zone: the first moment, where the
// clock passes midnight over.
func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return dayStart(y, m, d, t.Location())
}

func dayStart(y int, m time.Month, d int, zone *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if got := t.Day(); got != want.Day() {
		// A gap at midnight, and Date took the clock of before: its end is the start.
		_, end := t.ZoneBounds()
		if !end.IsZero() {
			return end
		}
	}
	return t
}

func isMidnight(t time.Time) bool { return t.Equal(midnight(t)) }

// addDays moves the start of a day by calendar days of its zone.
func addDays(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	return dayStart(y, m, d+n, t.Location())
}

// before is the equally long range before w: of whole local days in local
// calendar days, so that the week before a week is one also where the clock is
// changed.
func before(w window) window {
	if n := wholeDays(w); n > 0 {
		return window{addDays(w.from, -n), w.from}
	}
	return window{w.from.Add(-w.to.Sub(w.from)), w.from}
}

// wholeDays is how many local days w is, 0 where it is not whole days.
func wholeDays(w window) int {
	if w.empty() || !isMidnight(w.from) || !isMidnight(w.to) {
		return 0
	}
	// Days of 24 hours are at most a few clock changes off.
	n := int((w.to.Sub(w.from) + 12*time.Hour) / (24 * time.Hour))
	for i := max(n-1, 1); i <= n+1; i++ {
		if addDays(w.from, i).Equal(w.to) {
			return i
		}
	}
	return 0
}

// days are the starts of the local days that w touches, and the end of the
// last one.
func days(w window) []int64 {
	if w.empty() {
		return nil
	}
	out := []int64{midnight(w.from).Unix()}
	y, m, d := w.from.Date()
	for i := 1; out[len(out)-1] < w.to.Unix() || w.to.Nanosecond() > 0 && out[len(out)-1] == w.to.Unix(); i++ {
		if t := dayStart(y, m, d+i, w.from.Location()).Unix(); t > out[len(out)-1] {
			out = append(out, t)
		}
	}
	return out
}

// weeks are the starts of every seventh local day that w touches from its first
// one on, and the end of the last day.
func weeks(w window) []int64 {
	all := days(w)
	var out []int64
	for i := 0; i < len(all)-1; i += 7 {
		out = append(out, all[i])
	}
	if len(all) > 0 {
		out = append(out, all[len(all)-1])
	}
	return out
}

// hours are the starts of the local clock hours that w touches, and the end of
// the last one.
func hours(w window) []int64 {
	if w.empty() {
		return nil
	}
	_, offset := w.from.Zone()
	shift := floor(int64(offset), minute)
	t := floor(w.from.Unix()+shift, hour) - shift
	out := []int64{t}
	for t < w.to.Unix() || w.to.Nanosecond() > 0 && t == w.to.Unix() {
		t += hour
		out = append(out, t)
	}
	return out
}

// stepOf is the widest step of a query whose buckets each lie within one of
// the bounds' spans.
func stepOf(bounds []int64) int64 {
	for _, s := range []int64{day, hour, 30 * minute, 15 * minute, 5 * minute} {
		if !slices.ContainsFunc(bounds, func(b int64) bool { return b%s != 0 }) {
			return s
		}
	}
	return minute
}

// spanAt is the index of the span that holds t; t is not before the first.
func spanAt(bounds []int64, t int64) int {
	i, found := slices.BinarySearchFunc(bounds, t, func(b, t int64) int { return cmp.Compare(b, t) })
	if !found {
		i--
	}
	return min(max(i, 0), len(bounds)-2)
}
