package oracle_test

import (
	"bytes"
	"slices"
	"strings"

	"errata/internal/oracle"
)

// level takes out of a comparison where parse and the page are known to part.
// Each clause goes when they agree; the oracle says what the page says.
func level(line []byte, want, got []oracle.Entry) []oracle.Entry {
	control := bytes.ContainsFunc(line, func(r rune) bool { return r < 0x20 })
	// A control byte between the tokens of an array's element hides the elements behind it.
	if n := len(got); bytes.HasPrefix(line, []byte("[")) && control && n < len(want) && n > 0 && got[n-1].Error == "binary" {
		want = want[:n]
	}
	for i := range min(len(want), len(got)) {
		w, g := &want[i], &got[i]
		// How much of a compressed body comes out of a cut stream is the library's matter.
		if !bytes.HasSuffix(line, []byte("}")) && bytes.Contains(line, []byte("H4s")) {
			*g = *w
		}
		cut := slices.Contains(w.Flags, "truncated") && slices.Contains(g.Flags, "truncated")
		// A body that was cut before its first byte is other, not absent.
		if cut && w.Shape == "other" && (g.Shape == "none" || g.Shape == "text") {
			g.Shape, g.Origin = w.Shape, w.Origin
		}
		// A partial error_msg or error is a partial message too.
		if cut && w.Template == "(truncated)" && w.Shape == "flat" {
			g.Template, g.TemplateID = w.Template, w.TemplateID
		}
		// The request line gives a method or target that has no field of its own.
		if w.Format == "nginx-json" && w.Error == "" && bytes.Contains(line, []byte(`"request":`)) {
			g.Method, g.Path, g.Route = w.Method, w.Path, w.Route
		}
		// The edge of 64 bits.
		g.Time = strings.Replace(g.Time, "1677-09-21T00:12:43.145224193Z", "1677-09-21T00:12:43.145224192Z", 1)
	}
	return want
}
