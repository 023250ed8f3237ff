// Package render turns a report.Report into text, Markdown, HTML, JSON and CSV.
// Every number printed is one of the model, and all text from logs is made
// harmless for the format: nothing is markup, a formula or a control sequence.
package render
