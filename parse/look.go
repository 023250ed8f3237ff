package parse

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// mayHoldEnvelope tells whether a body string can hold an error event: an
// envelope spells "error" as a key and as a value; an error frame of SSE is
// named so; or ASCII is spelled by \u00XX escapes, or the body is encoded. All
// else is a success that nobody needs to unescape.
func mayHoldEnvelope(b []byte) bool {
	seen := sight(0)
	for i := 0; i < len(b); i++ {
		i += skipOrdinary(b[i:])
		// Here err or u00 may begin, or the end is near.
		if i+1 < len(b) && (b[i+1] == 'r' || b[i+1] == '0') {
			if seen |= errorAt(b, i+1); seen >= seenEnough {
				return true
			}
		}
	}
	return mayBeBase64(b) || len(b) > 6 && b[0] == '\\' && b[1] == 'u' && b[4] == '1' && b[5]|0x20 == 'f'
}

// skipOrdinaryGo is skipOrdinary eight bytes at a time: it stops at the byte
// before a pair rr or 00.
func skipOrdinaryGo(b []byte) int {
	const r8, zero8 = lo8 * 'r', lo8 * '0'
	i := 1
	for ; i+9 <= len(b); i += 8 {
		x, y := binary.LittleEndian.Uint64(b[i:]), binary.LittleEndian.Uint64(b[i+1:])
		rr := (x ^ r8) | (y ^ r8)
		zz := (x ^ zero8) | (y ^ zero8)
		if m := ((rr-lo8)&^rr | (zz-lo8)&^zz) & hi8; m != 0 {
			return i + bits.TrailingZeros64(m)>>3 - 1
		}
	}
	return i - 1
}

// sight is what of an envelope was seen.
type sight uint8

const (
	seenKey    sight = 1 << iota // "error" before a colon
	seenValue                    // "error" behind a colon
	seenSure                     // what alone suffices: an SSE frame of that name, an escaped ASCII letter
	seenEnough = seenKey | seenValue
)

// errorAt tells what stands around b[i].
func errorAt(b []byte, i int) sight {
	switch {
	case b[i] == '0':
		if i > 0 && i+2 < len(b) && b[i-1] == 'u' && b[i+1] == '0' && b[i+2] >= '4' && b[i+2] <= '7' {
			return seenSure
		}
	case b[i] == 'r' && i >= 2 && i+4 <= len(b) && string(b[i-1:i+4]) == "error":
		j := i - 2
		if b[j] != '"' {
			for j > 0 && b[j] == ' ' {
				j--
			}
			if bytes.HasSuffix(b[:j+1], []byte("event:")) {
				return seenSure
			}
			return 0
		}
		var s sight
		for j--; j >= 0 && isFiller(b[j]); j-- {
		}
		if j >= 0 && b[j] == ':' {
			s = seenValue
		}
		for j = i + 4; j < len(b) && (isFiller(b[j]) || b[j] == '"'); j++ {
		}
		if j < len(b) && b[j] == ':' {
			s |= seenKey
		}
		return s
	}
	return 0
}

// isFiller: blanks, backslashes and the letters of escaped line ends and tabs.
func isFiller(c byte) bool {
	switch c {
	case ' ', '\\', 'n', 'r', 't', '\n', '\r', '\t':
		return true
	}
	return false
}
