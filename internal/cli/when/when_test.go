package when

import (
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 24, 12, 34, 56, 789, time.UTC)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"2026-11-24":                 "2026-11-24T00:00:00Z",
		"2024-02-29":                 "2024-02-29T00:00:00Z",
		"2000-02-29":                 "2000-02-29T00:00:00Z",
		" 2026-11-24 ":               "2026-11-24T00:00:00Z",
		"2026-11-24T15:04:05Z":       "2026-11-24T15:04:05Z",
		"2026-11-24T15:04:05.25Z":    "2026-11-24T15:04:05.25Z",
		"2026-11-24T15:04:05+08:00":  "2026-11-24T07:04:05Z",
		"2026-11-24T00:30:00-01:00":  "2026-11-24T01:30:00Z",
		"2026-11-24 15:04:05":        "2026-11-24T15:04:05Z",
		"2026-11-24T15:04":           "2026-11-24T15:04:00Z",
		"2026-11-24T15:04+02:00":     "2026-11-24T13:04:00Z",
		"2026-W46":                   "2026-11-09T00:00:00Z",
		"2026-w46":                   "2026-11-09T00:00:00Z",
		"2026-W1":                    "2025-12-29T00:00:00Z", // week 1 begins in the year before
		"2026-W53":                   "2026-12-28T00:00:00Z",
		"2020-W53":                   "2020-12-28T00:00:00Z",
		"2021-W01":                   "2021-01-04T00:00:00Z", // 1 January is in 2020-W53
		"2023-W01":                   "2023-01-02T00:00:00Z", // 1 January is a Sunday
		"2018-W01":                   "2018-01-01T00:00:00Z",
		"24h":                        "2026-11-23T12:34:56.000000789Z",
		"-24h":                       "2026-11-23T12:34:56.000000789Z",
		"7d":                         "2026-11-17T12:34:56.000000789Z",
		"1d12h":                      "2026-11-23T00:34:56.000000789Z",
		"now":                        "2026-11-24T12:34:56.000000789Z",
		"1969-12-31T23:59:59.5Z":     "1969-12-31T23:59:59.5Z",
		"2026-11-24 15:04:05+08:00":  "2026-11-24T07:04:05Z",
		"2016-12-31T23:59:59+00:00":  "2016-12-31T23:59:59Z",
		"2026-03-29T02:30:00":        "2026-03-29T02:30:00Z", // no such hour in Berlin; UTC has it
		"2026-11-24T15:04:05.999999": "2026-11-24T15:04:05.999999Z",
	} {
		got, err := Parse(in, now)
		if err != nil {
			t.Errorf("%q: %v", in, err)
		} else if s := got.Format(time.RFC3339Nano); s != want {
			t.Errorf("%q: got %s, want %s", in, s, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "empty",
		"yesterday":            "no time",
		"2026-02-29":           "no such day",
		"2100-02-29":           "no such day",
		"2026-13-01":           "no such day",
		"2026-11-24T25:00:00Z": "no such day or hour",
		"2026-11-24T23:59:60Z": "no such day or hour", // leap seconds are not in Unix time
		"2026/11/24":           "another way",
		"24.11.2026":           "no time",
		"2026-W54":             "2026 has 53",
		"2025-W53":             "2025 has 52",
		"2026-W0":              "no ISO week",
		"2026-W":               "no ISO week",
		"2026-W046":            "no ISO week",
		"2026-W4x":             "no ISO week",
		"26-W04":               "no time",
		"24":                   "no time",
		"1700000000":           "no time",
		"24x":                  "no time",
		"--24h":                "no time",
		"0h":                   "no time",
	} {
		got, err := Parse(in, now)
		if err == nil {
			t.Errorf("%q: got %s, want an error", in, got)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, want something with %q", in, err, want)
		}
	}
}

// Every week of a long time begins on a Monday, seven days after the one before,
// and is what the standard library says of it.
func TestWeeks(t *testing.T) {
	var before time.Time
	for year := 1970; year <= 2100; year++ {
		for n := 1; n <= weeksIn(year); n++ {
			s := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006") + "-W" + string(rune('0'+n/10)) + string(rune('0'+n%10))
			got, err := Parse(s, now)
			if err != nil {
				t.Fatal(err)
			}
			if y, w := got.ISOWeek(); y != year || w != n || got.Weekday() != time.Monday {
				t.Fatalf("%s: got %s, week %d-%d", s, got, y, w)
			}
			if !before.IsZero() && got.Sub(before) != 7*24*time.Hour {
				t.Fatalf("%s: %s after the week before", s, got.Sub(before))
			}
			before = got
		}
	}
}

func TestDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"1s": time.Second, "90m": 90 * time.Minute, "24h": 24 * time.Hour, "7d": 168 * time.Hour,
		"2w": 336 * time.Hour, "1d12h": 36 * time.Hour, "1w2d3h4m5s": 219*time.Hour + 4*time.Minute + 5*time.Second,
		"0d1h": time.Hour,
	} {
		if got, err := Duration(in); err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "h", "1", "1.5h", "-1h", "1h1h", "1m1h", "1 h", "1y", "0h", "99999999999999999999h",
		"9223372036854775807w", "106751d23h47m17s1w", "1\u00b5s",
	} {
		if got, err := Duration(in); err == nil {
			t.Errorf("%q: got %s, want an error", in, got)
		}
	}
}

