package parse

import (
	"strings"
	"testing"
	"unsafe"
)

// The three ways to read an object note the same values and end alike.
func FuzzWalk(f *testing.F) {
	for _, l := range seedLines() {
		f.Add([]byte(l))
	}
	for _, l := range plainLines() {
		f.Add([]byte(l))
	}
	ps := newPaces(f)
	f.Fuzz(func(t *testing.T, b []byte) { ps.same(t, b) })
}

func plainLines() []string {
	long := strings.Repeat("x", 200)
	return []string{
		`{"a":1,"status":200,"time":"x","uri":"/","status":201}`, `{"status":2,"x":3}`, `{"uri":"` + long + `","status":1,"b":[],"c":"d"}`,
		`{"` + long + `":"y","status":12345678,"msec":1.5 ,"a":""}`, `{ "status" : 200 , "uri" : "/" }`, `{"status": 200, "uri": "/", "method": "GET"}`,
		`{"stat\u0075s":200,"uri":"/","method":"\"","status":1}`, `{"a":,"uri":"/","method":"GET","host":"x"}`, `{"a":1:2,"uri":"/","method":"GET","host":"x"}`,
		`{"a":"b""uri":"/","method":"GET","host":"x"}`, `{"status":2/0,"uri":"/","method":"GET","host":"x"}`, `{"status":200x,"uri":"/","method":"GET","host":"x"}`,
		`{"status":-1,"a":1e5,"b":+3,"c":123456789,"d":true,"uri":"/","method":"GET"}`, `{"a":"","b":" ","headers":{"X-Qoder-Beta":"q","user-agent":"c"},"uri":"/"}`,
		`{"uri":"/","method":"GET","aaaaaaaaaaaaaaaaaaaaaaaaaaa":"1"}x`, `{"uri":"/","method":"GET","remote_user":"a"} `, `{"uri":"/","method":"GET","remote_user":"a",}`,
		`{"uri":"/","method":"GET",  "remote_user":"a","status":1 }`,
	}
}

// paces are a parser for each way.
type paces [3]*Parser

func newPaces(t testing.TB) *paces {
	var ps paces
	for k := range ps {
		p, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		p.entry.pace = pace(k)
		ps[k] = p
	}
	return &ps
}

func (ps *paces) same(t *testing.T, b []byte) {
	t.Helper()
	i := skipBlank(b, 0)
	if i == len(b) || b[i] != '{' {
		return
	}
	var end [3]int
	var st [3]scanEnd
	for k, p := range ps {
		p.entry.own.build(b)
		p.entry.begin()
		end[k], st[k] = p.entry.object(&p.entry.own, b, i, p.entry.root, 0)
	}
	want := &ps[careful].entry
	for _, k := range []pace{fastest, portable} {
		got := &ps[k].entry
		if end[k] != end[careful] || st[k] != st[careful] || got.deep != want.deep || (got.members == 0) != (want.members == 0) {
			t.Fatalf("way %d ends at %d %v, the careful one at %d %v: %q", k, end[k], st[k], end[careful], st[careful], b)
		}
		for s := 1; s < len(want.slots); s++ {
			x, y := got.get(s), want.get(s)
			if (x == nil) != (y == nil) || x != nil && *x != *y {
				t.Fatalf("way %d notes %+v in slot %d, the careful one %+v: %q", k, x, s, y, b)
			}
		}
	}
}

// Every line cut at every byte, at every distance from the words' edges.
func TestWalkPaces(t *testing.T) {
	ps := newPaces(t)
	lines := plainLines()
	for _, l := range seedLines() {
		lines = append(lines, l)
	}
	for _, l := range lines {
		for shift := range 9 {
			b := []byte(strings.Repeat(" ", shift*7) + l)
			for n := len(b); n >= max(0, len(b)-300); n-- {
				ps.same(t, b[:n:n])
			}
		}
	}
}

// walkPlain knows where the fields lie.
func TestLayout(t *testing.T) {
	var l look
	var p place
	var v value
	got := [...]uintptr{
		unsafe.Offsetof(l.seed), unsafe.Offsetof(l.table), unsafe.Offsetof(l.places),
		unsafe.Offsetof(p.first), unsafe.Offsetof(p.mid), unsafe.Offsetof(p.tail), unsafe.Offsetof(p.size), unsafe.Offsetof(p.slot), unsafe.Sizeof(p),
		unsafe.Offsetof(v.start), unsafe.Offsetof(v.end), unsafe.Offsetof(v.gen), unsafe.Offsetof(v.kind), unsafe.Offsetof(v.cut), unsafe.Sizeof(v),
		uintptr(kindString), uintptr(kindScalar),
	}
	if want := [...]uintptr{0, 8, 4104, 0, 8, 16, 24, 28, 32, 0, 4, 8, 12, 13, 16, 1, 2}; got != want {
		t.Errorf("laid out as %v, not %v", got, want)
	}
}
