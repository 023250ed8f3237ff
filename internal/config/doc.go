// Package config is the tree of everything that can be configured: defaults,
// loading, strictness, origins, printing and the reference page.
//
// A value comes from its default, then the configuration file, then an
// environment variable ERRATA_SECTION__KEY, then a command-line flag; the later
// wins. Viper does the merging and is seen nowhere outside this package. Two of
// its habits are worked around here, because they lose data: it lower-cases
// keys and splits them at dots (so the delimiter is one that no key contains,
// and what users name themselves is a list, never a map), and it ignores
// unknown keys (so a pass over the YAML nodes finds them first, all at once,
// each with file, line and the nearest known key).
//
// Secrets are never values of the tree: a key that ends in _file names the file
// that holds one.
package config
