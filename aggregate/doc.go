// Package aggregate folds events into rollup rows: additive deltas, one batch
// at a time. A fold is pure: no clock, no goroutine, no global, no dependence
// on map order; same input, same rows, byte for byte. The rows are those of
// docs/schema.md. An Aggregator is for one goroutine.
package aggregate
