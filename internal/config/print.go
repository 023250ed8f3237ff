package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"errata/parse/normal"

	"go.yaml.in/yaml/v3"
)

// Print writes the configuration as YAML that Load reads again. Whatever looks
// like a secret in a value is ***; origin adds where each value came from.
func (l *Loaded) Print(w io.Writer, origin bool) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range sections() {
		m := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range s.keys {
			n := new(yaml.Node)
			if err := n.Encode(plain(k.value(l.Config))); err != nil {
				return fmt.Errorf("print %s: %w", k.path, err)
			}
			if k.isList() {
				n.Style = yaml.FlowStyle
			}
			if origin {
				n.LineComment = l.Origin(k.path)
			}
			m.Content = append(m.Content, scalar(strings.TrimPrefix(k.path, s.name+".")), n)
		}
		root.Content = append(root.Content, scalar(s.name), m)
	}
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return err
	}
	return e.Close()
}

func scalar(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
}

// plain is a value as strings, numbers and lists, secrets masked.
func plain(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Slice:
		out := []any{}
		for i := range v.Len() {
			out = append(out, plain(v.Index(i)))
		}
		return out
	case v.Kind() == reflect.Int:
		return v.Int()
	case v.Kind() == reflect.String:
		return Mask(v.String())
	default:
		return Mask(fmt.Sprint(v.Interface()))
	}
}

// Mask replaces what looks like a secret in a text that a user gave.
func Mask(s string) string { return string(normal.AppendMasked(nil, []byte(s))) }