func TestParseRange(t *testing.T) {
	for _, c := range []struct{ last, since, until, want string }{
		{"", "", "", "0001-01-01T00:00:00Z 0001-01-01T00:00:00Z"},
		{"24h", "", "", "2026-11-23T12:34:56Z 2026-11-24T12:34:56Z"},
		{"", "2026-W46", "2026-W47", "2026-11-09T00:00:00Z 2026-11-16T00:00:00Z"},
		{"", "2d", "1d", "2026-11-22T12:34:56Z 2026-11-23T12:34:56Z"},
		{"", "", "2026-11-24", "0001-01-01T00:00:00Z 2026-11-24T00:00:00Z"},
		{"", "2026-11-24", "", "2026-11-24T00:00:00Z 0001-01-01T00:00:00Z"},
	} {
		r, err := ParseRange(c.last, c.since, c.until, now)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
		} else if got := r.Since.Format(time.RFC3339) + " " + r.Until.Format(time.RFC3339); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
	for _, c := range []struct{ last, since, until, want string }{
		{"24h", "2026-11-24", "", "--last already"},
		{"24h", "", "2026-11-24", "--last already"},
		{"1x", "", "", "--last: "},
		{"", "x", "", "--since: "},
		{"", "", "x", "--until: "},
		{"", "2026-11-24", "2026-11-24", "the range is empty"},
		{"", "2026-11-24", "2026-11-23", "the range is empty"},
		{"", "1h", "2h", "the range is empty"},
	} {
		if r, err := ParseRange(c.last, c.since, c.until, now); err == nil {
			t.Errorf("%+v: got %v, want an error", c, r)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %q", c, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-11-24", "2026-W46", "7d", "1d12h", "2026-11-24T15:04:05+08:00", "-24h", "now", "9999-W52", "0000-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s, now)
		if err != nil {
			return
		}
		again, err := Parse(got.Format(time.RFC3339Nano), now)
		if err == nil && !again.Equal(got) {
			t.Errorf("%q: %s, read again %s", s, got, again)
		}
	})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// What names no zone is in the zone asked for; the rest is what it says.
func TestParseIn(t *testing.T) {
	for _, c := range []struct{ in, zone, want string }{
		{"2026-11-24", "Europe/Berlin", "2026-11-23T23:00:00Z"},
		{"2026-07-24", "Europe/Berlin", "2026-07-23T22:00:00Z"},
		{"2026-11-24T15:04:05", "America/New_York", "2026-11-24T20:04:05Z"},
		{"2026-11-24T15:04:05.5", "America/New_York", "2026-11-24T20:04:05.5Z"},
		{"2026-11-24T15:04", "Asia/Kolkata", "2026-11-24T09:34:00Z"},
		{"2026-11-24T15:04:05Z", "Asia/Kolkata", "2026-11-24T15:04:05Z"},
		{"2026-11-24T15:04:05+01:00", "Asia/Kolkata", "2026-11-24T14:04:05Z"},
		{"2026-W46", "Asia/Tokyo", "2026-11-08T15:00:00Z"},
		{"2026-W44", "Europe/Berlin", "2026-10-25T23:00:00Z"}, // the Monday after the clocks were set back
		{"24h", "Asia/Tokyo", "2026-11-23T12:34:56.000000789Z"},
		{"now", "Asia/Tokyo", "2026-11-24T12:34:56.000000789Z"},
		{"2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"}, // twice on that day: the first
		{"2026-10-25T02:30:00+01:00", "Europe/Berlin", "2026-10-25T01:30:00Z"},
		{"2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z"}, // no midnight: the day begins at 01:00
	} {
		got, err := ParseIn(c.in, now, zone(t, c.zone))
		if err != nil {
			t.Errorf("%s in %s: %v", c.in, c.zone, err)
		} else if s := got.Format(time.RFC3339Nano); s != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.in, c.zone, s, c.want)
		}
	}
	if _, err := ParseIn("2026-03-29T02:30", now, zone(t, "Europe/Berlin")); err == nil || !strings.Contains(err.Error(), "put forward") {
		t.Errorf("an hour that does not exist: %v", err)
	}
}

