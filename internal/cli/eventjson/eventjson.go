// Package eventjson writes what "errata parse" prints: one JSON object a line
// for each entry. It appends to a buffer that the caller reuses and allocates
// nothing, since parse runs over whole logs.
//
// A key is absent when the log did not have it. Strings of the event are masked
// already; what stands in Raw is never written.
package eventjson

import (
	"strconv"
	"time"

	"errata/internal/cli/out"
	"errata/parse"
)

// Line is where an entry stands.
type Line struct {
	Number  int64 // of the record, from 1
	Element bool  // the entry is an element of an array
	Why     bool  // also say what the format was recognised by
}

// Append appends an event and a line feed.
func Append(dst []byte, ev *parse.Event, at Line) []byte {
	dst = append(dst, `{"line":`...)
	dst = strconv.AppendInt(dst, at.Number, 10)
	if ev.Dead != "" {
		if at.Element {
			dst = append(dst, `,"entry":`...)
			dst = strconv.AppendInt(dst, int64(ev.Index), 10)
		}
		dst = str(dst, "error", ev.Dead)
		dst = str(dst, "detail", ev.Detail)
		return end(dst, ev, at)
	}
	dst = append(dst, `,"entry":`...)
	dst = strconv.AppendInt(dst, int64(ev.Index), 10)
	if ev.HasTime {
		dst = append(dst, `,"time":"`...)
		dst = time.Unix(0, ev.Time).UTC().AppendFormat(dst, time.RFC3339Nano)
		dst = append(dst, '"')
	}
	dst = optional(dst, "format", ev.Format)
	dst = optional(dst, "method", ev.Method)
	dst = optional(dst, "path", ev.Path)
	dst = optional(dst, "route", ev.Route)
	if ev.HasStatus {
		dst = append(dst, `,"status":`...)
		dst = strconv.AppendUint(dst, uint64(ev.Status), 10)
	}
	if ev.Duration >= 0 {
		dst = append(dst, `,"duration_ms":`...)
		dst = appendMillis(dst, ev.Duration)
	}
	if ev.Bytes >= 0 {
		dst = append(dst, `,"bytes":`...)
		dst = strconv.AppendInt(dst, ev.Bytes, 10)
	}
	if kind := ev.CallerKind.String(); kind != "" {
		dst = append(dst, `,"caller":"`...)
		dst = AppendHex(dst, ev.Caller)
		dst = append(dst, '"')
		dst = str(dst, "caller_kind", kind)
	}
	dst = optional(dst, "request_id", ev.RequestID)
	if len(ev.Beta) > 0 {
		dst = append(dst, `,"beta":`...)
		sep := byte('[')
		for _, b := range ev.Beta {
			dst = out.AppendString(append(dst, sep), b)
			sep = ','
		}
		dst = append(dst, ']')
	}
	dst = optional(dst, "client", ev.Client)
	dst = optional(dst, "auth", ev.Auth.String())
	dst = optional(dst, "retry", ev.Retry.String())
	dst = optional(dst, "shape", ev.Shape.String())
	dst = optional(dst, "origin", ev.Origin.String())
	dst = appendFlags(dst, ev.Flags)
	dst = appendFindings(dst, ev.Findings)
	dst = appendEnvelope(dst, ev)
	if from := ev.ParamFrom.String(); from != "" {
		dst = str(dst, "param", ev.Param)
		dst = str(dst, "param_source", from)
	}
	if len(ev.Template) > 0 {
		dst = str(dst, "template", ev.Template)
		dst = append(dst, `,"template_id":"`...)
		dst = AppendHex(dst, ev.TemplateID)
		dst = append(dst, '"')
	}
	return end(dst, ev, at)
}

func end(dst []byte, ev *parse.Event, at Line) []byte {
	if at.Why {
		dst = optional(dst, "why", ev.Why)
	}
	return append(dst, "}\n"...)
}

func str[T ~string | ~[]byte](dst []byte, key string, v T) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, key...)
	dst = append(dst, `":`...)
	return out.AppendString(dst, v)
}

func optional[T ~string | ~[]byte](dst []byte, key string, v T) []byte {
	if len(v) == 0 {
		return dst
	}
	return str(dst, key, v)
}

// appendMillis writes whole microseconds as milliseconds, exactly.
func appendMillis(dst []byte, us int64) []byte {
	dst = strconv.AppendInt(dst, us/1000, 10)
	if frac := us % 1000; frac > 0 {
		dst = append(dst, '.', byte('0'+frac/100), byte('0'+frac/10%10), byte('0'+frac%10))
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return dst
}

// AppendHex appends 16 hex digits.
func AppendHex(dst []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[v>>shift&15])
	}
	return dst
}

var flagNames = [...]string{"truncated", "clamped_time", "sse", "base64", "gzip"}

func appendFlags(dst []byte, f parse.Flags) []byte {
	dst = append(dst, `,"flags":[`...)
	return appendNames(dst, uint(f), flagNames[:])
}

func appendFindings(dst []byte, f parse.Findings) []byte {
	dst = append(dst, `,"findings":[`...)
	return appendNames(dst, uint(f), parse.FindingNames[:])
}

func appendNames(dst []byte, bits uint, names []string) []byte {
	first := true
	for i, name := range names {
		if bits>>i&1 == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, name...)
		dst = append(dst, '"')
	}
	return append(dst, ']')
}

// appendEnvelope writes the members that the body had; nothing where the body
// had no place for them.
func appendEnvelope(dst []byte, ev *parse.Event) []byte {
	e := &ev.Env
	members := [...]struct {
		key string
		m   *parse.Member
	}{
		{"type", &e.Type},
		{"message", &e.Message},
		{"param", &e.Param},
		{"feature", &e.Feature},
		{"available_from", &e.AvailableFrom},
		{"code", &e.Code},
	}
	has := ev.Shape == parse.ShapeEnvelope || ev.ErrorEvent
	for i := range members {
		has = has || members[i].m.Kind != parse.MemberAbsent
	}
	if !has {
		return dst
	}
	dst = append(dst, `,"envelope":{`...)
	first := true
	for i := range members {
		m := members[i].m
		if m.Kind == parse.MemberAbsent {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, members[i].key...)
		dst = append(dst, `":`...)
		switch {
		case m.Kind == parse.MemberNull:
			dst = append(dst, "null"...)
		case m.Kind == parse.MemberNumber && out.IsNumber(m.Value):
			dst = append(dst, m.Value...)
		default:
			dst = out.AppendString(dst, m.Value)
		}
	}
	return append(dst, '}')
}
