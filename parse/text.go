package parse

import (
	"bytes"
	"fmt"
	"strings"

	"errata/parse/format"
)

// textPreset is a compiled text format: variables between literals.
type textPreset struct {
	preset  format.Preset
	why     string
	vars    []textVar
	tail    string // literal behind the last variable
	timeVar int    // index of the variable that holds the time
	timeAs  format.Unit
	fields  [format.NumTargets][]textField
	has     [format.NumTargets]bool
}

type textField struct {
	variable int
	as       format.Unit
}

type textVar struct {
	before string // literal in front of it
	until  []byte // literal behind it; empty: up to a blank or the end
	quoted bool   // it stands between quotes and may hold escaped ones
}

func compileText(p format.Preset) (*textPreset, error) {
	t := &textPreset{preset: p, why: "pattern " + p.Pattern, timeVar: -1}
	rest := p.Pattern
	for {
		k := strings.IndexByte(rest, '$')
		if k < 0 {
			t.tail = rest
			break
		}
		v := textVar{before: rest[:k]}
		rest = rest[k+1:]
		n := 0
		for n < len(rest) && (rest[n] == '_' || rest[n] >= 'a' && rest[n] <= 'z' || rest[n] >= '0' && rest[n] <= '9') {
			n++
		}
		name := rest[:n]
		rest = rest[n:]
		if name == "" || rest != "" && rest[0] == '$' {
			return nil, fmt.Errorf("format %s: pattern needs a name after $ and a literal between two variables", p.Name)
		}
		until := rest
		if k := strings.IndexByte(rest, '$'); k >= 0 {
			until = rest[:k]
		}
		v.until = []byte(until)
		v.quoted = strings.HasSuffix(v.before, `"`) && strings.HasPrefix(until, `"`)
		for _, f := range p.Fields {
			if f.Path != name {
				continue
			}
			t.fields[f.To] = append(t.fields[f.To], textField{len(t.vars), f.As})
			t.has[f.To] = true
			if f.To == format.Time {
				t.timeVar, t.timeAs = len(t.vars), f.As
			}
		}
		t.vars = append(t.vars, v)
	}
	if t.timeVar < 0 {
		return nil, fmt.Errorf("format %s: the pattern has no time", p.Name)
	}
	return t, nil
}

// textMatch says how far a record followed a pattern.
type textMatch uint8

const (
	textNo textMatch = iota
	textCut
	textWhole
)

// match notes the values of b in vals, one per variable; the first n are there.
func (t *textPreset) match(b []byte, vals []span) (m textMatch, n int) {
	i := 0
	claimed := false
	for x := range t.vars {
		v := &t.vars[x]
		switch k := literal(b[i:], v.before); {
		case k < 0:
			return textNo, 0
		case k < len(v.before):
			return cutIf(claimed), x
		}
		i += len(v.before)
		end := -1
		switch {
		case v.quoted:
			end = quoteEnd(b, i)
		case len(v.until) == 0:
			end = i
			for end < len(b) && b[end] != ' ' {
				end++
			}
			if end == i {
				return cutIf(claimed && i == len(b)), x
			}
		default:
			if k := bytes.Index(b[i:], v.until); k >= 0 {
				end = i + k
			}
		}
		if end < 0 {
			if !claimed && x < t.timeVar || v.quoted {
				return cutIf(claimed), x
			}
			// the end is missing: cut if the record stops inside the value or inside the literal, else another format
			val := b[i:]
			for k := len(v.until) - 1; k > 0; k-- {
				if bytes.HasSuffix(val, v.until[:k]) {
					val = val[:len(val)-k]
					vals[x] = span{i, i + len(val)}
					x++
					break
				}
			}
			return cutIf(claimed && bytes.IndexByte(val, ' ') < 0), x
		}
		if x == t.timeVar {
			if _, claimed = new(timeReader).parse(b[i:end], t.timeAs); !claimed {
				return textNo, 0
			}
		}
		vals[x] = span{i, end}
		i = end
	}
	switch k := literal(b[i:], t.tail); {
	case k < 0:
		return textNo, 0
	case k < len(t.tail):
		return cutIf(claimed), len(t.vars)
	}
	i += len(t.tail)
	rest := b[i:]
	if not := t.preset.NotBefore; not != "" && len(rest) > 0 {
		if k := literal(rest, not); k >= 0 {
			return textNo, 0
		}
	}
	if len(rest) > 0 && rest[0] != ' ' {
		return textNo, 0
	}
	return textWhole, len(t.vars)
}

type span struct{ start, end int }

func cutIf(claimed bool) textMatch {
	if claimed {
		return textCut
	}
	return textNo
}

// literal compares b with lit: its length if b begins with it, less if b ends before, -1 if they differ.
func literal(b []byte, lit string) int {
	n := min(len(b), len(lit))
	if string(b[:n]) != lit[:n] {
		return -1
	}
	return n
}

// quoteEnd finds the quote behind an even number of backslashes; -1: none.
func quoteEnd(b []byte, i int) int {
	for j := i; ; {
		k := bytes.IndexByte(b[j:], '"')
		if k < 0 {
			return -1
		}
		j += k
		n := 0
		for j-n > i && b[j-n-1] == '\\' {
			n++
		}
		if n%2 == 0 {
			return j
		}
		j++
	}
}