func TestWeek(t *testing.T) {
	for _, c := range []struct{ in, zone, since, until string }{
		{"2026-W46", "UTC", "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z"},
		{"2026-w43", "Europe/Berlin", "2026-10-18T22:00:00Z", "2026-10-25T23:00:00Z"}, // 169 hours
		{"2026-W13", "Europe/Berlin", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"}, // 167 hours
		{"2026-W53", "UTC", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"},
		{" 2027-W01 ", "UTC", "2027-01-04T00:00:00Z", "2027-01-11T00:00:00Z"},
	} {
		r, err := Week(c.in, zone(t, c.zone))
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
		} else if since, until := r.Since.Format(time.RFC3339), r.Until.Format(time.RFC3339); since != c.since || until != c.until {
			t.Errorf("%s in %s: got %s to %s", c.in, c.zone, since, until)
		}
	}
	for _, in := range []string{"", "2026-11-09", "2027-W53", "2026-W00", "2026-W", "46", "2026-W4x", "24h"} {
		if r, err := Week(in, time.UTC); err == nil || !strings.Contains(err.Error(), "no ISO week") {
			t.Errorf("%q: got %v, %v", in, r, err)
		}
	}
}

func TestLastWeek(t *testing.T) {
	for _, c := range []struct{ now, zone, since string }{
		{"2026-11-24T12:00:00Z", "UTC", "2026-11-16T00:00:00Z"},
		{"2026-11-23T00:00:00Z", "UTC", "2026-11-16T00:00:00Z"}, // over at this moment
		{"2026-11-22T23:59:59Z", "UTC", "2026-11-09T00:00:00Z"},
		{"2026-11-22T23:30:00Z", "Europe/Berlin", "2026-11-15T23:00:00Z"}, // Monday there
		{"2026-11-23T03:00:00Z", "America/New_York", "2026-11-09T05:00:00Z"},
		{"2026-03-30T12:00:00Z", "Europe/Berlin", "2026-03-22T23:00:00Z"}, // the week of 167 hours
		{"2027-01-05T00:00:00Z", "UTC", "2026-12-28T00:00:00Z"},           // 2026-W53
	} {
		at, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		r := LastWeek(at, zone(t, c.zone))
		if got := r.Since.Format(time.RFC3339); got != c.since || !r.Until.After(r.Since) || r.Until.After(at) {
			t.Errorf("%s in %s: got %s to %s", c.now, c.zone, got, r.Until)
		}
	}
}

func TestParseRangeIn(t *testing.T) {
	r, err := ParseRangeIn("", "2026-11-09", "2026-11-16", now, zone(t, "Asia/Tokyo"))
	if err != nil || r.Since.Format(time.RFC3339) != "2026-11-08T15:00:00Z" || r.Until.Sub(r.Since) != 7*24*time.Hour {
		t.Errorf("got %v, %v", r, err)
	}
	if _, err = ParseRangeIn("", "2026-11-09", "2026-11-09", now, zone(t, "Asia/Tokyo")); err == nil || !strings.Contains(err.Error(), "2026-11-09T00:00:00+09:00") {
		t.Errorf("an empty range is told in its zone: %v", err)
	}
}

func TestZone(t *testing.T) {
	for _, name := range []string{"UTC", "utc", "Z", "Europe/Berlin", "Asia/Kolkata", "Etc/GMT+5"} {
		if z, err := Zone(name); err != nil || z == time.Local {
			t.Errorf("%s: %v, %v", name, z, err)
		}
	}
	for name, want := range map[string]string{"": "empty", "local": "another zone on each machine", "Local": "another zone", "Berlin": "no time zone", "../etc/passwd": "no time zone", "CESTX": "no time zone"} {
		if z, err := Zone(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v", name, z, err)
		}
	}
}

func TestWholeHours(t *testing.T) {
	for name, want := range map[string]bool{
		"UTC": true, "Europe/Berlin": true, "America/New_York": true, "Asia/Kolkata": false, "Australia/Lord_Howe": false, "Asia/Kathmandu": false,
		"America/Caracas": false, // -04:30 for some years
	} {
		if got := WholeHours(zone(t, name)); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
