package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// redacted is how a secret looks wherever it is printed.
const redacted = "***"

// Secret is text that is never printed: every verb of fmt, JSON, YAML and slog
// show *** in its place. Reveal is the only way to it. The text stands behind a
// pointer because %p asks no method and prints fields.
type Secret struct{ text *string }

// NewSecret wraps a text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal is the secret itself, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// Format prints *** for every verb, %#v and %x included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String is ***.
func (s Secret) String() string { return redacted }

// MarshalJSON writes ***.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// MarshalText writes ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalYAML writes ***.
func (s Secret) MarshalYAML() (any, error) { return redacted, nil }

// LogValue is ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// maxSecret bounds a secret's file: whoever names a log by mistake is told so.
const maxSecret = 4096

// ReadSecret reads a secret from its file; one final newline is no part of it.
// Errors name the file, never what stands in it.
func ReadSecret(file string) (Secret, error) {
	f, err := os.Open(file)
	if err != nil {
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err
		}
		return Secret{}, fmt.Errorf("cannot read the secret file %s: %w", file, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	switch {
	case err != nil:
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err
		}
		return Secret{}, fmt.Errorf("cannot read the secret file %s: %w", file, err)
	case len(b) > maxSecret:
		return Secret{}, fmt.Errorf("the secret file %s is longer than %d bytes: is it the right file?", file, maxSecret)
	}
	s := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if s == "" {
		return Secret{}, fmt.Errorf("the secret file %s is empty", file)
	}
	return NewSecret(s), nil
}
