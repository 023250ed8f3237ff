// Package storetest is the contract of stores as a test suite: every adapter
// runs it on its real engine. Beside hand-made cases it puts random rows into
// the store and compares each answer with a slow, plain recount of the rows,
// which shares no code with package store.
//
// It is over 1,500 lines because the recount is a second implementation of
// every rule, and the cases of all adapters are here once.
package storetest
