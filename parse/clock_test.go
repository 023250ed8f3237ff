package parse

import (
	"fmt"
	"testing"

	"errata/parse/format"
)

// The short ways to read a time of day, a status and a duration give what the long ones give.
func TestShortNumbers(t *testing.T) {
	for _, at := range []int{0, 1, 2, 3, 4, 5, 6, 7} {
		for c := range 256 {
			b := []byte("16:15:30")
			b[at] = byte(c)
			want, wantOK := 0, true
			for k := range b {
				wantOK = wantOK && (k == 2 || k == 5) == (b[k] == ':') && (b[k] == ':' || isDigitByte(b[k]))
			}
			if wantOK {
				var h, m, s int
				fmt.Sscanf(string(b), "%d:%d:%d", &h, &m, &s)
				want, wantOK = h*3600+m*60+s, h < 24 && m < 60 && s < 60
			}
			if got, ok := clock(b); ok != wantOK || ok && got != want {
				t.Errorf("clock(%q) = %d %v, want %d %v", b, got, ok, want, wantOK)
			}
		}
	}
	for at := range 5 {
		for c := range 256 {
			b := []byte("7.049")
			b[at] = byte(c)
			got, ok := parseDuration(b, format.Seconds)
			want, wantOK := parseDuration(append([]byte(" "), b...), format.Seconds)
			if ok != wantOK || got != want {
				t.Errorf("parseDuration(%q) = %d %v, behind a blank %d %v", b, got, ok, want, wantOK)
			}
		}
	}
	for at := range 3 {
		for c := range 256 {
			b := []byte("407")
			b[at] = byte(c)
			got, ok := parseStatus(b)
			want, wantOK := parseStatus(append([]byte(" "), b...))
			if ok != wantOK || got != want {
				t.Errorf("parseStatus(%q) = %d %v, behind a blank %d %v", b, got, ok, want, wantOK)
			}
		}
	}
}

func isDigitByte(c byte) bool { return c >= '0' && c <= '9' }
