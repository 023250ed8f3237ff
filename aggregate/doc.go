// Package aggregate folds events into rollup rows: additive deltas, one batch
// at a time. A fold is pure: no clock, no goroutine, no global, no dependence
// on map order; same input, same rows, byte for byte. The rows are those of
// docs/schema.md.
//
// An Aggregator is for one goroutine and never blocks. It copies what it keeps
// of an event, so the event's buffers may be reused after Add. The rows that
// Flush returns belong to the caller and are never written again.
//
// Cardinality is bounded: what a cap cuts off goes to the key "(other)", so
// totals always hold. What readers need to make sense of a row's mergeable
// states (percentiles, distinct callers, top callers) is here too, once for
// all stores, and so is the binary form in which a store may keep them. The
// package is over 1,500 lines because of that: the fold and the readers of its
// states share the layout of every map, and none of it is of use alone.
package aggregate
