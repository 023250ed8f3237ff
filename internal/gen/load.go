package gen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxScenarioFile bounds a scenario file: one is a page, not a log.
const maxScenarioFile = 1 << 20

// Load returns a builtin scenario by name, or the one in a YAML file.
func Load(nameOrFile string) (Scenario, error) {
	if s, ok := builtin(nameOrFile); ok {
		return s, nil
	}
	f, err := os.Open(nameOrFile)
	if errors.Is(err, os.ErrNotExist) && !strings.ContainsAny(nameOrFile, "./\\") {
		return Scenario{}, fmt.Errorf("no scenario %q: builtin are %s, anything else is a YAML file", nameOrFile, strings.Join(Scenarios(), ", "))
	}
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxScenarioFile+1))
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario: %w", err)
	}
	return parseScenario(nameOrFile, text)
}

// parseScenario reads a scenario file. Errors name the file, the line where
// YAML knows it, and the key.
func parseScenario(name string, text []byte) (Scenario, error) {
	if len(text) > maxScenarioFile {
		return Scenario{}, fmt.Errorf("%s: over %d bytes: not a scenario", name, maxScenarioFile)
	}
	var head struct {
		Base string `yaml:"base"`
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return Scenario{}, explain(name, err)
	}
	if head.Base == "" {
		head.Base = "small"
	}
	s, ok := builtin(head.Base)
	if !ok {
		return Scenario{}, fmt.Errorf("%s: base: no scenario %q: builtin are %s", name, head.Base, strings.Join(Scenarios(), ", "))
	}
	s.Name = ""
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return Scenario{}, explain(name, err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Scenario{}, fmt.Errorf("%s: more than one YAML document", name)
	}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(strings.TrimSuffix(name[strings.LastIndexAny(name, "/\\")+1:], ".yaml"), ".yml")
	}
	if err := s.validate(); err != nil {
		return Scenario{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

var (
	yamlLine    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlUnknown = regexp.MustCompile(`^field (\S+) not found in type gen\.(\w+)$`)
)

// explain turns the decoder's errors into FILE:LINE: what is wrong.
func explain(name string, err error) error {
	lines := []string{err.Error()}
	if te, ok := errors.AsType[*yaml.TypeError](err); ok {
		lines = nil
		for _, e := range te.Errors {
			lines = append(lines, fmt.Sprint(e))
		}
	}
	var errs []error
	for _, l := range lines {
		m := yamlLine.FindStringSubmatch(l)
		if m == nil {
			l = strings.TrimPrefix(l, "yaml: ")
			// yaml.v3 knows neither line nor key of a list that is too short
			l = strings.Replace(l, "invalid array: want 24 elements", "daily: want 24 values", 1)
			l = strings.Replace(l, "invalid array: want 7 elements", "weekly: want 7 values", 1)
			errs = append(errs, fmt.Errorf("%s: %s", name, l))
			continue
		}
		text := m[2]
		if u := yamlUnknown.FindStringSubmatch(text); u != nil {
			text = fmt.Sprintf("unknown key %q", u[1])
			if near := nearest(u[1], keysOf(u[2])); near != "" {
				text += fmt.Sprintf(": do you mean %q?", near)
			}
		}
		errs = append(errs, fmt.Errorf("%s:%s: %s", name, m[1], text))
	}
	return errors.Join(errs...)
}

// keysOf lists the YAML keys of one of the scenario's types.
func keysOf(typ string) []string {
	for _, v := range []any{Scenario{}, Types{}, Incident{}, Storm{}, Feature{}, Shapes{}, Bodies{}, Lines{}, ResponseFilter{}} {
		t := reflect.TypeOf(v)
		if t.Name() != typ {
			continue
		}
		var keys []string
		for i := range t.NumField() {
			keys = append(keys, t.Field(i).Tag.Get("yaml"))
		}
		return keys
	}
	return nil
}

// nearest is the key with the fewest edits, if these are few.
func nearest(key string, keys []string) string {
	best, at := 1+len(key)/2, ""
	for _, k := range keys {
		if d := edits(key, k); d < best {
			best, at = d, k
		}
	}
	return at
}

func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], slices.Min([]int{row[j+1] + 1, row[j] + 1, diag + cost})
		}
	}
	return row[len(b)]
}
