package oracle

import (
	"bytes"
	"encoding/json"
)

const (
	maxRecord = 40 << 20
	maxDepth  = 512
)

func number(text string) any { return json.Number(text) }

// Decode says what errata parse prints for one line: an Entry for each entry.
func (cfg Config) Decode(lineNo int64, line []byte) []Entry {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	if len(bytes.Trim(line, " \t\r")) == 0 {
		return nil
	}
	entries := cfg.decode(line)
	for i := range entries {
		entries[i].Line, entries[i].Index = lineNo, i
	}
	return entries
}

func (cfg Config) decode(line []byte) []Entry {
	one := func(reason string) []Entry { return []Entry{dead(Entry{e: event{raw: line}}, reason)} }
	if len(line) > maxRecord {
		return one("too_long")
	}
	start := bytes.TrimLeft(line, " \t\r\n")
	if start[0] != '{' && start[0] != '[' {
		for _, c := range line {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
				return one("binary")
			}
		}
		r, ok := textRecord(cfg, line)
		if !ok {
			return one("unknown_format")
		}
		return []Entry{name(cfg, r)}
	}
	if start[0] == '{' {
		root, e, end := walkTo(line, cfg.want())
		control, _ := lexical(line)
		_, deep := lexical(line[:end]) // what stands behind a break is no JSON
		switch {
		case deep > maxDepth:
			return one("too_deep")
		case control:
			return one("binary")
		}
		return []Entry{cfg.element(root, line, e)}
	}
	return cfg.array(line)
}

// array decodes the elements of an array, each judged by itself. A control
// byte makes its element dead, and the array goes on behind it: so it is
// walked with harmless bytes in their place.
func (cfg Config) array(line []byte) []Entry {
	one := func(raw []byte, reason string) Entry { return dead(Entry{e: event{raw: raw}}, reason) }
	root, e, end := walkTo(harmless(line), cfg.want())
	var out []Entry
	pos := bytes.IndexByte(line, '[') + 1
	gap := pos
	for _, n := range root.elems {
		pos = n.start + len(n.raw)
		raw := line[n.start:pos]
		ended := complete
		if !n.whole { // what is behind it is part of it
			raw, ended, pos = line[n.start:], e, len(line)
		}
		// Control bytes before an element are judged with it.
		control, _ := lexical(line[gap:pos])
		_, deep := lexical(line[gap:max(gap, min(pos, end))]) // what stands behind a break is no JSON
		gap = pos
		switch {
		case deep+1 > maxDepth:
			out = append(out, one(raw, "too_deep"))
		case control:
			out = append(out, one(raw, "binary"))
		default:
			out = append(out, cfg.element(n, raw, ended))
		}
		if !n.whole {
			return out // what follows is part of the dead rest
		}
	}
	control, _ := lexical(line[pos:])
	_, deep := lexical(line[pos:max(pos, end)])
	if e == complete && !control {
		return out
	}
	switch {
	case deep+1 > maxDepth:
		return append(out, one(line[pos:], "too_deep"))
	case control:
		return append(out, one(line[pos:], "binary"))
	case e == cutShort:
		return append(out, one(line[pos:], "cut"))
	}
	return append(out, one(line[pos:], "not_json"))
}

// harmless has a letter for each control byte in a string and a blank for each outside.
func harmless(in []byte) []byte {
	out := bytes.Clone(in)
	inString := false
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c < 0x20 && inString:
			out[i] = 'x'
		case c < 0x20:
			out[i] = ' '
		case c == '\\':
			if i+1 < len(out) && (inString && out[i+1] >= 0x20 || out[i+1] == '"' || out[i+1] == '\\') {
				i++
			}
		case c == '"':
			inString = !inString
		}
	}
	return out
}

// element is one entry of a record whose walk ended in e.
func (cfg Config) element(n *node, raw []byte, e ending) Entry {
	bare := Entry{e: event{raw: raw}}
	if e == broken || e == trailing {
		return dead(bare, "not_json")
	}
	if n.kind != 'o' {
		if e == cutShort {
			return dead(bare, "cut")
		}
		return dead(bare, "unknown_format")
	}
	r, ok := jsonRecord(cfg, n, raw, e == cutShort)
	switch {
	case ok:
		return name(cfg, r)
	case e == cutShort:
		return dead(bare, "cut")
	}
	return dead(bare, "unknown_format")
}
