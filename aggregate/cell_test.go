package aggregate

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// TestSizes: Bytes counts with constants; they are those of the structs.
func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, want uintptr
	}{
		{"cell", unsafe.Sizeof(cell{}), cellBytes},
		{"callerSet", unsafe.Sizeof(callerSet{}), setBytes},
		{"foldHist", unsafe.Sizeof(foldHist{}), histBytes},
		{"key: comparing it is comparing memory", unsafe.Sizeof(key{}), 64},
		{"dictVal and its place in the map", unsafe.Sizeof(dictVal{}) + 48, dictValBytes},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d bytes, counted as %d", tt.name, tt.got, tt.want)
		}
	}
}

// eachField calls f with a key in which one field at a time is set.
func eachField(f func(name string, k key)) {
	for field := range reflect.TypeFor[key]().Fields() {
		if strings.HasPrefix(field.Name, "_") {
			continue
		}
		var k key
		// The fields are not exported: write through their addresses.
		p := unsafe.Add(unsafe.Pointer(&k), field.Offset)
		switch field.Type.Size() {
		case 8:
			*(*uint64)(p) = 1
		case 4:
			*(*uint32)(p) = 1
		case 2:
			*(*uint16)(p) = 1
		default:
			*(*uint8)(p) = 1
		}
		f(field.Name, k)
	}
}

