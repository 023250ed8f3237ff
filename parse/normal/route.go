package normal

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// NotHTTP is the route of what is no HTTP request.
const NotHTTP = "(not http)"

const (
	maxRoute    = 256 // bytes of a route's name
	maxSegments = 16  // segments of a route of the user's
	keptSegment = 8   // segments that the fallback names one by one
	maxLiteral  = 24  // bytes of a segment that the fallback takes for a name
	placeholder = "{id}"
)

// Target cuts scheme, host, query and fragment off a request target. What does
// not begin with / then (*, host:port, -, nothing) is no HTTP and is returned
// as it was logged.
func Target(raw []byte) (path []byte, http bool) {
	path = raw
	if len(path) == 0 || path[0] != '/' {
		path = path[originLen(path):]
	}
	if i := bytes.IndexByte(path, '?'); i >= 0 {
		path = path[:i]
	}
	if i := bytes.IndexByte(path, '#'); i >= 0 {
		path = path[:i]
	}
	if len(path) == 0 || path[0] != '/' {
		return raw, false
	}
	return path, true
}

// originLen is the length of the scheme://host that b begins with, else 0.
func originLen(b []byte) int {
	i := bytes.IndexByte(b, ':')
	if i <= 0 || !isAlpha(b[0]) || len(b) < i+3 || b[i+1] != '/' || b[i+2] != '/' {
		return 0
	}
	for _, c := range b[:i] {
		if class[c]&classAlnum == 0 && c != '+' && c != '.' && c != '-' {
			return 0
		}
	}
	for i += 3; i < len(b) && b[i] != '/' && b[i] != '?' && b[i] != '#'; i++ {
	}
	return i
}

// Routes names paths. It does not change once made and may be shared.
type Routes struct{ root *node }

// node is one segment of the known routes, a trie over whole segments.
type node struct {
	literals []edge
	slots    [32]int32 // by hash: 1 + the first edge to try
	any      *node     // below a placeholder
	route    string    // where a known route ends here
}

type edge struct {
	text string
	to   *node
	next int32 // 1 + the next edge of the same hash
}

// slot hashes a segment, which is not empty.
func slot[S string | []byte](seg S) int {
	return (int(seg[0]) + 3*int(seg[len(seg)-1]) + 5*len(seg)) & 31
}

// NewRoutes knows the API's catalogue and the user's own routes, such as
// /orders/{order_id}/items.
func NewRoutes(own []string) (*Routes, error) {
	r := &Routes{root: &node{}}
	for _, t := range managedRoutes {
		r.addAll("", t)
		for _, s := range sharedResources {
			if t == s || strings.HasPrefix(t, s+"/") && !strings.Contains(t, "/work") {
				r.addAll(forwardPrefix, t)
			}
		}
	}
	for _, t := range forwardRoutes {
		r.addAll(forwardPrefix, t)
	}
	for _, t := range own {
		if err := checkRoute(t); err != nil {
			return nil, err
		}
		r.add(t)
	}
	return r, nil
}

const forwardPrefix = "/forward"

// addAll adds a line of the catalogue with its alternatives.
func (r *Routes) addAll(prefix, line string) {
	base, rest, _ := strings.Cut(line, "(")
	tails, end, _ := strings.Cut(rest, ")")
	for tail := range strings.SplitSeq(tails, "|") {
		r.add(prefix + base + tail + end)
	}
}

func (r *Routes) add(route string) {
	n := r.root
	var name strings.Builder
	for seg := range strings.SplitSeq(route, "/") {
		switch {
		case seg == "":
			continue
		case seg[0] == '{':
			name.WriteString("/" + placeholder)
			if n.any == nil {
				n.any = &node{}
			}
			n = n.any
		default:
			name.WriteString("/" + seg)
			n = n.child(seg)
		}
	}
	n.route = name.String()
	if n.route == "" {
		n.route = "/"
	}
}

func (n *node) child(seg string) *node {
	if to := n.literal([]byte(seg)); to != nil {
		return to
	}
	to := &node{}
	first := &n.slots[slot(seg)]
	n.literals = append(n.literals, edge{seg, to, *first})
	*first = int32(len(n.literals))
	return to
}

func (n *node) literal(seg []byte) *node {
	for i := n.slots[slot(seg)]; i > 0; {
		e := &n.literals[i-1]
		if e.text == string(seg) {
			return e.to
		}
		i = e.next
	}
	return nil
}

