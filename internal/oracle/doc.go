// Package oracle recounts a log slowly and plainly, so that nobody can argue
// with the answer. It is written from the documents (docs/decoding.md,
// docs/secrets.md, docs/schema.md, docs/report.md and the formats' own specifications) with
// the plainest means: a tree of the whole record, regular expressions, maps
// and big rationals. It shares no code with parse or aggregate and may import
// neither; the tests compare both with it, entry for entry and cell for cell.
//
// Recount folds the lines of a file into Cells, Decode says what `errata parse`
// prints for one line. Of Cells, Report and Demand say what `errata report` and
// `errata demand` print (docs/report.md): every number, from every caller. Nothing here is fast, bounded in memory or used outside
// tests. No function blocks but on its reader; every result belongs to the caller.
//
// The package is over 1,500 lines because it says all of parse, normal and
// aggregate, and the numbers of report and demand, once more; splitting it would export what only it needs.
package oracle
