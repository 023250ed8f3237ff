// Package parse_test measures the parser on the corpora of the generator, which imports it.
package parse_test

import (
	"bytes"
	"testing"

	"errata/internal/gen"
	"errata/parse"
)

// The corpora of the published benchmark (make bench), for profiles, as in
// "go test ./parse -bench Corpus/resp_str -cpuprofile cpu.out".
func BenchmarkCorpus(b *testing.B) {
	for _, kind := range []string{"access", "resp_str", "resp_obj"} {
		var buf bytes.Buffer
		if err := gen.Corpus(kind, 42, 8<<20, &buf); err != nil {
			b.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimSuffix(buf.Bytes(), []byte("\n")), []byte("\n"))
		for name, cfg := range map[string]parse.Config{"decode": {DecodeOnly: true}, "parse": {}} {
			b.Run(kind+"/"+name, func(b *testing.B) {
				p, err := parse.New(cfg)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(buf.Len()))
				b.ReportAllocs()
				for b.Loop() {
					for _, l := range lines {
						p.Reset(l, 0)
						for p.Next() {
						}
					}
				}
			})
		}
	}
}
