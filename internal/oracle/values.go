package oracle

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	numberText  = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
	statusText  = regexp.MustCompile(`^[0-9]{1,3}$`)
	digitsText  = regexp.MustCompile(`^[0-9]+$`)
	listComma   = regexp.MustCompile(`[,: ]`)
	rfc3339Text = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]+))?(?:[Zz]|([+-][0-9]{2}):?([0-5][0-9]))$`)
	clfText     = regexp.MustCompile(`^[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{2}[0-5][0-9]$`)
	methodText  = regexp.MustCompile(`^[A-Z]{1,16}$`)
)

// exact is the number that a decimal text states, without any rounding. An
// exponent beyond all that is measured here is as good as a thousand.
func exact(text string) (*big.Rat, bool) {
	text = strings.TrimSpace(text)
	if !numberText.MatchString(text) {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if n, err := strconv.Atoi(text[i+1:]); err != nil || n < -1000 || n > 1000 {
			text = text[:i] + map[bool]string{true: "e-1000", false: "e1000"}[text[i+1] == '-']
		}
	}
	return new(big.Rat).SetString(text)
}

// whole is the integer part of a number, digits behind the point dropped.
func whole(r *big.Rat) *big.Int { return new(big.Int).Quo(r.Num(), r.Denom()) }

// nanoseconds reads a time given as a number of units; ok is false where it
// is no number.
func nanoseconds(text string, unit int64) (int64, bool) {
	r, ok := exact(text)
	if !ok {
		return 0, false
	}
	return edge(whole(r.Mul(r, new(big.Rat).SetInt64(unit)))), true
}

// edge is a number of nanoseconds, or the edge of 64 bits beyond which it lies.
func edge(ns *big.Int) int64 {
	switch {
	case ns.IsInt64():
		return ns.Int64()
	case ns.Sign() < 0:
		return math.MinInt64
	}
	return math.MaxInt64
}

func rfc3339(text string) (int64, bool) {
	m := rfc3339Text.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	zone := "Z"
	if m[4] != "" {
		zone = m[4] + ":" + m[5]
	}
	// The fraction apart, for its digits beyond nanoseconds.
	t, err := time.Parse(time.RFC3339, m[1]+"T"+m[2]+zone)
	if err != nil {
		return 0, false
	}
	frac := (m[3] + "000000000")[:9]
	ns, _ := strconv.ParseInt(frac, 10, 64)
	return unixNano(t, ns)
}

func clf(text string) (int64, bool) {
	if !clfText.MatchString(text) {
		return 0, false
	}
	t, err := time.Parse("02/Jan/2006:15:04:05 -0700", text)
	if err != nil {
		return 0, false
	}
	return unixNano(t, 0)
}

func unixNano(t time.Time, ns int64) (int64, bool) {
	b := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(1e9))
	b.Add(b, big.NewInt(ns))
	return edge(b), true
}

// last is the last of a list such as "502, 400" or "0.010 : 0.038".
func last(text string) string {
	parts := listComma.Split(strings.TrimSpace(text), -1)
	return strings.TrimSpace(parts[len(parts)-1])
}

func status(text string) (int, bool) {
	text = last(text)
	if !statusText.MatchString(text) {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// microseconds reads a duration of a unit given in nanoseconds, half up to
// whole microseconds; -1 is absent.
func microseconds(text string, unit int64) int64 {
	r, ok := exact(last(text))
	if !ok || r.Sign() < 0 {
		return -1
	}
	r.Mul(r, new(big.Rat).SetFrac64(unit, 1000))
	us := whole(r.Add(r, big.NewRat(1, 2)))
	if !us.IsInt64() {
		return math.MaxInt64 // any number over an hour is the same bucket
	}
	return us.Int64()
}

func size(text string) int64 {
	text = strings.TrimSpace(text)
	if !digitsText.MatchString(text) {
		return -1
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// printTime is a time as errata parse prints it.
func printTime(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

var (
	year2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	year2100 = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
)

func clamped(ns int64) bool { return ns < year2000 || ns >= year2100 }

// clip cuts a text to at most n bytes at a rune.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	cut := 0
	for i := range s { // i is the start of each rune
		if i <= n {
			cut = i
		}
	}
	return s[:cut]
}

func hex16(v uint64) string { return fmt.Sprintf("%016x", v) }