// checkRoute says what is wrong with a route of the user's.
func checkRoute(route string) error {
	bad := func(why string) error { return fmt.Errorf("route %q: %s", route, why) }
	switch {
	case !strings.HasPrefix(route, "/"):
		return bad("it must begin with /")
	case len(route) > maxRoute:
		return bad(fmt.Sprintf("it is longer than %d bytes", maxRoute))
	case !utf8.ValidString(route):
		return bad("it is not UTF-8")
	case HasSecret([]byte(route)):
		return bad("it looks as if it holds a secret")
	}
	segs := 0
	for seg := range strings.SplitSeq(route, "/") {
		if seg == "" {
			continue
		}
		if segs++; segs > maxSegments {
			return bad(fmt.Sprintf("it has more than %d segments", maxSegments))
		}
		inner, isParam := strings.CutPrefix(seg, "{")
		if isParam {
			if inner, isParam = strings.CutSuffix(inner, "}"); !isParam || inner == "" {
				return bad("a placeholder is a whole segment such as {order_id}")
			}
		}
		for i := range len(inner) {
			switch c := inner[i]; {
			case c == '{' || c == '}':
				return bad("a placeholder is a whole segment such as {order_id}")
			case c == '?' || c == '#' || c == '*' || c <= ' ' || c == 0x7f:
				return bad(fmt.Sprintf("a segment may not hold %q", c))
			case c == ':' && i == 0 && !isParam:
				return bad("write a placeholder as {name}, not as :name")
			}
		}
	}
	return nil
}

// prefixes that are taken off where a known route matches the rest, longest
// first. Managed paths stand below /api/v1/cloud, forward paths below
// /api/v1, where the segment forward itself stays.
var prefixes = [...]struct {
	segs             []string
	managed, forward bool
}{
	{[]string{"api", "v1", "cloud"}, true, false},
	{[]string{"api", "v1"}, false, true},
	{[]string{"v1"}, true, true},
	{nil, true, true},
}

// Append appends the route of a path and tells whether it is a known one. The
// path is what Target returned.
func (r *Routes) Append(dst, path []byte) (out []byte, known bool) {
	for i := range prefixes {
		p := &prefixes[i]
		rest, ok := cutPrefix(path, p.segs)
		if !ok {
			continue
		}
		if p.managed != p.forward {
			if first, _ := cutSegment(rest); (string(first) == forwardPrefix[1:]) != p.forward {
				continue
			}
		}
		if route := r.root.match(rest); route != "" {
			return append(dst, route...), true
		}
	}
	return appendFallback(dst, path), false
}

// cutSegment cuts the first segment that is not empty off a path; at the end
// of the path it is nil.
func cutSegment(path []byte) (seg, rest []byte) {
	for len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
	if len(path) == 0 {
		return nil, nil
	}
	if i := bytes.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, nil
}

func cutPrefix(path []byte, prefix []string) (rest []byte, ok bool) {
	for _, p := range prefix {
		var seg []byte
		if seg, path = cutSegment(path); string(seg) != p {
			return nil, false
		}
	}
	return path, true
}

// match finds the known route of the path, literals before placeholders. It
// enters each node at most once.
func (n *node) match(path []byte) string {
	seg, rest := cutSegment(path)
	if seg == nil {
		return n.route
	}
	if to := n.literal(seg); to != nil {
		if route := to.match(rest); route != "" {
			return route
		}
	}
	if n.any != nil {
		return n.any.match(rest)
	}
	return ""
}

// appendFallback names a path that nobody knows by its segments.
func appendFallback(dst, path []byte) []byte {
	n := len(dst)
	for i := 0; ; i++ {
		var seg []byte
		if seg, path = cutSegment(path); seg == nil {
			break
		}
		if i == keptSegment {
			dst = append(dst, "/*"...)
			break
		}
		dst = append(dst, '/')
		if isLiteral(seg) {
			dst = append(dst, seg...)
		} else {
			dst = append(dst, placeholder...)
		}
	}
	if len(dst) == n {
		dst = append(dst, '/')
	}
	if len(dst)-n > maxRoute {
		dst = dst[:n+maxRoute] // ASCII
	}
	return dst
}

// isLiteral tells whether the fallback takes a segment for a name: v and
// digits, or [a-z][a-z_-]* of at most 24 bytes.
func isLiteral(seg []byte) bool {
	if seg[0] == 'v' && allDigits(seg[1:]) {
		return true
	}
	if len(seg) > maxLiteral || seg[0] < 'a' || seg[0] > 'z' {
		return false
	}
	for _, c := range seg[1:] {
		if (c < 'a' || c > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
