package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
)

func mask(s string) string { return strings.ReplaceAll(s, "pt-secret", "***") }

type valuer struct{}

func (valuer) LogValue() slog.Value { return slog.StringValue("by valuer pt-secret") }

func TestLogMasks(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		l := NewLogger(LogConfig{Writer: &out, JSON: asJSON, Level: "info", Mask: mask})
		l.With("token", "pt-secret").WithGroup("g").Info("a pt-secret b",
			"err", errors.New("bad pt-secret"), "raw", []byte("pt-secret"), "v", valuer{}, "n", 7)
		if s := out.String(); strings.Contains(s, "pt-secret") {
			t.Errorf("JSON %v: the log holds the secret: %s", asJSON, s)
		} else if strings.Count(s, "***") != 5 {
			t.Errorf("JSON %v: want five masks: %s", asJSON, s)
		}
	}
}

func TestLogJSON(t *testing.T) {
	var out bytes.Buffer
	l := NewLogger(LogConfig{Writer: &out, JSON: true, Level: "debug"})
	l.Debug("read a file", "lines", 12)
	var m map[string]any
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m["level"] != "DEBUG" || m["msg"] != "read a file" || m["lines"] != 12.0 {
		t.Errorf("got %v", m)
	}
	if s, _ := m["time"].(string); !strings.HasSuffix(s, "Z") {
		t.Errorf("time %q is not in UTC", s)
	}
}

func TestLogLevels(t *testing.T) {
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "": 2, "error": 1} {
		var out bytes.Buffer
		l := NewLogger(LogConfig{Writer: &out, Level: level})
		l.Debug("a")
		l.Info("a")
		l.Warn("a")
		l.Error("a")
		if n := strings.Count(out.String(), "\n"); n != want {
			t.Errorf("level %q: %d lines, want %d", level, n, want)
		}
	}
}

func TestReadBuild(t *testing.T) {
	b := ReadBuild()
	if b.Version == "" || b.Go != runtime.Version() || b.OS != runtime.GOOS || b.Arch != runtime.GOARCH {
		t.Errorf("got %+v", b)
	}
	version = "v9.9.9"
	defer func() { version = "" }()
	if b := ReadBuild(); b.Version != "v9.9.9" {
		t.Errorf("the linker's version is not used: %+v", b)
	}
}
