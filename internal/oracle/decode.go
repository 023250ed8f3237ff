package oracle

import (
	"bytes"
	"encoding/json"
)

const maxRecord = 40 << 20

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
	control, deep := lexical(line)
	switch {
	case deep:
		return one("too_deep")
	case control:
		return one("binary")
	}
	root, e := walk(line)
	if root.kind == 'o' {
		return []Entry{cfg.element(root, line, e)}
	}
	var out []Entry
	for i, n := range root.elems {
		ne := e
		if i < len(root.elems)-1 || n.whole {
			ne = complete
		}
		out = append(out, cfg.element(n, n.raw, ne))
	}
	if e != complete && (len(root.elems) == 0 || root.elems[len(root.elems)-1].whole) {
		reason := "not_json"
		if e == cutShort {
			reason = "cut"
		}
		out = append(out, one(reason)...)
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
