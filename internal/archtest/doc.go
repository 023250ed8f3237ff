// Package archtest holds the architecture as tests: which package may import
// which, who alone may use a library, what the pure packages must not do, how
// large files and packages may grow, and that every package says what it is
// for. It has no code of its own; the table is in table_test.go.
//
// The tests read the source text of every package of the module, whatever its
// build constraints, and run no command but "go mod edit".
package archtest
