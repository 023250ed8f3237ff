// Package report builds the report of what changed: one model (Report) from any
// store, which internal/report/render turns into text, Markdown, HTML, JSON and
// CSV. Same rows, same options, same model: nothing here reads a clock, a
// locale or the order of a map.
//
// Build asks for each range as a whole and not for each error: the errors of a
// range with their caller maps are held in memory, and what is new, gone, most
// frequent or a client's mistake is merged from them. So 10,000 errors take as
// many questions as ten.
//
// It is over 1,500 lines because all sections are made of the same few answers,
// and each line of the model is decided here once for all formats.
package report
