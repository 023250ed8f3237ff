// Package filesrc reads log files as lanes: named files, directories, globs and
// stdin; plain, gzip or zstd, told by their first bytes and never by name.
//
// Identity. A file is known within its source by the SHA-256 of its first
// min(4 KiB, mark) decompressed bytes, confirmed by that of the 4 KiB before
// the mark. So a file that grew, was renamed, rotated or compressed goes on at
// its mark, and the same bytes given again (also twice in one run) add
// nothing. A file that begins like a known one but ends before its mark can be
// neither confirmed nor told from a part of what was counted: it is left out
// with a notice. One that begins like a known one and then differs is new.
//
// Goroutines and memory. Each open lane has one goroutine that reads and
// decompresses ahead. It owns a chunk until it sends it; from then on the lane
// does, until the Fetch after the chunk's last record gives it back. There are
// three chunks of Config.Chunk bytes, of which one at a time may grow to
// Config.MaxLine for a long line. Longer lines are skipped without being held.
// Nothing else grows with the input: decompressors stream, and a zstd frame
// that asks for a window over 64 MiB is refused.
//
// Blocking. Next and Fetch block while bytes are read. Fetch returns when its
// context ends. A read of stdin cannot be given up: it runs in a goroutine of
// its own, which is left behind.
//
// The package is over 1,500 lines because identity, splitting and the kinds of
// inputs share the ownership of buffers and streams that is told above.
//
// A line without its end waits until it has one (Config.Final: counts as
// whole), except one that is longer than MaxLine already.
package filesrc
