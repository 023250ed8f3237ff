package memstore

import (
	"errors"
	"fmt"
)

// Config bounds a store.
type Config struct {
	Memory int64  // bytes of cells before they move to a file, 0: 48 MiB
	Texts  int64  // bytes of distinct texts, 0: 10 MiB
	Names  int    // keys of a kind besides time and caller, 0: 12,000; twice as many of those by client
	Dir    string // of the file; "": the system's temporary directory
	// Grain is that of the fold that made the rows (aggregate.Config.Grain): a
	// scan with finer bounds or steps is an error where it would make a difference.
	Grain int64
}

// DefaultConfig has the bounds of a process of 200 MB.
func DefaultConfig() Config { return Config{Memory: 48 << 20, Texts: 10 << 20, Names: 12_000} }

// Validate says what is wrong with c.
func (c Config) Validate() error {
	var errs []error
	if c.Memory < 0 || c.Texts < 0 || c.Names < 0 {
		errs = append(errs, fmt.Errorf("memstore: bounds must not be negative (memory %d, texts %d, names %d)", c.Memory, c.Texts, c.Names))
	}
	if c.Grain != 0 && c.Grain != hourSeconds {
		errs = append(errs, fmt.Errorf("memstore: a grain of %d s: it is 0 or %d", c.Grain, hourSeconds))
	}
	return errors.Join(errs...)
}

func (c *Config) fill() {
	d := DefaultConfig()
	if c.Memory == 0 {
		c.Memory = d.Memory
	}
	if c.Texts == 0 {
		c.Texts = d.Texts
	}
	if c.Names == 0 {
		c.Names = d.Names
	}
}
