package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"errata/internal/gen"
)

// planted are secrets of every documented kind, each with a part that must not
// be seen anywhere again.
var planted = []struct{ text, part string }{
	{"Authorization: Bearer abcdefSECRETONE0123", "SECRETONE"},
	{"authorization=Basic dXNlcjpTRUNSRVRUV08K", "U0VDUkVUVFdP"},
	{"Bearer SECRETtwo.abc-123_xyz", "SECRETtwo"},
	{"bearer%20SECRETthree0123456", "SECRETthree"},
	{"pt-SECRETfour0123456789abcdef", "SECRETfour"},
	{"whsec_SECRETfive0123456789", "SECRETfive"},
	{"eyJhbGciOiJIUzI1NiJ9.eyJTRUNSRVQiOiJzaXgifQ.SECRETsixSignature_0", "SECRETsix"},
	{"https://bucket.example.com/f/1?X-Amz-Expires=3&X-Amz-Signature=SECRETseven", "SECRETseven"},
	{"password=SECRETeight", "SECRETeight"},
	{"token%3DSECRETnine", "SECRETnine"},
	{"client_secret=SECRETten", "SECRETten"},
	{"secret.person@example.org", "secret.person"},
	{"secret2.person%40example.org", "secret2.person"},
	{"4111 1111 1111 1111", "4111 1111 1111"},
	{"5500-0000-0000-0004", "5500-0000-0000"},
	{"x-api-key: SECRETeleven0123", "SECRETeleven"},
	{"cookie: session=SECRETtwelve0123", "SECRETtwelve"},
	{`"password":"SECRETthirteen"`, "SECRETthirteen"},
}

// records carry one secret in every place that is kept or printed.
func secretLog(format string) []byte {
	var log bytes.Buffer
	for i, s := range planted {
		js, _ := json.Marshal(s.text)
		in := strings.Trim(string(js), `"`)
		env := fmt.Sprintf(`{"type":"error","error":{"type":"t %[1]s","message":"m %[1]s x","param":"p %[1]s","code":"c %[1]s","feature":"f %[1]s","available_from":"a %[1]s"},"request_id":"r %[1]s"}`, in)
		body, _ := json.Marshal(env)
		path := "/agents/" + strings.NewReplacer(" ", "%20", `"`, "%22").Replace(s.text)
		uri, _ := json.Marshal(path)
		headers := fmt.Sprintf(`{"authorization":"Bearer SECREThead%[1]d0123","x-api-key":"SECREThead%[1]d","cookie":"a=SECREThead","x-qoder-beta":%[2]s,"user-agent":%[2]s,"x-qoder-lang":%[2]s}`, i, js)
		for _, status := range []int{501, 404, 200} {
			t := 1790064930123 + i
			switch format {
			case "apisix":
				fmt.Fprintf(&log, `{"start_time":%d,"request":{"method":"GET","uri":%s,"headers":%s},"response":{"status":%d,"headers":{"x-request-id":%s},"body":%s},"consumer":{"username":%s}}`, t, uri, headers, status, js, body, js)
			case "kong":
				fmt.Fprintf(&log, `{"started_at":%d,"request":{"id":%s,"method":"GET","uri":%s,"headers":%s},"response":{"status":%d,"body":%s}}`, t, js, uri, headers, status, body)
			case "nginx-json":
				fmt.Fprintf(&log, `{"time":"2026-09-22T08:15:30Z","remote_user":%s,"method":"GET","uri":%s,"status":"%d","request_id":%s,"http_authorization":"Bearer SECREThead","http_x_qoder_beta":%s,"http_user_agent":%s,"resp_body":%s}`, js, uri, status, js, js, js, body)
			case "combined":
				fmt.Fprintf(&log, `203.0.113.9 - SECREThead [22/Sep/2026:08:15:%02d +0000] "GET %s HTTP/1.1" %d 12 "%s" "%s"`, i, path, status, strings.ReplaceAll(path, `"`, ""), strings.ReplaceAll(s.text, `"`, ""))
			}
			log.WriteByte('\n')
		}
		// dead letters keep a part of the entry
		fmt.Fprintf(&log, "{\"broken\":%s\n", js)
		fmt.Fprintf(&log, "what is this: %s\n", s.text)
		fmt.Fprintf(&log, `{"start_time":"x","request":{"uri":%s,"headers":%s},"response":{"status":500,"body":%s}}`+"\n", uri, headers, body)
	}
	return log.Bytes()
}

// No secret reaches the store, the dead letters, any output or the log.
func TestSecretsNowhere(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"apisix", "kong", "nginx-json", "combined"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.write("a.log", secretLog(format))
			parts := []string{"SECREThead"}
			for _, s := range planted {
				parts = append(parts, s.part)
			}
			search(t, w, parts)
		})
	}
	for _, format := range gen.Formats() {
		for _, scenario := range []string{"small", "hostile"} {
			t.Run(format+"/"+scenario, func(t *testing.T) {
				t.Parallel()
				logs := gen.Both
				if format == "combined" || format == "common" {
					logs = gen.Access
				}
				log, truth := traffic(t, format, scenario, logs, 5, 300, 2)
				w := newWorld(t)
				w.write("a.log", log)
				if len(truth.Canaries) == 0 {
					t.Fatal("no canaries")
				}
				search(t, w, truth.Canaries)
			})
		}
	}
}

// search runs every command over a.log and looks for the parts in all that it leaves and prints.
func search(t *testing.T, w *world, parts []string) {
	t.Helper()
	outputs := map[string]string{}
	say := func(name string, r result) { outputs[name] = r.stdout + r.stderr }
	say("ingest", w.run("ingest", "a.log"))
	say("strict", w.run("ingest", "--strict", "--store", "other.db", "a.log"))
	say("parse", w.run("parse", "a.log"))
	say("parse --why", w.run("parse", "--why", "a.log"))
	say("dlq", w.run("dlq", "list"))
	say("dlq json", w.run("dlq", "list", "-o", "json"))
	say("info", w.run("store", "info", "-o", "json"))
	for _, by := range []string{"route", "type,code", "param", "feature,available_from", "client,auth,retry", "method,status", "template", "reason", "finding", "source"} {
		for _, o := range []string{"table", "json", "csv"} {
			say("query "+by+" "+o, w.run("query", "--by", by, "-o", o))
		}
	}
	for _, f := range formats {
		say("report "+f, w.run("report", "--since", "2026-09-01", "--until", "2026-10-01", "--top", "0", "-o", f))
	}
	say("one shot", w.run("report", "--top", "0", "-o", "json", "a.log"))
	say("demand", w.run("demand", "-o", "json"))
	say("callers", w.run("demand", "--callers", "-o", "csv"))
	say("samples", w.run("samples", "-o", "json"))
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "a.log" || e.IsDir() {
			continue
		}
		b, err := os.ReadFile(w.path(e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		outputs["file "+e.Name()] = string(b)
	}
	for _, must := range []string{"parse", "dlq json", "query route json", "report html", "report csv", "one shot", "samples", "file s.db", "file s.db.dead.ndjson"} {
		if len(outputs[must]) < 100 {
			t.Errorf("%s says nothing: %q", must, outputs[must])
		}
	}
	for name, out := range outputs {
		for _, p := range parts {
			if k := strings.Index(out, p); k >= 0 {
				t.Errorf("%s shows %q: …%.160s…", name, p, out[max(0, k-80):])
			}
		}
	}
}
