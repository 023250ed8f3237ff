package aggregate

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCallersCodec(t *testing.T) {
	for _, m := range [][]CallerCount{
		nil,
		{{0, 1}},
		{{5, 127}, {6, 128}, {callerMask, math.MaxInt64}},
	} {
		b := AppendCallers([]byte("x"), m)
		got, err := DecodeCallers(nil, b[1:])
		if err != nil {
			t.Errorf("%v: %v", m, err)
		}
		if d := cmp.Diff(m, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	// One caller is ten bytes and a version: it is most of a store.
	if n := len(AppendCallers(nil, []CallerCount{{callerMask, 100}})); n != 10 {
		t.Errorf("a map of one caller takes %d bytes", n)
	}
	if got, err := DecodeCallers([]CallerCount{{9, 9}}, AppendCallers(nil, []CallerCount{{1, 1}})); err != nil || len(got) != 2 {
		t.Errorf("decoding appends: %v, %v", got, err)
	}
}

func TestDecodeRejects(t *testing.T) {
	caller := strings.Repeat("\x00", 7)
	for name, b := range map[string]string{
		"version":        "\x02" + caller + "\x01\x01",
		"nothing in it":  "\x01",
		"cut hash":       "\x01" + caller,
		"no count":       "\x01" + caller + "\x01",
		"cut count":      "\x01" + caller + "\x01\x80",
		"zero count":     "\x01" + caller + "\x01\x00",
		"long zero":      "\x01" + caller + "\x01\x81\x00",
		"overlong count": "\x01" + caller + "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
		"negative count": "\x01" + caller + "\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
		"top bit":        "\x01\x80" + caller + "\x01",
		"equal hashes":   "\x01" + caller + "\x01\x01" + caller + "\x01\x01",
		"descending":     "\x01" + caller + "\x02\x01" + caller + "\x01\x01",
	} {
		if got, err := DecodeCallers(nil, []byte(b)); err == nil || got != nil {
			t.Errorf("callers, %s: %v, %v", name, got, err)
		}
	}
	for name, b := range map[string]string{
		"version":    "\x02\x01\x01",
		"nothing":    "\x01",
		"no count":   "\x01\x01",
		"zero count": "\x01\x01\x00",
		"bucket":     "\x01\xee\x01",
		"equal":      "\x01\x01\x01\x01\x01",
		"descending": "\x01\x02\x01\x01\x01",
	} {
		if got, err := DecodeHist(nil, []byte(b)); err == nil || got != nil {
			t.Errorf("hist, %s: %v, %v", name, got, err)
		}
	}
}

func TestHistCodec(t *testing.T) {
	for _, h := range [][]BucketCount{nil, {{0, 1}}, {{0, 127}, {1, 128}, {Buckets - 1, math.MaxInt64}}} {
		got, err := DecodeHist(nil, AppendHist(nil, h))
		if err != nil {
			t.Errorf("%v: %v", h, err)
		}
		if d := cmp.Diff(h, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// FuzzDecode: no bytes make it panic, and what it accepts has exactly that
// form. So two stores that hold equal maps hold equal bytes.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("\x01"))
	f.Add(AppendCallers(nil, []CallerCount{{1, 1}, {1 << 62, 300}}))
	f.Add(AppendHist(nil, []BucketCount{{0, 1}, {Buckets - 1, 1 << 40}}))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x01\x80\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := DecodeCallers(nil, b); err == nil && !bytes.Equal(AppendCallers(nil, m), b) {
			t.Errorf("callers %x decode to %v", b, m)
		}
		if h, err := DecodeHist(nil, b); err == nil && !bytes.Equal(AppendHist(nil, h), b) {
			t.Errorf("hist %x decodes to %v", b, h)
		}
	})
}
