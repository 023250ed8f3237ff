package oracle

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// plain turns a tree into what encoding/json decodes with UseNumber, the first
// of duplicate keys kept.
func plain(n *node) any {
	switch n.kind {
	case 'o':
		m := map[string]any{}
		for _, x := range n.members {
			if _, dup := m[x.name]; !dup {
				m[x.name] = plain(x.value)
			}
		}
		return m
	case 'a':
		a := []any{}
		list, _ := walk(n.raw, nil) // arrays are looked into by need
		for _, x := range list.elems {
			a = append(a, plain(x))
		}
		return a
	case 's':
		return valid(n.text)
	case 'n':
		return json.Number(n.text)
	case 'b':
		return n.raw[0] == 't'
	}
	return nil
}

var jsonTexts = []string{
	`{}`, `[]`, `{"a":1}`, `{"a":[1,2,{"b":null}],"c":"x\u00e9\ud83d\ude00\n\"\\\/"}`, ` [ true , false , null ] `,
	`{"a":1,}`, `[1,]`, `{"a" 1}`, `{"a":01}`, `{"a":1.}`, `{"a":-}`, `{"a":1e}`, `{"a":+1}`, `{"a":.5}`, `{"a":1E+2}`,
	`{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\ud800"}`, `{"a":"\ud800\u0041"}`, `{"a":"\ud800\ud800\udc00"}`, `{"a":"\udc00"}`,
	"{\"a\":\"\xff\xe2\x82\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\t\"}", `{"a":tru}`, `{"a":nulll}`, `{"a":1}x`, `{'a':1}`,
	`{"a":{"b":{"c":[[[]]]}}}`, `{"\u0061":1}`, `[[],{}]`, `[1 2]`, `{"a":1 "b":2}`, `{"a":"` + "\u2028" + `"}`, `"x"`, `{`,
	`{"a":"\ud83d\ude00"}`, `{"a":"\uD83D"}`, `{"a":-0}`, `{"a":-0.0e-0}`, `{"a":00}`, `{"":0}`, `{"a":[}]}`, `{"a":"b"c}`,
}

// everything asks for each value of a text, to any depth.
func everything(v any) *want {
	w := &want{}
	if m, ok := v.(map[string]any); ok {
		w.members = map[string]*want{}
		for k, x := range m {
			w.members[k] = everything(x)
		}
	}
	return w
}

// hasObjectInArray: the walker asks for scalars in arrays only, as headers have them.
func hasObjectInArray(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			if hasObjectInArray(x) {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if m, ok := x.(map[string]any); ok && len(m) > 0 || hasObjectInArray(x) {
				return true
			}
		}
	}
	return false
}

// encoding/json is the judge of the walker: a valid text is complete, with
// equal values.
func TestWalkAgreesWithEncodingJSON(t *testing.T) {
	for _, in := range jsonTexts {
		checkWalk(t, in)
	}
}

func checkWalk(t *testing.T, in string) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(in))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil || !json.Valid([]byte(in)) || hasObjectInArray(value) {
		return
	}
	if _, number := value.(json.Number); number {
		return // it may go on behind the end
	}
	n, e := walk([]byte(in), everything(value))
	if e != complete {
		t.Errorf("%q is valid, ending %d", in, e)
		return
	}
	want := strings.ReplaceAll(fmt.Sprintf("%#v", value), "\\x00", "\ufffd")
	if got := fmt.Sprintf("%#v", plain(n)); got != want {
		t.Errorf("%q: %s, want %s", in, got, want)
	}
}

func FuzzWalk(f *testing.F) {
	for _, s := range jsonTexts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var v any
		if json.Unmarshal([]byte(in), &v) != nil {
			return
		}
		// Duplicate keys are the one place where encoding/json differs by design;
		// bare literals may go on behind the end.
		switch v.(type) {
		case map[string]any, []any, string:
		default:
			return
		}
		if n, _ := walk([]byte(in), everything(v)); !hasDuplicates(n) {
			checkWalk(t, in)
		}
	})
}

func hasDuplicates(n *node) bool {
	seen := map[string]bool{}
	for _, m := range n.members {
		if seen[m.name] || m.value != nil && hasDuplicates(m.value) {
			return true
		}
		seen[m.name] = true
	}
	for _, x := range n.elems {
		if hasDuplicates(x) {
			return true
		}
	}
	return false
}

// A valid text cut anywhere is cut, never broken, and what is whole in the
// tree of the cut text is equal in the whole one.
func TestWalkOfCutTexts(t *testing.T) {
	for _, in := range jsonTexts {
		if !json.Valid([]byte(in)) || strings.TrimSpace(in)[0] == '"' {
			continue
		}
		var v any
		_ = json.Unmarshal([]byte(in), &v)
		all, _ := walk([]byte(in), everything(v))
		end := len(strings.TrimRight(in, " "))
		for i := range end {
			if strings.TrimSpace(in[:i]) == "" {
				continue
			}
			n, e := walk([]byte(in[:i]), everything(v))
			if e != cutShort {
				t.Errorf("%q cut at %d: ending %d", in, i, e)
			}
			subset(t, fmt.Sprintf("%q cut at %d", in, i), n, all)
		}
	}
}

func subset(t *testing.T, where string, part, all *node) {
	t.Helper()
	switch {
	case part == nil:
	case part.whole:
		if !reflect.DeepEqual(plain(part), plain(all)) {
			t.Errorf("%s: %v, want %v", where, plain(part), plain(all))
		}
	case part.kind == 's':
		if !strings.HasPrefix(valid(all.text), valid(part.text)) {
			t.Errorf("%s: %q is no start of %q", where, part.text, all.text)
		}
	default:
		for i := range part.members {
			subset(t, where, part.members[i].value, all.members[i].value)
		}
		for i := range part.elems {
			subset(t, where, part.elems[i], all.elems[i])
		}
	}
}

func TestFirstOfDuplicates(t *testing.T) {
	n, _ := walk([]byte(`{"a":null,"a":1,"A":2}`), everything(map[string]any{"a": 1, "A": 1}))
	if v := n.get("a", false); v.kind != '0' {
		t.Errorf("a is %c, want the first, null", v.kind)
	}
	if v := n.get("b", true); v != nil {
		t.Errorf("b is there")
	}
	if v := n.get("A", false); string(v.text) != "2" {
		t.Errorf("A is %q: names match exactly", v.text)
	}
}
