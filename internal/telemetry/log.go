package telemetry

import (
	"io"
	"log/slog"
)

// LogConfig says how a log looks.
type LogConfig struct {
	Writer io.Writer
	JSON   bool                // else text
	Level  string              // debug, info, warn or error; unknown or empty: warn
	Mask   func(string) string // applied to the message and to every value that is text; nil: none
}

// NewLogger makes a logger. Times are RFC 3339 in UTC.
func NewLogger(c LogConfig) *slog.Logger {
	level := slog.LevelWarn
	switch c.Level {
	case "debug":
		level = slog.LevelDebug
	case "info":
		level = slog.LevelInfo
	case "error":
		level = slog.LevelError
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		v := a.Value.Resolve()
		switch v.Kind() {
		case slog.KindTime:
			return slog.Time(a.Key, v.Time().UTC())
		case slog.KindString:
			if c.Mask != nil {
				return slog.String(a.Key, c.Mask(v.String()))
			}
		case slog.KindAny:
			// Errors, byte slices and whatever else is printed by its own method.
			if _, ok := v.Any().(slog.Level); !ok && c.Mask != nil {
				return slog.String(a.Key, c.Mask(textOf(v.Any())))
			}
		}
		return a
	}}
	if c.JSON {
		return slog.New(slog.NewJSONHandler(c.Writer, opts))
	}
	return slog.New(slog.NewTextHandler(c.Writer, opts))
}
