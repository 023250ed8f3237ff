package gen

import (
	"fmt"
	"io"
	"strings"
)

// Corpora names the benchmark corpora.
func Corpora() []string { return []string{"access", "resp_str", "resp_obj"} }

// corpusLines are spread over this many seconds, whatever the corpus' size.
const corpusSpan = 3600

// Corpus writes at least size bytes of whole lines of a benchmark corpus. The
// lines are an nginx's (escape=json, the names of docs: time, method, uri,
// status, request_time, request_id, remote_addr, http_user_agent,
// body_bytes_sent, …) in three orders of keys, five layouts for those with a
// body (resp_body, two of them before status), 2 % of them in any order:
//
//	access    20 keys, no body, 0.2 % of the lines cut
//	resp_str  19 keys, a nested headers object with x-qoder-beta, the body an escaped string
//	resp_obj  the same records, the body an object; what is no JSON stays a string
//
// 12.1 % of the records are envelopes of 9 types, 14 params, 12 features and 6
// dates, a fifth of them with shuffled members. Of the response lines 1.1 % are
// cut at 2 or 4 KB and 1 in 600 has a body that was cut inside the whole line;
// a quarter is ASCII-escaped, a tenth has blanks after commas and colons; 1
// body in 80 has 20 KB, 1 envelope in 50 a message of 1.5 to 5.5 KB. Texts hold
// quotes, backslashes and regexes, successes hold decoys.
func Corpus(kind string, seed uint64, size int64, out io.Writer) (lines int64, err error) {
	switch kind {
	case "access", "resp_str", "resp_obj":
	default:
		return 0, fmt.Errorf("no corpus %q: known are %s", kind, strings.Join(Corpora(), ", "))
	}
	c := &corpus{kind: kind, seed: seed, size: size, body: kind != "access"}
	c.init()
	var buf []byte
	for done := int64(0); done < size; {
		from := len(buf)
		buf = c.line(buf, uint64(lines), done)
		buf = append(buf, '\n')
		done += int64(len(buf) - from)
		lines++
		if len(buf) >= flushAt || done >= size {
			if _, err := out.Write(buf); err != nil {
				return lines, err
			}
			buf = buf[:0]
		}
	}
	return lines, nil
}
