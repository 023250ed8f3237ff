package report

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// poisson draws a count.
func poisson(rng *rand.Rand, mean float64) int {
	if mean > 50 { // the normal is close enough for a test
		return max(0, int(math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
	}
	n, p, limit := 0, 1.0, math.Exp(-mean)
	for {
		if p *= rng.Float64(); p <= limit {
			return n
		}
		n++
	}
}

// gamma draws with mean 1 and the variance 1/shape (Marsaglia and Tsang).
func gamma(rng *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v / shape
		}
	}
}

// weekly is the shape of a week of callers.
var weekly = [7]float64{1.3, 1.25, 1.2, 1.2, 1.1, 0.5, 0.45}

// simulation is two weeks of errors of one source: days have their level, good
// and bad ones, and nothing changes but what is planted.
type simulation struct {
	keys  int
	least float64 // callers a day of the rarest error; the most frequent has 20 times that
	wild  float64 // shape of the gamma by which days differ: smaller is wilder; 0: no days differ
	group int     // so many errors have their good and bad days together
	crowd int     // callers come by so many at a time
	plant map[int]float64
}

func (s simulation) candidates(rng *rand.Rand) []candidate {
	var out []candidate
	levels := make([]float64, 14)
	for k := range s.keys {
		if k%max(s.group, 1) == 0 {
			for d := range levels {
				levels[d] = weekly[d%7]
				if s.wild > 0 {
					levels[d] *= gamma(rng, s.wild)
				}
			}
		}
		mean := s.least * math.Exp(3*rng.Float64())
		c := candidate{series: series{now: make([]float64, 7), old: make([]float64, 7)}}
		var now, old int64
		for d, level := range levels {
			m := mean * level
			if f, ok := s.plant[k]; ok && d >= 7 {
				m *= f
			}
			crowd := max(s.crowd, 1)
			n := int64(crowd * poisson(rng, m/float64(crowd)))
			if d < 7 {
				c.series.old[d] = float64(n)
				old += n
			} else {
				c.series.now[d-7] = float64(n)
				now += n
			}
		}
		c.Errors, c.PreviousErrors = now, old
		c.Source, c.Code = "a", strconv.Itoa(k)
		none := 0.0
		c.Callers, c.PreviousCallers, c.CallersError, c.PreviousCallersError = &now, &old, &none, &none
		if c.weigh() {
			out = append(out, c)
		}
	}
	return out
}

// run judges a simulated report: which of the planted errors were found, and
// how many others.
func (s simulation) run(rng *rand.Rand) (found, wrong int) {
	list := s.candidates(rng)
	for i, q := range benjaminiHochberg(judge(list, 168, 168)) {
		if q > significance {
			continue
		}
		k, _ := strconv.Atoi(list[i].Code)
		if _, ok := s.plant[k]; ok {
			found++
		} else {
			wrong++
		}
	}
	return found, wrong
}

// TestMoversLeaveNoiseOut: weeks of the same rates, wild ones too, have a mover
// in a few of a hundred reports at most.
func TestMoversLeaveNoiseOut(t *testing.T) {
	for _, c := range []struct {
		name string
		s    simulation
	}{
		{"poisson", simulation{keys: 60, least: 1}},
		{"rare", simulation{keys: 60, least: 0.3}},
		{"frequent", simulation{keys: 60, least: 20}},
		{"days differ by a third", simulation{keys: 60, least: 2, wild: 9}},
		{"days differ by half", simulation{keys: 60, least: 2, wild: 4}},
		{"days differ by all", simulation{keys: 60, least: 2, wild: 1}},
		{"together", simulation{keys: 60, least: 2, wild: 9, group: 6}},
		{"frequent and wild, together", simulation{keys: 60, least: 20, wild: 9, group: 6}},
		{"crowds", simulation{keys: 60, least: 2, crowd: 3}},
		{"few errors", simulation{keys: 4, least: 2, wild: 4}},
		{"many errors", simulation{keys: 500, least: 1, wild: 9}},
	} {
		const reports, most = 400, 24
		rng := rand.New(rand.NewPCG(11, 5))
		with := 0
		for range reports {
			if _, wrong := c.s.run(rng); wrong > 0 {
				with++
			}
		}
		if with > most {
			t.Errorf("%s: %d of %d reports of noise have movers, want at most %d", c.name, with, reports, most)
		}
	}
}

