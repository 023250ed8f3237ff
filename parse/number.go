package parse

import (
	"encoding/binary"
	"math"
	"math/bits"

	"errata/parse/format"
)

// decimal is mant * 10^exp, read exactly from its text; digits beyond 19 are dropped.
type decimal struct {
	mant uint64
	exp  int
	neg  bool
}

// parseDecimal reads a JSON number (a leading "+" and missing digits on one
// side of the point are tolerated).
func parseDecimal(b []byte) (d decimal, ok bool) {
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		d.neg = b[i] == '-'
		i++
	}
	digits, seen, point := 0, false, false
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		seen = true
		if digits < 19 {
			d.mant = d.mant*10 + uint64(c-'0')
			if d.mant != 0 {
				digits++
			}
			if point {
				d.exp--
			}
		} else if !point {
			d.exp++
		}
	}
	if !seen {
		return decimal{}, false
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		eneg := false
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			eneg = b[i] == '-'
			i++
		}
		e, start := 0, i
		for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
			if e < 10000 {
				e = e*10 + int(b[i]-'0')
			}
		}
		if i == start {
			return decimal{}, false
		}
		if eneg {
			e = -e
		}
		d.exp += e
	}
	return d, i == len(b)
}

var pow10 = [20]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// scaled is |d| * 10^k, cut to an integer or rounded half up; MaxInt64 where it does not fit.
func (d decimal) scaled(k int, round bool) int64 {
	e := d.exp + k
	switch {
	case d.mant == 0:
		return 0
	case e >= 20:
		return math.MaxInt64
	case e >= 0:
		hi, lo := bits.Mul64(d.mant, pow10[e])
		if hi != 0 || lo > math.MaxInt64 {
			return math.MaxInt64
		}
		return int64(lo)
	case e < -20:
		return 0
	case e == -20:
		return 0 // below 0.1 in any case: mant < 10^19
	}
	p := pow10[-e]
	q, r := d.mant/p, d.mant%p
	if round && r >= p-r {
		q++
	}
	if q > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(q)
}

// lastOfList is the last of values separated by commas, colons and blanks, as
// nginx writes for requests that saw several upstreams.
func lastOfList(b []byte) []byte {
	b = trimBlank(b)
	for i := len(b) - 1; i >= 0; i-- {
		if c := b[i]; c == ',' || c == ':' || c == ' ' {
			return b[i+1:]
		}
	}
	return b
}

// parseStatus reads 1 to 3 digits.
func parseStatus(b []byte) (uint16, bool) {
	if len(b) == 3 { // the commonest, without a look for a list
		x, y, z := b[0]-'0', b[1]-'0', b[2]-'0'
		if max(x, y, z) <= 9 {
			return uint16(x)*100 + uint16(y)*10 + uint16(z), true
		}
	}
	b = lastOfList(b)
	if len(b) == 0 || len(b) > 3 {
		return 0, false
	}
	var n uint16
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint16(c-'0')
	}
	return n, true
}

// parseInt reads a non-negative integer.
func parseInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// parseDuration reads a duration in microseconds.
func parseDuration(b []byte, u format.Unit) (int64, bool) {
	if len(b) == 5 && b[1] == '.' && u == format.Seconds { // 0.123, as nginx writes it
		w, x, y, z := b[0]-'0', b[2]-'0', b[3]-'0', b[4]-'0'
		if max(w, x, y, z) <= 9 {
			return int64(w)*1e6 + int64(x)*1e5 + int64(y)*1e4 + int64(z)*1e3, true
		}
	}
	d, ok := parseDecimal(lastOfList(b))
	if !ok || d.neg && d.mant != 0 {
		return 0, false
	}
	switch u {
	case format.Seconds:
		return d.scaled(6, true), true
	case format.Nanos:
		return d.scaled(-3, true), true
	default:
		return d.scaled(3, true), true
	}
}

// timeReader reads times. It remembers the last date, which most lines of a
// log share; that saves work and never changes the answer.
type timeReader struct {
	date [10]byte // 2026-09-22 as written; all zero: none
	secs int64    // its midnight, seconds since 1970
}

// parse reads a time in nanoseconds since 1970, saturated at what 64 bits hold.
func (t *timeReader) parse(b []byte, u format.Unit) (int64, bool) {
	switch u {
	case format.UnixMillis, format.UnixSeconds:
		d, ok := parseDecimal(b)
		if !ok {
			return 0, false
		}
		k := 6
		if u == format.UnixSeconds {
			k = 9
		}
		n := d.scaled(k, false)
		switch {
		case !d.neg:
			return n, true
		case n == math.MaxInt64:
			return math.MinInt64, true
		}
		return -n, true
	case format.CLF:
		return parseCLF(b)
	case format.AnyTime:
		if n, ok := t.rfc3339(b); ok {
			return n, true
		}
		if n, ok := parseCLF(b); ok {
			return n, true
		}
		return t.parse(b, format.UnixSeconds)
	default:
		return t.rfc3339(b)
	}
}

