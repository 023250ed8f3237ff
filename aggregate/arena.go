package aggregate

import "math/bits"

// arena hands out slices of words from big chunks. A fold makes many small
// tables that grow; from an arena they cost no garbage, and after a flush all
// of its memory serves whatever the next batch needs. It holds no pointers,
// so the collector never looks inside.
type arena struct {
	chunks [][]uint64
	next   int // chunk to take words from
	off    int
	freed  [20][][]uint64 // by power of two
	inUse  int64          // words handed out and not freed
}

// arenaChunk is the size of a chunk in words: the largest table, twice, and
// small enough that a fold of a few rows stays small.
const arenaChunk = 8192

// alloc returns n zeroed words; n is a power of two, at most arenaChunk.
func (a *arena) alloc(n int) []uint64 {
	a.inUse += int64(n)
	class := bits.TrailingZeros(uint(n))
	if f := a.freed[class]; len(f) > 0 {
		w := f[len(f)-1]
		a.freed[class] = f[:len(f)-1]
		clear(w)
		return w
	}
	if a.next < len(a.chunks) && a.off+n > arenaChunk {
		a.next++
		a.off = 0
	}
	if a.next == len(a.chunks) {
		a.chunks = append(a.chunks, make([]uint64, arenaChunk))
	}
	w := a.chunks[a.next][a.off : a.off+n : a.off+n]
	a.off += n
	clear(w)
	return w
}

// free gives words back for the next alloc of the same size.
func (a *arena) free(w []uint64) {
	if len(w) == 0 {
		return
	}
	a.inUse -= int64(len(w))
	class := bits.TrailingZeros(uint(len(w)))
	a.freed[class] = append(a.freed[class], w)
}

// reset takes everything back.
func (a *arena) reset() {
	a.next, a.off, a.inUse = 0, 0, 0
	for i := range a.freed {
		clear(a.freed[i])
		a.freed[i] = a.freed[i][:0]
	}
}

func (a *arena) bytes() int64 { return a.inUse * 8 }
