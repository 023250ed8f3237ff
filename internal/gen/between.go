package gen

// garbageLines are no lines of any log.
var garbageLines = []string{
	"not a log line at all", "Traceback (most recent call last):", "    at com.example.Main(Main.java:17)", "<?xml version=\"1.0\"?>",
	"-----BEGIN NOTHING-----", "time,status,path", "\ufffd\ufffd\ufffd", "=======", "null", "\"a string\"",
}

// foreignLines are lines of other programs.
var foreignLines = []string{
	"<34>1 2026-09-22T08:15:30.123Z host app 12 - - synthetic syslog line",
	"2026/09/22 08:15:30 [error] 12#12: *3 connect() failed (111: Connection refused) while connecting to upstream",
	"level=info msg=\"configuration reloaded\" pid=7",
	`{"level":"info","msg":"configuration reloaded","pid":7}`,
	"I0922 08:15:30.123456       7 main.go:12] synthetic klog line",
	"2026-09-22,500,/sessions,12",
}

// between writes the lines that stand between two entries.
func (r *run) between(e *entry) {
	l := &r.cfg.Scenario.Lines
	d := derive(r.cfg.Seed, kindLine, ^e.seq)
	t := r.tally
	if d.per100k(l.Blank) {
		r.closeArray(false)
		r.solo([]byte([]string{"", "   ", "\t"}[d.n(3)]), d.percent(20))
		t.t.Blank++
		t.did("blank")
	}
	if d.per100k(l.Garbage) {
		r.junk([]byte(garbageLines[d.n(len(garbageLines))]), "unknown_format", "garbage")
	}
	if d.per100k(l.Foreign) {
		r.junk([]byte(foreignLines[d.n(len(foreignLines))]), "unknown_format", "foreign")
	}
	if d.per100k(l.Junk) {
		b := []byte{0}
		for range 20 + d.n(200) {
			if c := byte(d.next()); c != '\n' {
				b = append(b, c)
			}
		}
		r.junk(b, "binary", "junk")
	}
	if d.per100k(l.Deep) {
		n := 513 + d.n(1000)
		b := append(make([]byte, 0, 2*n+16), `{"a":`...)
		for range n {
			b = append(b, '[')
		}
		for range n {
			b = append(b, ']')
		}
		r.junk(append(b, '}'), "too_deep", "deep")
	}
	if !r.array {
		return
	}
	if d.per100k(l.EmptyArray) {
		r.closeArray(false)
		r.solo([]byte("[]"), false)
		t.t.Blank++
		t.did("empty_array")
	}
	if d.per100k(l.NoObject) {
		if r.open == 0 {
			r.buf = append(r.buf, '[')
			r.room = 2 + d.n(8)
		} else {
			r.buf = append(r.buf, ',')
		}
		r.buf = append(r.buf, []string{"null", "7", `"text"`, "true", "[]"}[d.n(5)]...)
		r.open++
		t.dead("unknown_format")
		t.did("no_object")
	}
}

// junk writes a line that is one dead entry.
func (r *run) junk(line []byte, reason, what string) {
	r.closeArray(false)
	r.solo(line, false)
	r.tally.dead(reason)
	r.tally.did(what)
}
