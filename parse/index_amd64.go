//go:build amd64 && !purego

package parse

import "golang.org/x/sys/cpu"

// markBlocks marks the quotes, backslashes and brackets of b, whose length is
// a multiple of 64, one word a block, and tells whether bytes below 0x20 and
// from 0x80 occur.
func markBlocks(b []byte, quotes, slashes, brackets []uint64) (ctl, high uint64) {
	if cpu.X86.HasAVX2 {
		n := len(b) / 64
		if n == 0 {
			return 0, 0
		}
		_, _, _ = quotes[n-1], slashes[n-1], brackets[n-1]
		return markBlocksAVX2(&b[0], n, &quotes[0], &slashes[0], &brackets[0])
	}
	return markBlocksGo(b, quotes, slashes, brackets)
}

//go:noescape
func markBlocksAVX2(b *byte, blocks int, quotes, slashes, brackets *uint64) (ctl, high uint64)

//go:noescape
func findPairAVX2(b *byte, blocks int) int

// skipPairless is how many bytes from the start of b hold no beginning of a
// pair rr or 00; it may stop early.
func skipPairless(b []byte) int {
	if n := (len(b) - 1) / 32; n > 0 && cpu.X86.HasAVX2 {
		return findPairAVX2(&b[0], n) * 32
	}
	return 0
}
