package gen

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBuiltinScenariosAreValid(t *testing.T) {
	for _, name := range Scenarios() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Name != name {
			t.Errorf("%s calls itself %s", name, s.Name)
		}
		if err := s.validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFileChangesItsBase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	text := `base: demo
days: 3
incidents:
  - {type: api_error, route: "*", before: 26h, lasts: 90m, factor: 5}
features: []
storms: []
bodies: {cut: 7}
daily: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	want := demo()
	want.Name, want.Base, want.Days = "mine", "demo", 3
	want.Incidents = []Incident{{Type: "api_error", Route: "*", Before: 26 * time.Hour, Lasts: 90 * time.Minute, Factor: 5}}
	want.Features, want.Storms = []Feature{}, []Storm{}
	want.Bodies.Cut = 7
	for h := range want.Daily {
		want.Daily[h] = 1
	}
	want.Daily[23] = 2
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnEmptyFileIsSmall(t *testing.T) {
	got, err := parseScenario("x/empty.yml", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := small()
	want.Name = "empty"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"dayz: 3\n", `s.yaml:1: unknown key "dayz": do you mean "days"?`},
		{"days: 3\nbodies:\n  object: 1\n  qut: 3\n", `s.yaml:4: unknown key "qut": do you mean "cut"?`},
		{"days: 3\nincidents:\n  - typ: api_error\n", `s.yaml:3: unknown key "typ": do you mean "type"?`},
		{"zzzzzzzzz: 3\n", `s.yaml:1: unknown key "zzzzzzzzz"`},
		{"days: many\n", "s.yaml:1: cannot unmarshal !!str `many` into int"},
		{"days: 0\n", "s.yaml: days: 0 is not in 1..3660"},
		{"base: huge\n", `s.yaml: base: no scenario "huge": builtin are demo, small, clean, hostile, errors`},
		{"daily: [1,2]\n", "s.yaml: daily: want 24 values but got 2"},
		{"weekly: [1,2,3,4,5,6,7,8]\n", "s.yaml: weekly: want 7 values but got 8"},
		{"a: [\n", "s.yaml:1: did not find expected node content"},
		{"days: 3\n---\ndays: 4\n", "s.yaml: more than one YAML document"},
		{"logs: some\n", `s.yaml: logs: "some" is none of access, response, both`},
		{
			"days: 1\nincidents: []\nstorms:\n  - {type: nope, method: GET, route: /agents, before: 2h, lasts: 1h, per_minute: 1}\n",
			`s.yaml: storms[0].type: "nope" is none of invalid_request_error, authentication_error, permission_error, not_found_error, conflict_error, api_error, rate_limit_error, gateway, client, unknown`,
		},
		{"storms: []\nincidents:\n  - {type: api_error, method: PUT, route: /agents, before: 2h, lasts: 1h, factor: 2}\n", `s.yaml: incidents[0].route: no operation "PUT /agents"`},
		{"storms: []\nincidents:\n  - {type: api_error, route: '*', before: 2h, lasts: 3h, factor: 2}\n", "s.yaml: incidents[0].lasts: 3h0m0s is not between 0 and before (2h0m0s)"},
		{"storms: []\nincidents:\n  - {type: api_error, route: '*', before: 200h, lasts: 3h, factor: 2}\n", "s.yaml: incidents[0].before: 200h0m0s is not inside the 7 days"},
		{"features:\n  - {name: 'a b', method: POST, route: /files}\n", "s.yaml: features[0]: blanks, commas, quotes and backslashes cannot stand in a beta header"},
		{"lines: {cut: 200000}\n", "s.yaml: lines.cut: 200000 is not in 0..100000"},
		{"weekly: [0,0,0,0,0,0,0]\n", "s.yaml: daily and weekly: all zero"},
		{"types: {invalid_request_error: 0, authentication_error: 0, permission_error: 0, not_found_error: 0, conflict_error: 0, api_error: 0, rate_limit_error: 0, gateway: 0, client: 0, unknown: 0}\n", "s.yaml: types: all zero"},
		{strings.Repeat("#", maxScenarioFile+1), "s.yaml: over 1048576 bytes: not a scenario"},
	} {
		_, err := parseScenario("s.yaml", []byte(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%.80q:\ngot  %v\nwant %s", c.text, err, c.want)
		}
	}
	if _, err := parseScenario("s.yaml", []byte("days: 0\ncallers: 0\n")); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two mistakes, got %v", err)
	}
	if _, err := Load("dmeo"); err == nil || err.Error() != `no scenario "dmeo": builtin are demo, small, clean, hostile, errors, anything else is a YAML file` {
		t.Errorf("got %v", err)
	}
	if _, err := Load("./nothing.yaml"); err == nil || !strings.HasPrefix(err.Error(), "scenario: open ./nothing.yaml") {
		t.Errorf("got %v", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory is a scenario")
	}
}

// TestEveryKeyHasItsBound: each share of Bodies and Lines is checked and, as a
// share, can be set to all without breaking a run.
func TestEveryKeyHasItsBound(t *testing.T) {
	s := small()
	known := map[string]bool{}
	for _, w := range s.weights() {
		known[w.name] = true
	}
	for _, x := range []struct {
		key string
		v   any
	}{{"bodies.", s.Bodies}, {"lines.", s.Lines}} {
		typ := reflect.TypeOf(x.v)
		for i := range typ.NumField() {
			if f := typ.Field(i); f.Type.Kind() == reflect.Int && !known[x.key+f.Tag.Get("yaml")] {
				t.Errorf("%s%s has no bound", x.key, f.Tag.Get("yaml"))
			}
		}
	}
}

// FuzzScenario: whatever stands in a file, it is refused with an error or runs.
func FuzzScenario(f *testing.F) {
	f.Add([]byte("base: hostile\ndays: 1\nrequests_per_day: 50\n"))
	f.Add([]byte("days: 2\nbodies: {long: 100000, thrice: 100000}\nlines: {cut: 100000}\n"))
	f.Add([]byte("incidents: [{type: gateway, route: '*', before: 20h, lasts: 20h, factor: 1000, message: '{feature} {id} {x'}]\nstorms: []\n"))
	f.Add([]byte("features: [{name: a, method: GET, route: /agents, share: 100000, ask: 100000}]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseScenario("fuzz.yaml", text)
		if err != nil {
			return
		}
		// valid scenarios may be as large as they like; a test may not
		s.RequestsPerDay, s.Callers = min(s.RequestsPerDay, 200), min(s.Callers, 50)
		var storms []Storm
		for _, st := range s.Storms {
			if st.Before <= day && st.Caller < s.Callers {
				st.PerMinute, st.Lasts = 1, min(st.Lasts, time.Hour)
				storms = append(storms, st)
			}
		}
		s.Storms = storms
		for _, format := range []string{"apisix-array", "nginx-json", "kong", "combined"} {
			var b bytes.Buffer
			truth, err := Run(context.Background(), Config{Scenario: s, Format: format, Days: 1}, &b, nil)
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			var dead int64
			for _, n := range truth.Dead {
				dead += n
			}
			if truth.Entries != truth.Counted+truth.Skipped+dead || truth.Bytes != int64(b.Len()) {
				t.Errorf("%s: %+v", format, truth)
			}
		}
	})
}
