// Package memstore keeps rollup rows in memory, for questions asked of log
// files without a store: the same answers as any store, gone with the process.
package memstore
