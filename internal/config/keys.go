package config

import (
	"encoding"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
)

// key is one leaf of the tree.
type key struct {
	path    string // dotted
	typ     reflect.Type
	doc     string
	example string
	index   [2]int // section and field in Config
}

// section is one part of the tree.
type section struct {
	name string
	doc  string
	keys []key
}

// sections walks the tree: sections of leaves, two levels, no more.
func sections() []section {
	var out []section
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		s := section{name: f.Tag.Get("mapstructure"), doc: f.Tag.Get("doc")}
		for j := range f.Type.NumField() {
			g := f.Type.Field(j)
			s.keys = append(s.keys, key{
				path: s.name + "." + g.Tag.Get("mapstructure"), typ: g.Type,
				doc: g.Tag.Get("doc"), example: g.Tag.Get("example"), index: [2]int{i, j},
			})
		}
		out = append(out, s)
	}
	return out
}

// keysByPath is every leaf by its dotted path.
func keysByPath() map[string]key {
	m := map[string]key{}
	for _, s := range sections() {
		for _, k := range s.keys {
			m[k.path] = k
		}
	}
	return m
}

func (k key) value(c Config) reflect.Value {
	return reflect.ValueOf(c).Field(k.index[0]).Field(k.index[1])
}

func (k key) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(k.path, ".", "__"))
}

func (k key) isList() bool { return k.typ.Kind() == reflect.Slice }

// isText tells whether the key's values are plain text.
func (k key) isText() bool {
	return k.typ.Kind() == reflect.String || k.typ == reflect.TypeFor[[]string]()
}

// typeName is the type in words, for the reference and for messages.
func (k key) typeName() string {
	switch {
	case k.typ == reflect.TypeFor[ByteSize]():
		return "size"
	case k.typ == reflect.TypeFor[[]netip.Prefix]():
		return "list of networks"
	case k.isList():
		return "list of strings"
	case k.typ.Kind() == reflect.Int:
		return "whole number"
	default:
		return "string"
	}
}

// checkText tells what is wrong with one scalar of the key, "" if nothing.
func (k key) checkText(s string) string {
	t := k.typ
	if k.isList() {
		t = t.Elem()
	}
	v := reflect.New(t)
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v); ok {
		if err := u.UnmarshalText([]byte(s)); err != nil {
			if t == reflect.TypeFor[netip.Prefix]() {
				return fmt.Sprintf("%q is no network: write one such as 10.0.0.0/8", s)
			}
			return err.Error()
		}
		return ""
	}
	if t.Kind() == reflect.Int {
		if _, err := strconv.Atoi(s); err != nil {
			return fmt.Sprintf("%q is no whole number: write one such as %s", s, k.example)
		}
	}
	return ""
}

// Keys are all keys of the configuration, dotted, in the order of the reference.
func Keys() []string {
	var names []string
	for _, s := range sections() {
		for _, k := range s.keys {
			names = append(names, k.path)
		}
	}
	return names
}
