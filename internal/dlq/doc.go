// Package dlq is the format of dead letters and the file that keeps them.
//
// A letter is one or more consecutive entries of one reason. Letters are
// written, and synced, before the batch that counts them is committed: after a
// crash between the two the same entries are written once more. List shows
// each identity (source, name, offset, entry, hash of the payload) once, as it
// was written last, so what it shows is what was counted, provided that the
// settings which cut batches did not change over the crash.
//
// The file is NDJSON, mode 0600, opened without following links. A last line
// that a crash tore is cut off when the file is next opened to write: its batch
// was not committed, so it comes again. When the file would pass its bound it
// is renamed to FILE.1, whose former content is dropped, and a notice says so:
// two bounds are the most that dead letters take. A disk that is full is an
// error, which stops the ingest before the batch is counted.
//
// Payloads are redacted and at most 1 KiB; a letter holds no other bytes of the
// entry. A File is for one goroutine and one process at a time.
package dlq
