// Package store is the vocabulary of stores: batches with their marks, and the
// one query struct by which everybody reads. It holds no SQL; adapters compile
// a Query to their own. What a query means (which kind of rows answers it, what
// is null and why) is decided here, once for all stores: Answer asks an adapter
// for merged groups through Scanner and makes the rows, totals and notes.
//
// It is over 1,500 lines because every rule of an answer that two stores must
// give alike stands here and not in them.
package store
