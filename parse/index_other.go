//go:build !amd64 || purego

package parse

// markBlocks marks the quotes, backslashes and brackets of b, whose length is
// a multiple of 64, one word a block, and tells whether bytes below 0x20 and
// from 0x80 occur.
func markBlocks(b []byte, quotes, slashes, brackets []uint64) (ctl, high uint64) {
	return markBlocksGo(b, quotes, slashes, brackets)
}

// skipPairless is how many bytes from the start of b hold no beginning of a
// pair rr or 00; it may stop early.
func skipPairless([]byte) int { return 0 }
