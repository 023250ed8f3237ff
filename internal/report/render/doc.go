// Package render turns a report.Report into text, Markdown, HTML, JSON and CSV.
// Every number printed is one of the model, and all text from logs is made
// harmless for the format: nothing is markup, a formula or a control sequence.
//
// It has over 1,500 lines because five formats show the same model, and what they
// have in common, labels, numbers and sentences, must not drift apart.
package render
