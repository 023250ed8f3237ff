// Package pipeline is the one loop that joins the stages: fetch, parse, fold,
// flush; dead letters first, then rows and mark in one write.
//
// Lanes are taken one after the other, and a lane's records strictly in order.
// The source reads ahead in a goroutine of its own; the write of a batch runs
// in another while the next batch is folded, one write at a time and in order.
// Events are used up before the parser's next call, rows and letters of a batch
// belong to its write until that ends.
//
// A batch is the exact range of a lane between two flushes. It ends by rows, by
// the memory of the fold, by bytes of input, by dead letters, and with the
// lane. When the context ends, what was folded is written whole within
// Config.Grace or not at all.
//
// Failures: an input that cannot be read, or not to its end, or whose feed the
// store refuses ends its own lane only, after what was read is written; a
// failure of the store or of the dead letters ends the run, since nothing that
// comes later could be kept.
//
// Once is the same loop for questions without a store: blocks of records on all
// cores, merged in their order. The package is over 1,500 lines because both
// loops share how a lane's feed is told and how every entry is accounted for.
package pipeline