// TestHashSeesEveryField, so that no dimension piles up in one chain.
func TestHashSeesEveryField(t *testing.T) {
	var zero key
	seen := map[uint64]string{zero.hash(): "nothing"}
	eachField(func(name string, k key) {
		h := k.hash()
		if other, ok := seen[h]; ok {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[h] = name
	})
	if len(seen) != 22 {
		t.Errorf("%d hashes", len(seen))
	}
}

// TestHashSpreads dense ids over the table.
func TestHashSpreads(t *testing.T) {
	const slots = 1 << 14
	used := map[uint64]bool{}
	n := 0
	for minute := range 32 {
		for route := range 32 {
			for status := range 8 {
				k := key{kind: KindRequest, time: uint32(minute * 60), route: uint32(route), method: 2, status: uint16(200 + status)}
				used[k.hash()%slots] = true
				n++
			}
		}
	}
	// n balls into 2n slots hit about 39 % of them.
	if got := float64(len(used)) / slots; got < 0.37 {
		t.Errorf("%d keys use %.0f %% of %d slots", n, 100*got, slots)
	}
}

func TestCells(t *testing.T) {
	var c cells
	r := rand.New(rand.NewPCG(1, 2))
	want := map[key]int64{}
	for range 20_000 {
		k := key{time: uint32(r.IntN(50)), route: uint32(r.IntN(50)), caller: uint64(r.IntN(2))}
		p, made := c.at(&k)
		if _, known := want[k]; known == made {
			t.Fatalf("%v: made %v", k, made)
		}
		c.slab[p].n++
		want[k]++
	}
	check := func() {
		t.Helper()
		got := map[key]int64{}
		for i := range c.slab {
			got[c.slab[i].key] = c.slab[i].n
		}
		if !reflect.DeepEqual(got, want) || len(c.slab) != len(want) {
			t.Errorf("%d cells, want %d", len(c.slab), len(want))
		}
	}
	check()
	// Half of the keys become equal to others.
	merged := map[key]int64{}
	for k, n := range want {
		k.route /= 2
		merged[k] += n
	}
	want = merged
	for i := range c.slab {
		c.slab[i].route /= 2
	}
	c.rekey(func(into, from *cell) { into.n += from.n })
	check()
	for k := range want {
		if _, made := c.at(&k); made {
			t.Fatalf("%v was lost", k)
		}
	}
	c.reset()
	if c.bytes() != 0 {
		t.Errorf("%d bytes after a reset", c.bytes())
	}
	if _, made := c.at(&key{}); !made {
		t.Error("a reset table knows a key")
	}
}

func TestDict(t *testing.T) {
	var d dict
	d.init(2)
	ids := map[string]uint32{}
	add := func(s string, n int) {
		for range n {
			id := d.id([]byte(s))
			if old, ok := ids[s]; ok && old != id {
				t.Fatalf("%q: id %d, then %d", s, old, id)
			}
			ids[s] = id
		}
	}
	add("", 3)
	add(Other, 2)
	add("b", 2)
	add("a", 2)
	add("a long value that is cut", 1)
	add("c", 2)
	add("free", 1)
	d.exempt(ids["free"])
	d.exempt(ids["free"])
	if ids[""] != idNone || ids[Other] != idOther {
		t.Errorf("ids %v", ids)
	}
	remap, lost := d.prune()
	if lost != 3 || d.named != 2 {
		t.Errorf("%d lost, %d named", lost, d.named)
	}
	for s, want := range map[string]string{"": "", Other: Other, "a": "a", "b": "b", "c": Other, "a long value that is cut": Other, "free": "free"} {
		if got := d.vals[remap[ids[s]]].s; got != want {
			t.Errorf("%q became %q", s, got)
		}
	}
	clear(ids)
	add("a", 1)
	add("c", 1)
	if v := d.vals[ids["a"]]; v.n != 3 {
		t.Errorf("a was counted %d times", v.n)
	}
	if v := d.vals[ids["c"]]; v.n != 1 {
		t.Errorf("c, anew, was counted %d times", v.n)
	}
	rank, vals := d.sorted()
	var got []string
	for _, v := range vals {
		got = append(got, v.s)
	}
	if d := cmp.Diff([]string{"", Other, "a", "b", "c", "free"}, got); d != "" {
		t.Error(d)
	}
	if vals[rank[ids["c"]]].s != "c" {
		t.Errorf("ranks %v", rank)
	}
	if again, lost := d.prune(); again == nil || lost != 1 {
		t.Errorf("pruning the third value: %v, %d", again, lost)
	}
	if again, _ := d.prune(); again != nil {
		t.Error("pruned twice")
	}
	d.reset()
	if d.size != 0 || d.named != 0 || len(d.vals) != 2 {
		t.Errorf("after a reset: %+v", d.vals)
	}
}

// TestDictSize follows its values, so that a fold knows what it takes.
func TestDictSize(t *testing.T) {
	var d dict
	d.init(1)
	d.id([]byte("four"))
	d.id([]byte("four"))
	d.id([]byte("sixsix"))
	if d.size != 10+2*dictValBytes {
		t.Errorf("size %d", d.size)
	}
	if d.prune(); d.size != 4+dictValBytes {
		t.Errorf("size after pruning %d", d.size)
	}
}

func TestArena(t *testing.T) {
	var a arena
	x := a.alloc(8)
	for i := range x {
		x[i] = 1
	}
	a.free(x)
	if y := a.alloc(8); &y[0] != &x[0] || slices.Max(y) != 0 {
		t.Error("freed words are not used again, or not cleared")
	}
	a.alloc(16)
	if a.bytes() != 24*8 {
		t.Errorf("%d bytes", a.bytes())
	}
	// Slices never overlap, over many chunks.
	a.reset()
	var all [][]uint64
	for i := range 300 {
		w := a.alloc(1 << (i % 12))
		if len(w) != cap(w) {
			t.Fatal("a slice can grow into its neighbour")
		}
		for j := range w {
			if w[j] != 0 {
				t.Fatal("words are not cleared")
			}
			w[j] = uint64(i)
		}
		all = append(all, w)
	}
	for i, w := range all {
		if slices.Min(w) != uint64(i) || slices.Max(w) != uint64(i) {
			t.Fatalf("slice %d was written over", i)
		}
	}
	chunks := len(a.chunks)
	a.reset()
	for i := range 300 {
		a.alloc(1 << (i % 12))
	}
	if len(a.chunks) != chunks {
		t.Errorf("%d chunks, then %d", chunks, len(a.chunks))
	}
}

func TestDays(t *testing.T) {
	var d dayBits
	for _, s := range []int64{0, minTime, minTime + 86399, minTime + 86400, maxTime - 1, maxTime - 86400, 0} {
		d.add(s)
	}
	if d.n != 4 {
		t.Errorf("%d days", d.n)
	}
	if days := int64(daysKept); minTime+days*86400 != maxTime {
		t.Errorf("%d days are kept", days)
	}
}

// TestCompare orders keys by each column in the order of docs/schema.md.
func TestCompare(t *testing.T) {
	columns := []func(*Key){
		func(k *Key) { k.Kind = 1 }, func(k *Key) { k.Time = 1 }, func(k *Key) { k.Source = "s" }, func(k *Key) { k.Route = "s" },
		func(k *Key) { k.Method = "s" }, func(k *Key) { k.Status = 1 }, func(k *Key) { k.Type = "s" }, func(k *Key) { k.Code = "s" },
		func(k *Key) { k.Param = "s" }, func(k *Key) { k.ParamSource = "s" }, func(k *Key) { k.Feature = "s" }, func(k *Key) { k.AvailableFrom = "s" },
		func(k *Key) { k.Reason = "s" }, func(k *Key) { k.Shape = "s" }, func(k *Key) { k.Origin = "s" }, func(k *Key) { k.Template = "s" },
		func(k *Key) { k.Client = "s" }, func(k *Key) { k.Auth = "s" }, func(k *Key) { k.Retry = "s" }, func(k *Key) { k.Finding = "s" },
		func(k *Key) { k.X1 = "s" }, func(k *Key) { k.X2 = "s" }, func(k *Key) { k.X3 = "s" }, func(k *Key) { k.Caller = 1 },
		func(k *Key) { k.Lane = "s" }, func(k *Key) { k.Pos = 1 },
	}
	if n := reflect.TypeFor[Key]().NumField(); n != len(columns) {
		t.Fatalf("%d columns are tested, a key has %d", len(columns), n)
	}
	for i, set := range columns {
		// This column against all that come after it.
		var x, y Key
		set(&x)
		for _, later := range columns[i+1:] {
			later(&y)
		}
		if x.Compare(&y) != 1 || y.Compare(&x) != -1 || x.Compare(&x) != 0 {
			t.Errorf("column %d does not come before the later ones", i)
		}
	}
}

func TestGrains(t *testing.T) {
	var got []string
	for k := KindRequest; k <= KindLedger; k++ {
		got = append(got, k.String()+" "+(time.Duration(k.Grain())*time.Second).String())
	}
	want := []string{
		"request 1m0s", "error 1m0s", "rclient 1h0m0s", "eclient 1h0m0s", "finding 1h0m0s", "read 1h0m0s", "sample 10m0s",
		"template 24h0m0s", "demand 24h0m0s", "adopt 24h0m0s", "active 1h0m0s", "watermark 24h0m0s", "ledger 24h0m0s",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestMergeRules has each measure's rule.
func TestMergeRules(t *testing.T) {
	k := Key{Kind: KindError, Time: 60, Source: "s"}
	a := Row{
		Key: k, N: 1, Extra: 2, Bytes: 3, NNoCaller: 4, First: 50, Last: 60, Text: "b", WM: 7,
		Hist: []BucketCount{{1, 1}}, Callers: []CallerCount{{1, 1}, {5, 2}},
	}
	b := Row{
		Key: k, N: 10, Extra: 20, Bytes: 30, NNoCaller: 40, First: 40, Last: 55, Text: "a", WM: 9,
		Hist: []BucketCount{{1, 5}, {2, 1}}, Callers: []CallerCount{{5, 3}},
	}
	other := Row{Key: Key{Kind: KindRequest, Source: "s"}, N: 1}
	want := []Row{other, {
		Key: k, N: 11, Extra: 22, Bytes: 33, NNoCaller: 44, First: 40, Last: 60, Text: "a", WM: 9,
		Hist: []BucketCount{{1, 6}, {2, 1}}, Callers: []CallerCount{{1, 1}, {5, 5}},
	}}
	for _, rows := range [][]Row{{a, b, other}, {other, b, a}} {
		if d := cmp.Diff(want, Merge(rows)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	if got := Merge(nil); len(got) != 0 {
		t.Errorf("nothing merges to %v", got)
	}
}