func digits2(b []byte) (int, bool) {
	x, y := b[0]-'0', b[1]-'0'
	return int(x)*10 + int(y), x <= 9 && y <= 9
}

func digits4(b []byte) (int, bool) {
	x, ok := digits2(b)
	y, ok2 := digits2(b[2:])
	return x*100 + y, ok && ok2
}

// rfc3339 reads 2026-09-22T16:15:30.123+08:00; a blank for the T and an offset without colon are accepted.
func (t *timeReader) rfc3339(b []byte) (int64, bool) {
	if len(b) < 20 || b[4] != '-' || b[7] != '-' || b[10]|0x20 != 't' && b[10] != ' ' {
		return 0, false
	}
	if date := [10]byte(b); date != t.date {
		year, ok1 := digits4(b)
		month, ok2 := digits2(b[5:])
		day, ok3 := digits2(b[8:])
		secs, ok4 := civil(year, month, day)
		if !ok1 || !ok2 || !ok3 || !ok4 {
			return 0, false
		}
		t.date, t.secs = date, secs
	}
	sec, ok := clock(b[11:19])
	if !ok {
		return 0, false
	}
	b = b[19:]
	nanos := 0
	if b[0] == '.' || b[0] == ',' {
		i, scale := 1, 100_000_000
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			nanos += int(b[i]-'0') * scale
			scale /= 10
			i++
		}
		if i == 1 {
			return 0, false
		}
		b = b[i:]
	}
	off, ok := offset(b)
	if !ok {
		return 0, false
	}
	return unixNanos(t.secs+int64(sec-off), nanos), true
}

// parseCLF reads 17/May/2015:10:05:03 +0000.
func parseCLF(b []byte) (int64, bool) {
	if len(b) != 26 || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[20] != ' ' {
		return 0, false
	}
	day, ok1 := digits2(b)
	year, ok2 := digits4(b[7:])
	sec, ok3 := clock(b[12:20])
	off, ok4 := offset(b[21:])
	month := 0
	for i := range 12 {
		if string(b[3:6]) == "JanFebMarAprMayJunJulAugSepOctNovDec"[3*i:3*i+3] {
			month = i + 1
		}
	}
	secs, ok5 := civil(year, month, day)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 {
		return 0, false
	}
	return unixNanos(secs+int64(sec-off), 0), true
}

// clock reads 16:15:30 as seconds, all eight bytes at once: a digit becomes 0 to
// 9, a colon in its place 0.
func clock(b []byte) (int, bool) {
	x := binary.LittleEndian.Uint64(b) ^ 0x30303A30303A3030
	h, m, s := int(x&0xff*10+x>>8&0xff), int(x>>24&0xff*10+x>>32&0xff), int(x>>48&0xff*10+x>>56)
	return h*3600 + m*60 + s, (x+0x76767F76767F7676|x)&hi8 == 0 && h < 24 && m < 60 && s < 60
}

// offset reads Z, +08:00 or +0800 as seconds.
func offset(b []byte) (int, bool) {
	switch {
	case len(b) == 1:
		return 0, b[0]|0x20 == 'z'
	case len(b) != 5 && (len(b) != 6 || b[3] != ':'):
		return 0, false
	}
	h, ok1 := digits2(b[1:])
	m, ok2 := digits2(b[len(b)-2:])
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, false
	}
	sec := h*3600 + m*60
	switch b[0] {
	case '+':
		return sec, true
	case '-':
		return -sec, true
	}
	return 0, false
}

var monthDays = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// civil is midnight of a date (proleptic Gregorian) in seconds since 1970. The
// day count is Howard Hinnant's days_from_civil.
func civil(year, month, day int) (int64, bool) {
	if month < 1 || month > 12 || day < 1 || day > monthDays[month] {
		return 0, false
	}
	if month == 2 && day == 29 && (year%4 != 0 || year%100 == 0 && year%400 != 0) {
		return 0, false
	}
	y, m := year, month
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	days := int64(era)*146097 + int64(doe) - 719468
	return days * 86400, true
}

// unixNanos is seconds and nanoseconds in one, saturated.
func unixNanos(s int64, nanos int) int64 {
	switch {
	case s >= math.MaxInt64/1_000_000_000:
		return math.MaxInt64
	case s <= math.MinInt64/1_000_000_000:
		return math.MinInt64
	}
	return s*1_000_000_000 + int64(nanos)
}
