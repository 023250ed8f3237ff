package oracle_test

import (
	"bytes"
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
			t.Logf("%+v detail=%s", entryOf(1, p.Event()), p.Event().Detail)
		}
		for _, e := range cfg.Decode(1, l) {
			t.Logf("oracle %+v", e)
		}
	}
}
