package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"errata/internal/near"

	"go.yaml.in/yaml/v3"
)

// checkYAML finds everything that is wrong with a file's keys and the types of
// its values. lines says where each key and each element of a list stands.
func checkYAML(file string, text []byte) (lines map[string]int, ps Problems) {
	lines = map[string]int{}
	at := func(line int, format string, args ...any) {
		ps = append(ps, Problem{fmt.Sprintf("%s:%d", file, line), fmt.Sprintf(format, args...)})
	}
	var doc, second yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return lines, nil // empty: all defaults
	case err != nil:
		line, what := yamlError(err)
		at(line, "%s", what)
		return lines, ps
	}
	if err := d.Decode(&second); !errors.Is(err, io.EOF) {
		line := max(second.Line, 1)
		at(line, "a second document: a configuration is one")
		return lines, ps
	}
	// Aliases that hold themselves or multiply without end are found by decoding.
	var tree map[string]any
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return lines, nil
	}
	if root.Kind != yaml.MappingNode {
		at(root.Line, "a configuration is a mapping such as store: {path: errata.db}")
		return lines, ps
	}
	if err := doc.Decode(&tree); err != nil {
		if te, ok := errors.AsType[*yaml.TypeError](err); ok {
			for _, e := range te.Errors {
				line, what := yamlError(errors.New(e))
				at(line, "%s", what)
			}
			return lines, ps
		}
		line, what := yamlError(err)
		at(line, "%s", what)
		return lines, ps
	}
	known := map[string]section{}
	var names []string
	for _, s := range sections() {
		known[s.name] = s
		names = append(names, s.name)
	}
	for _, m := range members(root) {
		s, ok := known[m.name]
		if !ok {
			at(m.line, "unknown key %q%s", m.name, near.DidYouMean(m.name, names))
			continue
		}
		checkSection(s, m, lines, at)
	}
	return lines, ps
}

type member struct {
	name  string
	line  int
	value *yaml.Node
}

func members(n *yaml.Node) []member {
	var ms []member
	for i := 0; i+1 < len(n.Content); i += 2 {
		ms = append(ms, member{n.Content[i].Value, n.Content[i].Line, resolve(n.Content[i+1])})
	}
	return ms
}

// resolve follows an alias; the decoder has made sure that none holds itself.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func checkSection(s section, m member, lines map[string]int, at func(int, string, ...any)) {
	if isNull(m.value) {
		return
	}
	var names []string
	for _, k := range s.keys {
		names = append(names, strings.TrimPrefix(k.path, s.name+"."))
	}
	if m.value.Kind != yaml.MappingNode {
		at(m.value.Line, "%s: a mapping is needed, with the keys %s", s.name, strings.Join(names, ", "))
		return
	}
	for _, f := range members(m.value) {
		k, ok := keysByPath()[s.name+"."+f.name]
		if !ok {
			hint := near.DidYouMean(f.name, names)
			if hint == "" {
				for _, o := range sections() {
					for _, ok := range o.keys {
						if ok.path == o.name+"."+f.name {
							hint = fmt.Sprintf("; %s is a key", ok.path)
						}
					}
				}
			}
			at(f.line, "unknown key %q%s", s.name+"."+f.name, hint)
			continue
		}
		lines[k.path] = f.line
		switch {
		case isNull(f.value):
		case k.isList():
			if f.value.Kind != yaml.SequenceNode {
				at(f.value.Line, "%s: a %s is needed, such as %s", k.path, k.typeName(), k.example)
				continue
			}
			for i, e := range f.value.Content {
				e = resolve(e)
				lines[fmt.Sprintf("%s[%d]", k.path, i)] = e.Line
				checkScalar(k, fmt.Sprintf("%s[%d]", k.path, i), e, at)
			}
		default:
			checkScalar(k, k.path, f.value, at)
		}
	}
}

func checkScalar(k key, path string, n *yaml.Node, at func(int, string, ...any)) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		at(n.Line, "%s: a single value is needed, such as %s", path, strings.Trim(strings.Split(k.example, ", ")[0], "[']"))
		return
	}
	// What YAML takes for a boolean, a number or a date would lose its spelling.
	if tag := n.ShortTag(); k.isText() && tag != "!!str" {
		at(n.Line, "%s: YAML reads %s as %s, not as text: put it in quotes", path, n.Value, yamlTypes[tag])
		return
	}
	if text := k.checkText(n.Value); text != "" {
		at(n.Line, "%s: %s", path, text)
	}
}

var yamlTypes = map[string]string{
	"!!bool": "a boolean", "!!int": "a number", "!!float": "a number", "!!timestamp": "a date", "!!binary": "bytes",
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\n\s*)?line (\d+): `)

// yamlError takes a message of the YAML decoder apart. It quotes no values.
func yamlError(err error) (line int, what string) {
	s := err.Error()
	line = 1
	if m := yamlLine.FindStringSubmatch(s); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
		s = s[len(m[0]):]
	}
	return line, strings.TrimPrefix(s, "yaml: ")
}
