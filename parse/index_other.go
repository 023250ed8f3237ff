//go:build !amd64 || purego

package parse

// markBlocks marks the quotes, backslashes, brackets and bytes from 0x80 of b, whose length is
// a multiple of 64, one word a block, and tells whether bytes below 0x20 and
// from 0x80 occur.
func markBlocks(b []byte, quotes, slashes, brackets, highs []uint64) (ctl, high uint64) {
	return markBlocksGo(b, quotes, slashes, brackets, highs)
}

// skipOrdinary is how many bytes from the start of b may be skipped because
// neither err nor u00 begins in them; it may stop early.
func skipOrdinary(b []byte) int { return skipOrdinaryGo(b) }

const (
	fastResolve = false
	fastWalk    = false
)

func resolveCLMUL(*uint64, *uint64, *uint64, int) (seen uint64) {
	panic("BUG: there is no resolveCLMUL here")
}

func walkPlain(*byte, int, int, *uint64, *uint64, *look, *value, uint32) (next int, last bool) {
	panic("BUG: there is no walkPlain here")
}
