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
// behind, whatever ends the process.
//
// What cells are about stays in memory and is bounded as a batch of a fold is.
// Of a kind Config.Names keys are kept, time and caller aside, twice as many
// where clients are a part of them: the heaviest; of the others the columns that caps bound become (other). Where texts outgrow
// Config.Texts, so does a new text of such a column. Totals always hold, and no
// named key is above its true count.
//
// Which cells moved and which values were folded depends on the rows and their
// order alone, so the same rows give the same answers everywhere.
//
// A Store is for one goroutine at a time.
//
// The package is over 1,500 lines because merging, moving out and scanning all
// work on cells in their packed form, which nothing else should know.
package memstore
