package parse

import (
	"strconv"
	"strings"
	"testing"
)

// Of a header with any number of values the first count, so that it takes no
// more memory than its line.
func TestBetaValuesAreBounded(t *testing.T) {
	var vals []string
	for i := range 3 * maxBeta {
		vals = append(vals, "b"+strconv.Itoa(i))
	}
	list := strings.Join(vals, ",")
	p, err := New(Config{Format: "apisix"})
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{`"` + list + `"`, `["` + list + `"]`, `["` + strings.Join(vals, `","`) + `"]`} {
		p.Reset([]byte(`{"start_time":1790000000000,"request":{"method":"GET","uri":"/v1/sessions","headers":{"x-qoder-beta":`+
			header+`}},"response":{"status":200}}`), 0)
		if !p.Next() || p.Event().Dead != "" {
			t.Fatalf("the entry is %+v", p.Event())
		}
		beta := p.Event().Beta
		if len(beta) != maxBeta || string(beta[0]) != vals[0] || string(beta[maxBeta-1]) != vals[maxBeta-1] {
			t.Errorf("%.20s: %d values", header, len(beta))
		}
	}
}
