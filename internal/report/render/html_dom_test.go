package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"errata/internal/report"
)

// element is one element of a page, or a piece of text between two.
type element struct {
	name     string // textNode for text
	attrs    map[string]string
	parent   *element
	children []*element
	text     string
}

const textNode = "#text"

// all is the element and what is in it, in the order of the page.
func (e *element) all(yield func(*element) bool) bool {
	if !yield(e) {
		return false
	}
	for _, c := range e.children {
		if !c.all(yield) {
			return false
		}
	}
	return true
}

// find lists what has the name in it, "" for all.
func (e *element) find(name string) []*element {
	var found []*element
	e.all(func(c *element) bool {
		if name == "" && c.name != textNode || c.name == name {
			found = append(found, c)
		}
		return true
	})
	return found
}

// content is all text in the element.
func (e *element) content() string {
	var b strings.Builder
	e.all(func(c *element) bool {
		b.WriteString(c.text)
		return true
	})
	return b.String()
}

// within tells whether the element or one around it has the name or class.
func (e *element) within(what ...string) bool {
	for ; e != nil; e = e.parent {
		for _, class := range append(strings.Fields(e.attrs["class"]), e.name) {
			if slices.Contains(what, class) {
				return true
			}
		}
	}
	return false
}

// readPage reads a page, which is written so that a reader of XML can follow it.
func readPage(t testing.TB, page []byte) *element {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &element{name: "root"}
	at := root
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page cannot be read: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attrs: map[string]string{}, parent: at}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			at.children = append(at.children, e)
			at = e
		case xml.EndElement:
			if token.Name.Local != at.name {
				t.Fatalf("</%s> ends <%s>", token.Name.Local, at.name)
			}
			at = at.parent
		case xml.CharData:
			at.children = append(at.children, &element{name: textNode, text: string(token), parent: at})
		}
	}
	if at != root {
		t.Fatalf("<%s> has no end", at.name)
	}
	return root
}

// htmlOf is the page of a report.
func htmlOf(t testing.TB, r *report.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// jsonOf is the report in its JSON form, numbers as they are written there.
func jsonOf(t testing.TB, r *report.Report) any {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&b)
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// resolve follows a JSON pointer.
func resolve(v any, path string) (any, error) {
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		part, err := url.PathUnescape(part) // as a fragment of a URI
		if err != nil {
			return nil, err
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[part]
			if !ok {
				return nil, fmt.Errorf("%s: no member %q", path, part)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(at) {
				return nil, fmt.Errorf("%s: no element %q of %d", path, part, len(at))
			}
			v = at[i]
		default:
			return nil, fmt.Errorf("%s: %q is within a %T", path, part, v)
		}
	}
	return v, nil
}

// numbersIn lists where a JSON value has numbers.
func numbersIn(v any, at string, yield func(path string, n json.Number)) {
	switch v := v.(type) {
	case json.Number:
		yield(at, v)
	case map[string]any:
		for k, x := range v {
			numbersIn(x, at+pointer(k), yield)
		}
	case []any:
		for i, x := range v {
			numbersIn(x, at+pointer(i), yield)
		}
	}
}

// reads tells whether a text for people stands for a number, as exactly as its
// decimals say.
func reads(text string, value float64) bool {
	if text == "no change" {
		return value == 0
	}
	s, unit := text, 1.0
	for _, u := range []struct {
		name string
		of   float64
	}{{" %", 0.01}, {" points", 0.01}, {" ms", 1}, {" h", 1}, {" d", 1}} {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = rest, u.of
		}
	}
	bound := ""
	for _, p := range []string{"<", ">", "≥ ", "×", "+"} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			s, bound = rest, p
		}
	}
	s = strings.ReplaceAll(s, ",", "")
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return false
	}
	x *= unit
	switch bound {
	case "<":
		return value > 0 && value < x
	case ">":
		return value < 1 && value > x
	}
	_, fraction, _ := strings.Cut(s, ".")
	half := unit * math.Pow10(-len(fraction)) / 2
	if bound == "≥ " {
		half *= 2 // rounded down is honest too
	}
	return math.Abs(x-value) <= half*1.0001
}

func TestReads(t *testing.T) {
	for _, c := range []struct {
		text  string
		value float64
		want  bool
	}{
		{"1,234", 1234, true},
		{"1,234", 1235, false},
		{"12.34 %", 0.12344, true},
		{"12.34 %", 0.1244, false},
		{"+0.49 points", 0.004931, true},
		{"<0.01 %", 0.00001, true},
		{"<0.01 %", 0.01, false},
		{">99.99 %", 0.99995, true},
		{"no change", 0, true},
		{"no change", 1, false},
		{"×1.60", 1.6, true},
		{"-12", -12, true},
		{"+12", -12, false},
		{"84.5 ms", 84.51, true},
		{"≥ 12 %", 0.1199, true},
		{"", 0, false},
		{"-", 0, false},
	} {
		if got := reads(c.text, c.value); got != c.want {
			t.Errorf("%q stands for %v: %v", c.text, c.value, got)
		}
	}
}
