package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Reference is the reference page of all keys, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration reference

<!-- Generated from internal/config by "make docs": do not edit. -->

Nothing has to be configured. A value comes from its default, then the file given by ` + "`--config FILE`" + ` (or the
variable ` + "`ERRATA_CONFIG`" + `), then an environment variable, then a flag; the later wins. The file is YAML. An unknown
key is an error that names file, line and the nearest known key. A key that ends in ` + "`_file`" + ` names a file that holds
a secret or the names of callers; neither stands in the configuration itself.

` + "`errata config validate FILE`" + ` checks a file; ` + "`errata config print`" + ` shows what is in force.
In an environment variable the elements of a list stand between commas.
`)
	def := Default()
	for _, s := range sections() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", s.name, s.doc)
		b.WriteString("| key | type | default | meaning | example |\n| --- | --- | --- | --- | --- |\n")
		for _, k := range s.keys {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` |\n", k.path, k.typeName(), shown(k.value(def)), k.doc, k.example)
		}
		b.WriteString("\nEnvironment: ")
		for i, k := range s.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "`%s`", k.env())
		}
		b.WriteString(".\n")
	}
	return b.String()
}

func shown(v reflect.Value) string {
	if v.IsZero() {
		return "empty"
	}
	return fmt.Sprintf("`%v`", v.Interface())
}
