// Package memstore keeps rollup rows in memory, merged by key, for programs
// that ask and leave nothing behind. It answers as every store does, through
// store.Answer and store.List.
//
// Memory. A cell is a run of 32-bit words: ids of texts, numbers, places of
// maps; so the collector has nothing to look into. Where cells outgrow
// Config.Memory they move to a temporary file, as they are and unmerged, and
// new ones are begun: every answer sums cells, so it makes no difference where
// two halves of one are added up. The file loses its name as soon as the
// system allows, which is at once everywhere but on Windows: nothing is left
// behind, whatever ends the process. Texts stay in memory; where they outgrow
// Config.Texts, a new value of a column that caps bound stands under (other).
//
// Which cells moved and which values were folded depends on the rows and their
// order alone, so the same rows give the same answers everywhere.
//
// A Store is for one goroutine at a time.
package memstore