// TestMoversFindWhatIsPlanted: three times as many callers, or a third of them,
// are found where there are enough to tell, and little else.
func TestMoversFindWhatIsPlanted(t *testing.T) {
	plant := map[int]float64{3: 3, 17: 3, 30: 3, 41: 1.0 / 3}
	for _, c := range []struct {
		name  string
		s     simulation
		least int // of 400
	}{
		{"poisson", simulation{keys: 60, least: 4, plant: plant}, 380},
		{"frequent", simulation{keys: 60, least: 20, plant: plant}, 400},
		{"days differ by a third", simulation{keys: 60, least: 10, wild: 9, plant: plant}, 375},
		{"together", simulation{keys: 60, least: 10, wild: 9, group: 6, plant: plant}, 375},
		{"crowds", simulation{keys: 60, least: 10, crowd: 3, plant: plant}, 380},
		{"many errors", simulation{keys: 500, least: 10, wild: 9, plant: plant}, 350},
	} {
		rng := rand.New(rand.NewPCG(12, 5))
		found, wrong := 0, 0
		for range 100 {
			f, w := c.s.run(rng)
			found += f
			wrong += w
		}
		if found < c.least || 8*wrong > found {
			t.Errorf("%s: %d of 400 planted changes found, want %d; %d others", c.name, found, c.least, wrong)
		}
	}
}

// fortnight is errors of two weeks by day, as many callers a day as said.
func fortnight(code string, old, now int) []entry {
	var out []entry
	for d := range 14 {
		n := old
		if d >= 7 {
			n = now
		}
		for i := range n {
			e := fail(at(9+d, i%24, i%60), "bad", "/r", uint64(1+d*1000+i)<<40)
			e.code = code
			out = append(out, e)
		}
	}
	return out
}

