package parse

import (
	"encoding/binary"
	"math/bits"
	"runtime"
	"unsafe"
)

// index marks what structures JSON: one bit per byte, 64 bytes a word. Marking
// a block costs the same whatever it holds, so that finding the end of a
// string needs no loop over its bytes and no guess by the branch predictor.
type index struct {
	quotes   []uint64 // quotes that no backslash escapes; two words of zeros behind
	slashes  []uint64 // backslashes; likewise
	brackets []uint64 // { } [ ] outside strings
	highs    []uint64 // bytes from 0x80; two words of zeros behind
	slash    bool     // there is a backslash
	control  bool     // there is a byte below 0x20
	high     bool     // there is a byte from 0x80
	last     [64]byte
}

// build marks b. The bytes after b's end count as blanks.
func (x *index) build(b []byte) {
	words := (len(b) + 63) / 64
	if cap(x.quotes) < words+2 || cap(x.quotes) > keepBuffers/8 && words < keepBuffers/64 {
		n := max(words+2, 64)
		x.quotes, x.slashes, x.brackets, x.highs = make([]uint64, n), make([]uint64, n), make([]uint64, n), make([]uint64, n)
	}
	x.quotes, x.slashes, x.brackets, x.highs = x.quotes[:words+2], x.slashes[:words+2], x.brackets[:words], x.highs[:words+2]
	x.quotes[words], x.quotes[words+1] = 0, 0
	x.slashes[words], x.slashes[words+1] = 0, 0
	x.highs[words], x.highs[words+1] = 0, 0
	whole := len(b) / 64
	var ctl, high uint64
	if whole > 0 {
		ctl, high = markBlocks(b[:whole*64], x.quotes, x.slashes, x.brackets, x.highs)
	}
	if whole < words {
		n := copy(x.last[:], b[whole*64:])
		for i := n; i < 64; i++ {
			x.last[i] = ' '
		}
		c, h := markBlocks(x.last[:], x.quotes[whole:], x.slashes[whole:], x.brackets[whole:], x.highs[whole:])
		ctl, high = ctl|c, high|h
	}
	x.control, x.high = ctl != 0, high != 0
	x.resolve()
}

// resolve drops escaped quotes and brackets inside strings.
func (x *index) resolve() {
	if fastResolve {
		x.slash = resolveCLMUL(unsafe.SliceData(x.quotes), unsafe.SliceData(x.slashes), unsafe.SliceData(x.brackets), len(x.brackets)) != 0
		return
	}
	x.resolveGo()
}

func (x *index) resolveGo() {
	const odd = 0xAAAAAAAAAAAAAAAA
	var escaped, inString, seen uint64 // the first byte of the next block is escaped; all ones: the next block begins in a string
	br := x.brackets
	q, s := x.quotes[:len(br)], x.slashes[:len(br)]
	for w, quotes := range q {
		if slash := s[w]; slash|escaped != 0 {
			seen |= slash
			// Runs of backslashes escape every second byte behind their start:
			// the subtraction carries through a run, as in simdjson (Langdale
			// and Lemire, Parsing Gigabytes of JSON per Second, 3.1.1).
			starts := slash &^ escaped
			even := (starts<<1 | odd) - starts
			codes := even ^ odd
			quotes &^= codes ^ (slash | escaped)
			escaped = (codes & slash) >> 63
			q[w] = quotes
		}
		m := quotes
		m ^= m << 1
		m ^= m << 2
		m ^= m << 4
		m ^= m << 8
		m ^= m << 16
		m ^= m << 32
		m ^= inString
		br[w] &^= m
		inString = uint64(int64(m) >> 63)
	}
	x.slash = seen != 0
}

// window is the 64 marks from i on: strings of up to 64 bytes are found
// without a branch on where they lie. i is at most the length of the bytes.
func window(m []uint64, i int) uint64 {
	w, s := unsafe.Add(unsafe.Pointer(unsafe.SliceData(m)), i>>6<<3), uint(i)&63
	p := (*[2]uint64)(w) // the two words of zeros behind the marks make this safe
	return p[0]>>s | p[1]<<(63-s)<<1
}

