package aggregate

import (
	"encoding/binary"
	"errors"
	"math"
)

// The binary forms of caller maps and histograms, for stores that keep them in
// one column. Both begin with a version byte; an empty map is no bytes at all.
// A caller is 8 bytes of hash, big endian, and the count as a varint: most
// maps have one or two callers, and the hashes are random, so that nothing
// shorter is worth its time. A bucket is one byte and the count as a varint.
// Entries ascend. One map has one form: equal maps are equal bytes.
const (
	callersVersion = 1
	histVersion    = 1
)

// The ways in which stored maps can be broken.
var (
	errVersion = errors.New("aggregate: unknown version of a stored map")
	errCorrupt = errors.New("aggregate: a stored map is corrupt")
)

// AppendCallers appends the binary form of a caller map.
func AppendCallers(dst []byte, callers []CallerCount) []byte {
	if len(callers) == 0 {
		return dst
	}
	dst = append(dst, callersVersion)
	for _, c := range callers {
		dst = binary.BigEndian.AppendUint64(dst, c.Hash)
		dst = binary.AppendUvarint(dst, uint64(c.N))
	}
	return dst
}

// DecodeCallers appends the caller map that AppendCallers wrote. What is not
// of its making is an error, never a wrong map.
func DecodeCallers(dst []CallerCount, b []byte) ([]CallerCount, error) {
	if len(b) == 0 {
		return dst, nil
	}
	if b[0] != callersVersion {
		return dst, errVersion
	}
	if b = b[1:]; len(b) == 0 {
		return dst, errCorrupt
	}
	out := dst
	for first, last := true, uint64(0); len(b) > 0; first = false {
		if len(b) < 8 {
			return dst, errCorrupt
		}
		h := binary.BigEndian.Uint64(b)
		n, size := count(b[8:])
		if size == 0 || h > callerMask || !first && h <= last {
			return dst, errCorrupt
		}
		out = append(out, CallerCount{h, n})
		b, last = b[8+size:], h
	}
	return out, nil
}

// AppendHist appends the binary form of a histogram.
func AppendHist(dst []byte, h []BucketCount) []byte {
	if len(h) == 0 {
		return dst
	}
	dst = append(dst, histVersion)
	for _, b := range h {
		dst = append(dst, b.Bucket)
		dst = binary.AppendUvarint(dst, uint64(b.N))
	}
	return dst
}

// DecodeHist appends the histogram that AppendHist wrote.
func DecodeHist(dst []BucketCount, b []byte) ([]BucketCount, error) {
	if len(b) == 0 {
		return dst, nil
	}
	if b[0] != histVersion {
		return dst, errVersion
	}
	if b = b[1:]; len(b) == 0 {
		return dst, errCorrupt
	}
	out := dst
	for last := -1; len(b) > 0; {
		bucket := int(b[0])
		n, size := count(b[1:])
		if size == 0 || bucket >= Buckets || bucket <= last {
			return dst, errCorrupt
		}
		out = append(out, BucketCount{uint8(bucket), n})
		b, last = b[1+size:], bucket
	}
	return out, nil
}

// count reads a positive count in its shortest form; size 0: there is none.
func count(b []byte) (n int64, size int) {
	u, size := binary.Uvarint(b)
	if size <= 0 || u == 0 || u > math.MaxInt64 || size > 1 && b[size-1] == 0 {
		return 0, 0
	}
	return int64(u), size
}