// TestMoversOfAStore: from rows to the list.
func TestMoversOfAStore(t *testing.T) {
	var entries []entry
	entries = append(entries, fortnight("tripled", 5, 15)...)
	entries = append(entries, fortnight("third", 30, 10)...)
	entries = append(entries, fortnight("as ever", 10, 10)...)
	entries = append(entries, fortnight("begun", 0, 8)...)
	entries = append(entries, fortnight("ended", 8, 0)...)
	entries = append(entries, fortnight("(other)", 5, 50)...)
	for i := range 14 * 10 { // nobody knows who they are
		e := fail(at(9+i/10, i%10, 0), "bad", "/nobody", 0)
		e.n = int64(1 + i/70*4)
		entries = append(entries, e)
	}
	entries = append(entries, fail(at(9, 0, 0), "bad", "/small", 1), fail(at(16, 0, 0), "bad", "/small", 2),
		ok(at(9, 0, 20), 1), ok(at(22, 23, 40), 1))
	rep := build(t, hold(t, entries), week())
	type row struct {
		code, basis, direction string
		change                 int64
		factor                 float64
	}
	var got []row
	for _, m := range rep.Movers {
		r := row{m.Code, m.Basis, m.Direction, m.Change, -1}
		if m.Factor != nil {
			r.factor = *m.Factor
		}
		got = append(got, r)
		if m.P > m.Q || m.Q > significance || m.Template == "" || m.TemplateText != "text of "+m.Template {
			t.Errorf("mover %+v", m)
		}
	}
	want := []row{
		{"third", "callers", "down", -140, 10.0 / 30},
		{"tripled", "callers", "up", 70, 3},
		{"begun", "callers", "up", 56, -1},
		{"ended", "callers", "down", -56, 0},
		{"", "errors", "up", 280, 5},
	}
	if len(got) != len(want) {
		t.Fatalf("movers %+v, want %+v", got, want)
	}
	for i := range want {
		if math.Abs(got[i].factor-want[i].factor) > 1e-12 {
			t.Errorf("mover %d: factor %v, want %v", i, got[i].factor, want[i].factor)
		}
		got[i].factor = want[i].factor
		if got[i] != want[i] {
			t.Errorf("mover %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if rep.Found.Tested != 6 || rep.Found.Movers != 5 {
		t.Errorf("found %+v", rep.Found)
	}
}

// TestMoversOfADay: short ranges are compared by hour.
func TestMoversOfADay(t *testing.T) {
	var entries []entry
	for h := range 24 {
		for i := range 4 {
			entries = append(entries, fail(at(16, h, i), "bad", "/r", uint64(1+h*10+i)<<40))
			entries = append(entries, fail(at(16, h, i), "even", "/r", uint64(1+h*10+i)<<40))
			if i == 0 {
				entries = append(entries, fail(at(15, h, i), "bad", "/r", uint64(1+h*10+i)<<41))
			}
			entries = append(entries, fail(at(15, h, i), "even", "/r", uint64(1+h*10+i)<<41))
		}
	}
	o := week()
	for _, name := range []string{"UTC", "Asia/Kolkata"} {
		o.Zone = zone(t, name)
		o.Since, o.Until = date(16), date(17)
		rep := build(t, hold(t, entries), o)
		if len(rep.Movers) != 1 || rep.Movers[0].Type != "bad" || rep.Movers[0].Change != 72 {
			t.Errorf("%s: movers %+v", name, rep.Movers)
		}
	}
}

// TestMoversOfAPart: what is not held of the compared range is no length of it.
func TestMoversOfAPart(t *testing.T) {
	var entries []entry
	for d := range 10 { // the same rate from the 13th on: three days and a week
		for i := range 24 {
			e := fail(at(13+d, i, 0), "bad", "/r", uint64(1+d*100+i)<<40)
			entries = append(entries, e)
		}
	}
	rep := build(t, hold(t, entries), week())
	if len(rep.Movers) != 0 || rep.Found.Tested != 1 {
		t.Errorf("movers %+v of %d tested", rep.Movers, rep.Found.Tested)
	}
	if !hasNote(rep, "held in part only, from 2026-11-13 on: 3 days of 7 days") || rep.History.Enough || rep.Previous == nil {
		t.Errorf("notes %q, history %+v", rep.Notes, rep.History)
	}
}

// TestEstimatesBringTheirError: a change within the error of estimates is none.
func TestEstimatesBringTheirError(t *testing.T) {
	exact := twoSided(count{n: 1200}, count{n: 1000}, 1, 1, 1, 1000)
	rough := twoSided(count{1200, 75}, count{1000, 63}, 1, 1, 1, 1000)
	if exact > 0.001 || rough < 0.03 {
		t.Errorf("p of 1200 against 1000: exact %v, estimated %v", exact, rough)
	}
	// Twice the time explains twice the count.
	if p := twoSided(count{n: 200}, count{n: 100}, 2, 1, 1, 1000); p < 0.9 {
		t.Errorf("p of 200 in two weeks against 100 in one: %v", p)
	}
	if p := twoSided(count{}, count{}, 1, 1, 1, 5); p != 1 {
		t.Errorf("p of nothing: %v", p)
	}
}

// TestStudentTail holds the distribution to a table of it.
func TestStudentTail(t *testing.T) {
	for _, c := range []struct{ t, df, p float64 }{
		{12.7062, 1, 0.05},
		{4.3027, 2, 0.05},
		{2.2281, 10, 0.05},
		{3.0545, 12, 0.01},
		{4.3178, 12, 0.001},
		{1.9600, 1e7, 0.05},
		{0, 7, 1},
		{0.7, 10, 0.49985},
		{2.0860, 20, 0.05},
		{3.8495, 20, 0.001},
	} {
		if got := studentTail(c.t, c.df); math.Abs(got-c.p) > 2e-5+1e-3*c.p {
			t.Errorf("t %v, df %v: %v, want %v", c.t, c.df, got, c.p)
		}
	}
	if p := studentTail(40, 26); p <= 0 || p > 1e-20 {
		t.Errorf("far out: %v", p)
	}
}

func TestBenjaminiHochberg(t *testing.T) {
	// The example of their paper's procedure: q of the k-th smallest is min p m/j over j >= k.
	p := []float64{0.04, 0.01, 0.03, 0.02, 0.5}
	want := []float64{0.05, 0.05, 0.05, 0.05, 0.5}
	for i, q := range benjaminiHochberg(p) {
		if math.Abs(q-want[i]) > 1e-12 {
			t.Errorf("q of %v is %v, want %v", p[i], q, want[i])
		}
	}
	if q := benjaminiHochberg(nil); len(q) != 0 {
		t.Errorf("q of nothing: %v", q)
	}
}

func TestPearson(t *testing.T) {
	for _, c := range []struct {
		name     string
		s        series
		chi2, df float64
	}{
		{"a common change is none", series{[]float64{20, 40, 60}, []float64{10, 20, 30}}, 0, 2},
		{"a step of both is none", series{[]float64{10, 0, 10}, []float64{10, 0, 10}}, 0, 1},
		{"crosswise", series{[]float64{10, 20}, []float64{20, 10}}, 20.0 / 3, 1},
		{"one side empty", series{[]float64{10, 20}, []float64{0, 0}}, 0, 0},
		{"unknown steps", series{[]float64{-1, 10, 20}, []float64{99, 20, 10}}, 20.0 / 3, 1},
		{"other lengths", series{[]float64{10, 20}, []float64{5, 5, 5}}, 50.0 / 15, 3},
		{"nothing", series{}, 0, 0},
	} {
		chi2, df := c.s.pearson()
		if math.Abs(chi2-c.chi2) > 1e-12 || df != c.df {
			t.Errorf("%s: %v, %v; want %v, %v", c.name, chi2, df, c.chi2, c.df)
		}
	}
	var blind *dispersion
	if blind.at(3) != blindDispersion || (&dispersion{}).at(3) != blindDispersion {
		t.Error("where nothing tells, phi is not that of the blind")
	}
}

func TestTwoDigits(t *testing.T) {
	for x, want := range map[float64]float64{0.0123456: 0.012, 1: 1, 0: 0, 0.996: 1, 3.14e-9: 3.1e-9} {
		if got := twoDigits(x); got != want {
			t.Errorf("%v: %v, want %v", x, got, want)
		}
	}
}
