// Package storetest is the contract of stores as a test suite: every adapter
// runs it on its real engine. Beside hand-made cases it puts random rows into
// the store and compares each answer with a slow, plain recount of the rows,
// which shares no code with package store.
package storetest
