package sqlitestore

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"errata/store"
)

// statement is SQL with its parameters.
type statement struct {
	sql  string
	args []any
}

// builder puts a statement together; each text that comes from outside becomes
// a parameter.
type builder struct {
	b    strings.Builder
	args []any
}

func (b *builder) add(sql string, args ...any) {
	b.b.WriteString(sql)
	b.args = append(b.args, args...)
}

func (b *builder) statement() statement { return statement{b.b.String(), b.args} }

// filters are the conditions on key columns, per column: one of the Eq and Prefix
// filters holds and none of the Ne ones does. Comparisons are by bytes.
func (b *builder) filters(where []store.Filter) {
	seen := map[string]bool{}
	for _, f := range where {
		if seen[f.Dim] {
			continue
		}
		seen[f.Dim] = true
		var wanted, none []store.Filter
		for _, g := range where {
			switch {
			case g.Dim != f.Dim:
			case g.Op == store.Ne:
				none = append(none, g)
			default:
				wanted = append(wanted, g)
			}
		}
		b.condition(f.Dim, wanted, " AND ")
		b.condition(f.Dim, none, " AND NOT ")
	}
}

// numberText is the text of a key column that is kept as a number; false: it is
// the id of a string.
func numberText(dim, column string) (expr string, ok bool) {
	switch dim {
	case "status", "pos":
		return "CAST(" + column + " AS TEXT)", true
	case "caller":
		return "CASE " + column + " WHEN 0 THEN '' ELSE printf('%016x', " + column + ") END", true
	default:
		return "", false
	}
}

// condition is: the column passes one of the filters.
func (b *builder) condition(dim string, fs []store.Filter, join string) {
	if len(fs) == 0 {
		return
	}
	b.add(join)
	text, number := numberText(dim, "f."+dim)
	if number {
		b.add("(")
	} else {
		text = "text"
		b.add("f." + dim + " IN (SELECT id FROM strings WHERE ")
	}
	for i, f := range fs {
		if i > 0 {
			b.add(" OR ")
		}
		switch {
		case f.Op == store.Prefix && f.Value == "":
			b.add("true") // an empty blob would be bound as NULL
		case f.Op == store.Prefix:
			b.add("substr(CAST("+text+" AS BLOB), 1, ?) = ?", int64(len(f.Value)), []byte(f.Value))
		default:
			b.add(text+" = ?", f.Value)
		}
	}
	b.add(")")
}

// String prints the statement with its parameters in their places.
func (s statement) String() string {
	var b strings.Builder
	args := s.args
	for _, r := range s.sql {
		if r == '?' && len(args) > 0 {
			b.WriteString(literal(args[0]))
			args = args[1:]
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// literal is a parameter as SQL text that can be read and run: what is not
// plain printable text is written in hex.
func literal(v any) string {
	switch x := v.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case []byte:
		if plain(string(x)) {
			return "CAST(" + quote(string(x)) + " AS BLOB)"
		}
		return "x'" + hex.EncodeToString(x) + "'"
	case string:
		if plain(x) {
			return quote(x)
		}
		return "CAST(x'" + hex.EncodeToString([]byte(x)) + "' AS TEXT)"
	default:
		return fmt.Sprintf("NULL /* %T */", v)
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func plain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
