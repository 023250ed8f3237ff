// Package normal names things: routes, params, templates, callers, clients,
// and it masks secrets. Every function is pure and appends to a buffer of the
// caller's, so none allocates in steady state. The rules are in
// docs/decoding.md and docs/secrets.md; the tests read their regular
// expressions from there and hold the scanners against them. A change of the
// template rules is a new MaskSet.
//
// No function blocks, panics or keeps its arguments, whatever bytes it is
// given, and each takes time in proportion to their number. What a function
// returns as a slice points into its argument or into dst; src may not overlap
// the free part of dst.
//
// The package is larger than 1,500 lines because it holds a scanner by hand
// for each rule that others would write as a regular expression. Its files
// stand beside each other without calling each other, but for the byte classes
// of text.go.
package normal
