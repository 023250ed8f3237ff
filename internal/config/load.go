package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"errata/internal/near"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// envPrefix begins every environment variable that sets a key.
const envPrefix = "ERRATA_"

// delimiter joins keys inside viper; no key may contain it.
const delimiter = "::"

// maxFile bounds a configuration file.
const maxFile = 1 << 20

// Flag is a value that a command-line flag sets.
type Flag struct {
	Name  string // as typed, "--store"
	Value any    // string, int or []string
}

// Options say where a configuration comes from.
type Options struct {
	File    string          // "": none
	Flags   map[string]Flag // by dotted key
	Environ []string        // NAME=VALUE; only for finding unknown names, viper reads the process's own
}

// Loaded is a configuration and where each of its values came from.
type Loaded struct {
	Config
	origins map[string]string
}

// Origin says where the value of a dotted key came from: "default", FILE:LINE,
// the name of an environment variable, or a flag.
func (l *Loaded) Origin(path string) string { return cmp.Or(l.origins[path], "default") }

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Where string // FILE:LINE, a variable or a flag
	Text  string
}

func (p Problem) String() string { return p.Where + ": " + p.Text }

// Problems is everything that is wrong with a configuration, one a line.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Load reads a configuration and checks all of it. What is wrong comes as
// Problems, all at once.
func Load(o Options) (*Loaded, error) {
	l := &Loaded{origins: map[string]string{}}
	v := viper.NewWithOptions(viper.KeyDelimiter(delimiter), viper.ExperimentalBindStruct())
	v.SetConfigType("yaml")
	v.SetEnvPrefix(strings.TrimSuffix(envPrefix, "_"))
	v.SetEnvKeyReplacer(strings.NewReplacer(delimiter, "__"))
	v.AutomaticEnv()

	var problems Problems
	if o.File != "" {
		text, err := readFile(o.File)
		if err != nil {
			return nil, Problems{{o.File, "the configuration cannot be read: " + err.Error()}}
		}
		lines, ps := checkYAML(o.File, text)
		problems = append(problems, ps...)
		for path, line := range lines {
			l.origins[path] = fmt.Sprintf("%s:%d", o.File, line)
		}
		if len(ps) == 0 {
			if err := v.ReadConfig(bytes.NewReader(text)); err != nil {
				return nil, Problems{{o.File, err.Error()}}
			}
		}
	}
	problems = append(problems, l.environment(o.Environ)...)
	keys := keysByPath()
	for path, f := range o.Flags {
		if s, ok := f.Value.(string); ok {
			if text := keys[path].checkText(s); text != "" {
				problems = append(problems, Problem{f.Name, text})
				continue
			}
		}
		v.Set(strings.ReplaceAll(path, ".", delimiter), f.Value)
		l.origins[path] = f.Name
	}
	if len(problems) > 0 {
		return nil, problems
	}
	l.Config = Default()
	if err := v.UnmarshalExact(&l.Config, viper.DecodeHook(mapstructure.ComposeDecodeHookFunc(
		listFromText,
		mapstructure.TextUnmarshallerHookFunc(),
	))); err != nil {
		return nil, Problems{{cmp.Or(o.File, "configuration"), err.Error()}}
	}
	for _, f := range l.check() {
		where, text := l.where(f.key), f.key+": "+f.text
		if strings.HasPrefix(where, "-") {
			text = f.text // the flag's name says which
		}
		problems = append(problems, Problem{where, text})
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(lineOf(a.Where), lineOf(b.Where)) })
	if len(problems) > 0 {
		return nil, problems
	}
	return l, nil
}

// listFromText splits the text of an environment variable at its commas.
func listFromText(from, to reflect.Type, data any) (any, error) {
	if from.Kind() == reflect.String && to.Kind() == reflect.Slice {
		return strings.Split(data.(string), ","), nil
	}
	return data, nil
}

// lineOf is the line of FILE:LINE, 0 of anything else.
func lineOf(where string) int {
	n, err := strconv.Atoi(where[strings.LastIndexByte(where, ':')+1:])
	if err != nil {
		return 0
	}
	return n
}

// where is the origin of a key or of an element of a list.
func (l *Loaded) where(path string) string {
	if at := l.origins[path]; at != "" {
		return at
	}
	if i := strings.IndexByte(path, '['); i > 0 {
		path = path[:i]
	}
	return cmp.Or(l.origins[path], "configuration")
}

// environment notes the variables that set a key, and finds those that were
// meant to: a name with two underscores in it that is no key.
func (l *Loaded) environment(environ []string) Problems {
	known := map[string]key{}
	var names []string
	for _, s := range sections() {
		for _, k := range s.keys {
			known[k.env()] = k
			names = append(names, k.env())
		}
	}
	var ps Problems
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, envPrefix) || value == "" {
			continue
		}
		k, ok := known[name]
		if !ok {
			switch section := sectionVariables(name); {
			case section != "":
				// It would also hide the section's keys from viper.
				ps = append(ps, Problem{name, "this variable sets no known key: there is " + section})
			case strings.Contains(name[len(envPrefix):], "__"):
				ps = append(ps, Problem{name, "this variable sets no known key" + near.DidYouMean(name, names)})
			default:
				// ERRATA_STORE_PATH is store.path with an underscore too few; other
				// names without two in a row may be somebody else's.
				for _, n := range names {
					if strings.EqualFold(strings.ReplaceAll(n, "__", "_"), name) {
						ps = append(ps, Problem{name, fmt.Sprintf("this variable sets no known key; did you mean %q?", n)})
					}
				}
			}
			continue
		}
		l.origins[k.path] = name
		parts := []string{value}
		if k.isList() {
			parts = strings.Split(value, ",")
		}
		for _, p := range parts {
			if text := k.checkText(p); text != "" {
				ps = append(ps, Problem{name, text})
			}
		}
	}
	slices.SortFunc(ps, func(a, b Problem) int { return cmp.Compare(a.Where, b.Where) })
	return ps
}

// sectionVariables lists the variables of the keys of a section that name has
// the name of, "" if it has none.
func sectionVariables(name string) string {
	var vars []string
	for _, s := range sections() {
		if strings.EqualFold(envPrefix+s.name, name) {
			for _, k := range s.keys {
				vars = append(vars, k.env())
			}
		}
	}
	return strings.Join(vars, ", ")
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, bare(err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("larger than %s: is it a configuration?", ByteSize(maxFile))
	}
	return b, nil
}

// bare is a file error without the operation and the path, which the caller names.
func bare(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return pe.Err
	}
	return err
}
