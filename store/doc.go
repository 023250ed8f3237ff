// Package store is the vocabulary of stores: batches with their marks, and the
// one query struct by which everybody reads. It holds no SQL; adapters compile
// a Query to their own. What a query means (which kind of rows answers it, what
// is null and why) is decided here, once for all stores.
package store
