package memstore

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// blobs holds maps and texts of cells: byte strings that grow. A place is a
// number of units from the beginning; 0 is the empty blob, which takes none.
// Each has a head of its length and class; what is given back serves the next
// of its class.
type blobs struct {
	chunks [][]byte
	off    int // of the next blob in the last chunk
	free   [classes][]uint32
}

const (
	unit       = 8
	chunkBytes = 256 << 10
	chunkUnits = chunkBytes / unit
	headBytes  = 4
	// A class is the room of a blob with its head: powers of two and what is
	// halfway between them, from 2 units to a chunk.
	classes = 29
	// maxBlob is the longest blob: what rows carry is bounded far below, names of
	// files included.
	maxBlob = chunkBytes - headBytes
)

// classOf is the class with room for n bytes, and how many it has.
func classOf(n int) (class, room int) {
	n = max(n, 2*unit)
	e := bits.Len(uint(n - 1)) // 2^(e-1) < n <= 2^e
	if half := 3 << (e - 2); n <= half {
		return 2*(e-4) - 1, half
	}
	return 2 * (e - 4), 1 << e
}

// set replaces the blob at a place and returns the new place.
func (b *blobs) set(place uint32, data []byte) (uint32, error) {
	if len(data) > maxBlob {
		return place, fmt.Errorf("memstore: a text or map of %d bytes: at most %d are held", len(data), maxBlob)
	}
	class, room := -1, 0
	if len(data) > 0 {
		class, room = classOf(len(data) + headBytes)
	}
	if place != 0 {
		head := b.at(place)
		if old := int(head[3]); old != class {
			b.free[old] = append(b.free[old], place)
			place = 0
		}
	}
	if class < 0 {
		return 0, nil
	}
	if place == 0 {
		place = b.take(class, room)
	}
	at := b.at(place)
	binary.LittleEndian.PutUint32(at, uint32(len(data))|uint32(class)<<24)
	copy(at[headBytes:], data)
	return place, nil
}

func (b *blobs) take(class, room int) uint32 {
	if f := b.free[class]; len(f) > 0 {
		b.free[class] = f[:len(f)-1]
		return f[len(f)-1]
	}
	if len(b.chunks) == 0 || b.off+room > chunkBytes {
		b.chunks = append(b.chunks, make([]byte, chunkBytes))
		b.off = 0
		if len(b.chunks) == 1 {
			b.off = unit // place 0 is the empty blob
		}
	}
	place := (len(b.chunks)-1)*chunkUnits + b.off/unit
	b.off += room
	return uint32(place)
}

// at is the memory from a place on.
func (b *blobs) at(place uint32) []byte {
	return b.chunks[place/chunkUnits][place%chunkUnits*unit:]
}

// get is the blob at a place, until the next set.
func (b *blobs) get(place uint32) []byte {
	if place == 0 {
		return nil
	}
	at := b.at(place)
	n := binary.LittleEndian.Uint32(at) & (1<<24 - 1)
	return at[headBytes : headBytes+n]
}

func (b *blobs) size() int64 { return int64(len(b.chunks)) * chunkBytes }

// reset forgets all blobs.
func (b *blobs) reset() { *b = blobs{} }
