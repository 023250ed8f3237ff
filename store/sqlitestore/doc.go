// Package sqlitestore keeps rollups in one SQLite file.
//
// There is one writer at a time, in all processes: Open for writing takes a
// lock beside the file, waits for it as long as Config.Wait says and then
// gives up with an error that names the holder. Readers work while it writes,
// and see whole batches only: rows, marks and ledger go in one transaction.
// A process killed at any moment leaves the last whole batch.
//
// A Store is safe for concurrent use; writes queue up.
//
// It is over 1,500 lines because writing and reading share the rendering of
// keys, kinds and maps, and an adapter is one package.
package sqlitestore
