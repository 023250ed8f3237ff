package parse

import "testing"

// A success whose body is base64 may still be an error event, also where the
// gateway escapes the slashes of the text or blanks stand before it: the cheap
// look at successes must not pass it over.
func TestEncodedBodyInSuccess(t *testing.T) {
	const gz = `H4sIAAAAAAAA\/wFtAJL\/eyJ0eXBlIjoiZXJyb3IiLCJlcnJvciI6eyJ0eXBlIjoiYXBpX2Vycm9yIiwibWVzc2FnZSI6IlBhcnRpYWwgZmFpbHVyZTogMjU3IG9mIDEyMjcgaXRlbXMgd2VyZSBub3Qgc3RvcmVkLiJ9ffoQO+JtAAAA`
	for _, body := range []string{gz, " " + gz, `\n` + gz, `\u0048` + gz[1:]} {
		p, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		p.Reset([]byte(`{"started_at":1790459325893,"latencies":{"request":1},"request":{"method":"GET","uri":"\/x"},"response":{"status":200,"body":"`+body+`"}}`), 0)
		if !p.Next() {
			t.Fatal("no entry")
		}
		ev := p.Event()
		if !ev.ErrorEvent || string(ev.Env.Type.Value) != "api_error" || ev.Flags&(FlagBase64|FlagGzip) != FlagBase64|FlagGzip {
			t.Errorf("%.20s: dead %q, error event %v, type %q, flags %b", body, ev.Dead, ev.ErrorEvent, ev.Env.Type.Value, ev.Flags)
		}
	}
}
