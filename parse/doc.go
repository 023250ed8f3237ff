// Package parse turns the bytes of a log record into events.
//
// It has no clock, no goroutine and no package state that changes: an event is
// a pure function of the record, the configuration and the mask set
// (docs/decoding.md). A Parser is for one goroutine. The byte slices of an
// Event point into the record or into the parser's own buffers and are valid
// until the next call of Next or Reset; whoever keeps one copies it.
//
// The package is over 1,500 lines because decoding, judging the body and
// naming share one set of buffers: taken apart, each would hand the others
// slices whose life it does not control.
package parse
