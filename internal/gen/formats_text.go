package gen

// common writes a line of the common log format.
func (w *writer) common(e *entry, _ *bodies, m *mangle) {
	w.lit(e.caller.addr)
	w.lit(" - ")
	if e.caller.user != "" && e.auth == authBasic {
		w.lit(e.caller.user)
	} else {
		w.lit("-")
	}
	w.lit(" [")
	w.line = w.civil.appendCLF(w.line, w.t/1e9, m.zone)
	w.lit("]")
	w.timeEnd = len(w.line)
	w.lit(` "`)
	w.line = append(w.line, e.op.method...)
	w.lit(" ")
	w.pathFrom = len(w.line)
	w.line = appendQuoted(w.line, w.target)
	w.lit(` HTTP/1.1" `)
	w.statusFrom = len(w.line)
	switch {
	case m.line == noStatus:
		w.lit("-")
	case e.status == 0:
		w.lit("000")
	default:
		w.line = appendInt(w.line, int64(e.status))
	}
	w.statusEnd = len(w.line)
	w.lit(" ")
	if e.size == 0 && m.r.percent(50) {
		w.lit("-")
	} else {
		w.line = appendInt(w.line, e.size)
	}
}

// combined writes a line of the combined log format.
func (w *writer) combined(e *entry, b *bodies, m *mangle) {
	w.common(e, b, m)
	if m.r.percent(5) {
		w.lit(` "https://console.example.com/agents?tab=\"all\"" "`)
	} else {
		w.lit(` "-" "`)
	}
	if len(w.agent) == 0 {
		w.lit("-")
	} else {
		w.line = appendQuoted(w.line, w.agent)
	}
	w.lit(`"`)
}

// appendQuoted writes the inside of a quoted field as Apache does.
func appendQuoted(dst, s []byte) []byte {
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
