//go:build amd64 && !purego

package parse

import "golang.org/x/sys/cpu"

// markBlocks marks the quotes, backslashes, brackets and bytes from 0x80 of b, whose length is
// a multiple of 64, one word a block, and tells whether bytes below 0x20 and
// from 0x80 occur.
func markBlocks(b []byte, quotes, slashes, brackets, highs []uint64) (ctl, high uint64) {
	if cpu.X86.HasAVX2 {
		n := len(b) / 64
		if n == 0 {
			return 0, 0
		}
		_, _, _, _ = quotes[n-1], slashes[n-1], brackets[n-1], highs[n-1]
		return markBlocksAVX2(&b[0], n, &quotes[0], &slashes[0], &brackets[0], &highs[0])
	}
	return markBlocksGo(b, quotes, slashes, brackets, highs)
}

//go:noescape
func markBlocksAVX2(b *byte, blocks int, quotes, slashes, brackets, highs *uint64) (ctl, high uint64)

// fastResolve: the machine has the instructions of resolveCLMUL.
var fastResolve = cpu.X86.HasPCLMULQDQ

//go:noescape
func resolveCLMUL(quotes, slashes, brackets *uint64, words int) (seen uint64)

// fastWalk: the machine has the instructions of walkPlain.
var fastWalk = cpu.X86.HasBMI1 && cpu.X86.HasBMI2

//go:noescape
func walkPlain(p *byte, n, i int, quotes, slashes *uint64, t *look, slots *value, gen uint32) (next int, last bool)

//go:noescape
func findSpellingAVX2(b *byte, blocks int) int

// skipOrdinary is how many bytes from the start of b may be skipped because
// neither err nor u00 begins in them; it may stop early.
func skipOrdinary(b []byte) int {
	if !cpu.X86.HasAVX2 {
		return skipOrdinaryGo(b)
	}
	if n := (len(b) - 2) / 32; n > 0 {
		return findSpellingAVX2(&b[0], n)
	}
	return 0
}
