package gen

import (
	"strconv"
	"time"
	"unicode/utf8"
)

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

const hexDigits = "0123456789abcdef"

// appendHex writes the low digits of v.
func appendHex(dst []byte, v uint64, digits int) []byte {
	for i := digits - 1; i >= 0; i-- {
		dst = append(dst, hexDigits[v>>(4*i)&15])
	}
	return dst
}

// appendPadded writes v with leading zeros.
func appendPadded(dst []byte, v, digits int) []byte {
	for p := pow10[digits-1]; p > 0; p /= 10 {
		dst = append(dst, byte('0'+v/p%10))
	}
	return dst
}

var pow10 = [...]int{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13}

// escapes holds per byte: 0 copy, 'u' as \u00XX, else the letter behind the backslash.
var escapes = func() (t [256]byte) {
	for i := range 0x20 {
		t[i] = 'u'
	}
	t['\n'], t['\r'], t['\t'], t['\b'], t['\f'] = 'n', 'r', 't', 'b', 'f'
	t['"'], t['\\'] = '"', '\\'
	t[0x7f] = 'u'
	return t
}()

// quoting says how a JSON string is written.
type quoting uint8

const (
	quotePlain quoting = iota
	quoteSlash         // "/" as "\/", as lua-cjson does
	quoteASCII         // what is no ASCII as \uXXXX
)

// appendEscaped writes s as the inside of a JSON string. Bytes that are no
// UTF-8 are copied, as gateways do, but for quoteASCII.
func appendEscaped[T string | []byte](dst []byte, s T, q quoting) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		e := escapes[c]
		switch {
		case e != 0:
		case c == '/' && q == quoteSlash:
			e = '/'
		case c >= utf8.RuneSelf && q == quoteASCII:
			dst = append(dst, s[start:i]...)
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+4, len(s))]))
			dst = appendUnicode(dst, r)
			i += n
			start = i
			continue
		default:
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		if e == 'u' {
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, '\\', e)
		}
		i++
		start = i
	}
	return append(dst, s[start:]...)
}

// appendUnicode writes a rune as \uXXXX, or as a pair of surrogates.
func appendUnicode(dst []byte, r rune) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		dst = appendHex(append(dst, '\\', 'u'), uint64(0xd800+r>>10), 4)
		r = 0xdc00 + r&0x3ff
	}
	return appendHex(append(dst, '\\', 'u'), uint64(r), 4)
}

func appendString[T string | []byte](dst []byte, s T, q quoting) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s, q)
	return append(dst, '"')
}

// civil keeps the calendar of the last day and zone asked for, since entries
// come in order of time.
type civil struct {
	from, to         int64 // Unix seconds of the local day
	year, month, day int
}

// at splits Unix seconds, shifted by a zone, into a date and a second of the day.
func (c *civil) at(sec int64) (y, m, d, s int) {
	if sec < c.from || sec >= c.to {
		t := time.Unix(sec, 0).UTC()
		year, month, day := t.Date()
		c.year, c.month, c.day = year, int(month), day
		c.from = time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
		c.to = c.from + 86400
	}
	return c.year, c.month, c.day, int(sec - c.from)
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// appendCLF writes the time of common logs, 10/Oct/2026:13:55:36 +0000.
func (c *civil) appendCLF(dst []byte, sec int64, zone int) []byte {
	y, m, d, s := c.at(sec + int64(zone)*60)
	dst = append(appendPadded(dst, d, 2), '/')
	dst = append(dst, months[3*m-3:3*m]...)
	dst = append(appendPadded(append(dst, '/'), y, 4), ':')
	return appendZone(append(appendClock(dst, s), ' '), zone, false)
}

// appendISO writes 2026-10-10T13:55:36+08:00.
func (c *civil) appendISO(dst []byte, sec int64, zone int) []byte {
	y, m, d, s := c.at(sec + int64(zone)*60)
	dst = append(appendPadded(dst, y, 4), '-')
	dst = append(appendPadded(dst, m, 2), '-')
	dst = append(appendPadded(dst, d, 2), 'T')
	return appendZone(appendClock(dst, s), zone, true)
}

func appendClock(dst []byte, s int) []byte {
	dst = append(appendPadded(dst, s/3600, 2), ':')
	dst = append(appendPadded(dst, s/60%60, 2), ':')
	return appendPadded(dst, s%60, 2)
}

func appendZone(dst []byte, zone int, colon bool) []byte {
	sign := byte('+')
	if zone < 0 {
		sign, zone = '-', -zone
	}
	dst = appendPadded(append(dst, sign), zone/60, 2)
	if colon {
		dst = append(dst, ':')
	}
	return appendPadded(dst, zone%60, 2)
}

// appendCJSON writes a number of milliseconds as lua-cjson does, with 14
// significant digits: from microseconds and noise below them.
func appendCJSON(dst []byte, us int64, noise uint32) []byte {
	ms := us / 1000
	dst = appendInt(dst, ms)
	digits := 14
	for v := ms; v > 0; v /= 10 {
		digits--
	}
	if ms == 0 {
		digits--
	}
	digits = min(digits, 13)
	frac := int(us%1000)*pow10[digits]/1000 + int(uint64(noise)*uint64(pow10[digits]/1000)>>32)
	for frac > 0 && frac%10 == 0 {
		frac /= 10
		digits--
	}
	if frac == 0 {
		return dst
	}
	return appendPadded(append(dst, '.'), frac, digits)
}

// appendMillis writes seconds with three decimals.
func appendMillis(dst []byte, us int64) []byte {
	dst = append(appendInt(dst, us/1e6), '.')
	return appendPadded(dst, int(us/1000%1000), 3)
}
