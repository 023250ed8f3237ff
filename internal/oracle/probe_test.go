package oracle_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

func TestProbe(t *testing.T) {
	in, err := os.ReadFile("/tmp/probe.txt")
	if err != nil {
		t.Skip()
	}
	p, cfg := newParser(t), config("both")
	for i, l := range bytes.Split(bytes.TrimSuffix(in, []byte("\n")), []byte("\n")) {
		t.Logf("line %d %.100s", i+1, l)
		if d := diffLine(p, cfg, 1, l); d != "" {
			t.Error(d)
		}
		p.Reset(l, 0)
		for p.Next() {
			e := entryOf(1, p.Event())
			t.Logf("%s", js(e))
		}
		for _, e := range cfg.Decode(1, l) {
			t.Logf("oracle %s", js(e))
		}
	}
}

func js(v any) string { b, _ := json.Marshal(v); return string(b) }
