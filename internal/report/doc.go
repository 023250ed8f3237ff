// Package report builds the report of what changed: one model (Report) from any
// store, which internal/report/render turns into text, Markdown, HTML, JSON and
// CSV. Same rows, same options, same model: nothing here reads a clock, a
// locale or the order of a map.
package report
