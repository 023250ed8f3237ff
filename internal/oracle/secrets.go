package oracle

import (
	"regexp"
	"strings"
)

// The rules of docs/secrets.md, word for word: a test compares them.
const secretRules = `SEP = \\*["']?[\s+]*(?:=(?:>|\\+(?i:u003e))?|:)[\s+]*
QUOTED = "((?s:[^"\\]|\\.)+)|\\"((?:[^"\\]|\\[^"\\]|\\{2,}(?:[^\\]|\z))+)|\\{2,}"((?:[^"\\]|\\{1,3}[^"\\]|\\{4,}(?:[^\\]|\z))+)|\\*'([^']+)|\[([^\]]+)|\{([^}]+)
INNER = [:=]\s*\\*["'][^"'\r\n]*["']?
LINE = ((?:<INNER>|[^\s+"'\\\[{>])(?:<INNER>|[^"'\\\r\n])*)
WORD = ((?:<INNER>|[:=]\s+|[^\s+"'&\\<>\[{])(?:<INNER>|[:=]\s+|[^\s"'&\\<>])*)
SIGNS = (?i:(?:x-[a-z]{1,20}-)?(?:signature|credential|security-token)|q-signature|sign?|ossaccesskeyid|awsaccesskeyid|googleaccessid|auth_key)
QUERY = (?:[^\s"'<>\\]|\\+[/u])

header: (?i:authorization|cookie)<SEP>(?:<QUOTED>|<LINE>)
named: (?i:api[_-]?key|password|passwd|pwd|private[_-]?key|secret(?:[_-]?access[_-]?key|[_-]?key)?|signature|token)<SEP>(?:<QUOTED>|<WORD>)
scheme: \b(?i:bearer|basic)[\s+]+((?:[A-Za-z0-9._~/=-]|\\+/)(?:[A-Za-z0-9._~+/=-]|\\+/){5,})
pat: \b(pt-(?:[\w-]{8,}|[A-Z0-9][\w-]{2,}|[a-z_-][A-Z0-9][\w-]+|[a-z_-]{2,}[A-Z0-9][\w-]*)(?:\.[\w-]+)*)
webhook: \b(whsec_(?:[\w+/=-]|\\+/)+)
jwt: \b(eyJ[\w-]*\.[\w-]+(?:\.[\w-]*)*)
query: \?((?:<QUERY>*(?:[&;?]|\\+u0026))?<SIGNS>=<QUERY>*)
mail: ([\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})
uuid: \b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b
`

// A rule matches at a position: here is anchored, anywhere is the same
// without an anchor and says whether asking at each position is worth it.
type rule struct {
	boundary       bool // a word boundary comes first
	here, anywhere *regexp.Regexp
}

func newRule(text string) rule {
	rest, boundary := strings.CutPrefix(text, `\b`)
	return rule{boundary, regexp.MustCompile(`^(?:` + rest + `)`), regexp.MustCompile(text)}
}

var secrets = readRules(secretRules)

func readRules(text string) []rule {
	parts := map[string]string{}
	fill := func(s string) string {
		for strings.Contains(s, "<") {
			before := s
			for name, part := range parts {
				s = strings.ReplaceAll(s, "<"+name+">", "(?:"+part+")")
			}
			if s == before {
				break // a < of an expression itself
			}
		}
		return s
	}
	var rules []rule
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if name, part, ok := strings.Cut(line, " = "); ok && strings.ToUpper(name) == name {
			parts[name] = fill(part)
		} else if _, re, ok := strings.Cut(line, ": "); ok {
			rules = append(rules, newRule(fill(re)))
		}
	}
	return rules
}

// cards are the shapes of card numbers, the longest first.
var cards = func() (out []rule) {
	for n := 18; n >= 12; n-- {
		out = append(out, newRule(strings.Replace(`\b[0-9](?:[ +-]?[0-9]){N}\b`, "N", itoa(n), 1)))
	}
	return out
}()

func itoa(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

type span struct{ from, to int }

// findSecrets reads a text from left to right and says where its secrets are.
func findSecrets(s string) []span {
	var out []span
	worth := make([]bool, len(secrets))
	for i, r := range secrets {
		worth[i] = r.anywhere.MatchString(s)
	}
	hasCard := cards[len(cards)-1].anywhere.MatchString(s) || longDigits.MatchString(s)
	for pos := 0; pos < len(s); {
		end := pos
		for i, r := range secrets {
			if !worth[i] || r.boundary && !boundary(s, pos) {
				continue
			}
			m := r.here.FindStringSubmatchIndex(s[pos:])
			if m == nil {
				continue
			}
			end = pos + m[1]
			for g := 2; g < len(m); g += 2 {
				if m[g] >= 0 {
					out = append(out, span{pos + m[g], pos + m[g+1]})
				}
			}
			break
		}
		if end == pos && hasCard && boundary(s, pos) {
			for _, c := range cards {
				if m := c.here.FindString(s[pos:]); m != "" && luhn(m) {
					end = pos + len(m)
					out = append(out, span{pos, end})
					break
				}
			}
		}
		if end == pos {
			end++
		}
		pos = end
	}
	return out
}

var longDigits = regexp.MustCompile(`[0-9](?:[ +-]?[0-9]){12}`)

// boundary: a word begins or ends between two bytes.
func boundary(s string, pos int) bool {
	word := func(i int) bool {
		return i >= 0 && i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i] >= 'A' && s[i] <= 'Z' || s[i] >= 'a' && s[i] <= 'z')
	}
	return word(pos-1) != word(pos)
}

func luhn(s string) bool {
	sum, n, zero := 0, 0, true
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		zero = zero && d == 0
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		n++
	}
	return sum%10 == 0 && !zero
}

var percent = regexp.MustCompile(`%(?:25)*[0-9A-Fa-f]{2}`)

// mask puts *** in the place of each secret: in the text as it is, then in
// what its percent-encoding says.
func mask(s string) string {
	s = cover(s, findSecrets(s), func(i int) int { return i })
	if !percent.MatchString(s) {
		return s
	}
	var decoded []byte
	var from []int // where each decoded byte begins in s
	for i := 0; i < len(s); {
		m := percent.FindStringIndex(s[i:])
		if m != nil && m[0] == 0 {
			var b byte
			for _, c := range []byte(s[i+m[1]-2 : i+m[1]]) {
				b = b<<4 | byte(strings.IndexByte("0123456789abcdef", c|0x20))
			}
			decoded, from = append(decoded, b), append(from, i)
			i += m[1]
			continue
		}
		decoded, from = append(decoded, s[i]), append(from, i)
		i++
	}
	from = append(from, len(s))
	return cover(s, findSecrets(string(decoded)), func(i int) int { return from[i] })
}

// cover replaces spans, given in positions that at translates.
func cover(s string, spans []span, at func(int) int) string {
	var b strings.Builder
	pos := 0
	for _, x := range spans {
		b.WriteString(s[pos:at(x.from)])
		b.WriteString("***")
		pos = at(x.to)
	}
	return b.String() + s[pos:]
}