// glance is the 57 marks from i on, or some more, by one load. i is at most the
// length of the bytes.
func glance(m []uint64, i int) uint64 {
	if bigEndian {
		return window(m, i)
	}
	return load64((*byte)(unsafe.Pointer(unsafe.SliceData(m))), i>>3) >> (uint(i) & 7)
}

// bigEndian: the words of marks do not lie in the order of the bytes.
const bigEndian = runtime.GOARCH == "s390x" || runtime.GOARCH == "ppc64" || runtime.GOARCH == "mips" || runtime.GOARCH == "mips64"

// far is the first unescaped quote at or after i, likely to be some way off.
//
//go:noinline
func (x *index) far(i, n int) int { return nextBit(x.quotes, i, n) }

// load64 reads eight bytes at an offset without a bounds check: the callers
// know that they are there, and this is the innermost of the decoder.
func load64(p *byte, off int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(unsafe.Pointer(p), off))[:])
}

func load8(p *byte, off int) byte { return *(*byte)(unsafe.Add(unsafe.Pointer(p), off)) }

// quote is the first unescaped quote at or after i; n if there is none before n.
func (x *index) quote(i, n int) int {
	if v := window(x.quotes, i); v != 0 {
		return i + bits.TrailingZeros64(v)
	}
	return nextBit(x.quotes, i+64, n)
}

func nextBit(m []uint64, i, n int) int {
	w := i >> 6
	if w >= len(m) {
		return n
	}
	if v := m[w] >> (uint(i) & 63); v != 0 {
		return min(i+bits.TrailingZeros64(v), n)
	}
	for w++; w < len(m); w++ {
		if m[w] != 0 {
			return min(w<<6+bits.TrailingZeros64(m[w]), n)
		}
	}
	return n
}

// hasSlash tells whether there is a backslash in b[i:j].
func (x *index) hasSlash(i, j int) bool { return x.slash && hasBit(x.slashes, i, j) }

// hasHigh tells whether there is a byte from 0x80 in b[i:j].
func (x *index) hasHigh(i, j int) bool { return x.high && hasBit(x.highs, i, j) }

// hasBit tells whether there is a mark from i up to j.
func hasBit(m []uint64, i, j int) bool {
	v := window(m, i)
	if n := uint(j - i); n < 64 {
		return v&(1<<n-1) != 0
	}
	return v != 0 || nextBit(m, i+64, j) < j
}

// markBlocksGo is markBlocks without vector instructions: eight bytes at a
// time, a byte's top bit set where it matches exactly, then gathered by a
// multiplication.
func markBlocksGo(b []byte, quotes, slashes, brackets, highs []uint64) (ctl, high uint64) {
	for w := range len(b) / 64 {
		var q, s, br, h uint64
		blk := b[w*64:][:64]
		for k := 0; k < 64; k += 8 {
			x := binary.LittleEndian.Uint64(blk[k:])
			h |= gather(x&hi8) << uint(k)
			// x is below 0x20 where neither its top bits nor bits 5 and 6 are set
			ctl |= ^(x | x<<1 | x<<2) & hi8
			q |= gather(zeroBytes(x^quote8)) << uint(k)
			s |= gather(zeroBytes(x^slash8)) << uint(k)
			y := x | space8
			br |= gather(zeroBytes(y^(lo8*'{'))|zeroBytes(y^(lo8*'}'))) << uint(k)
		}
		quotes[w], slashes[w], brackets[w], highs[w] = q, s, br, h
		high |= h
	}
	return ctl, high
}

// zeroBytes sets the top bit of each zero byte, exactly.
func zeroBytes(x uint64) uint64 {
	const low7 = 0x7f7f7f7f7f7f7f7f
	return ^((x&low7 + low7) | x | low7)
}

// gather moves the top bits of eight bytes to the lowest eight bits.
func gather(m uint64) uint64 { return m >> 7 * 0x0102040810204080 >> 56 }
