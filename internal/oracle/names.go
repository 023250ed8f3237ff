package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

var (
	majorText  = regexp.MustCompile(`\Av?([0-9]+)`)
	qoderAgent = regexp.MustCompile(`\AQoder/([A-Za-z]+)\z`)
)

func trim(s string) string { return strings.Trim(s, " \t\r\n") }

// client is the SDK and its major version, else the user agent's product.
func client(lang, version, agent string) string {
	lang, version, agent = trim(lang), trim(version), trim(agent)
	out := ""
	switch m := qoderAgent.FindStringSubmatch(agent); {
	case lang != "" && lang != "-":
		out = "qoder-" + asciiLower(lang)
		if v := majorText.FindStringSubmatch(version); v != nil {
			out += "/" + v[1]
		}
	case m != nil:
		out = "qoder-" + asciiLower(m[1])
	case agent != "-":
		out = agent
		if i := strings.IndexAny(agent, "/ \t"); i >= 0 {
			out = agent[:i]
		}
	}
	return clip(mask(valid([]byte(out))), 256)
}

const paramName = `([A-Za-z_][A-Za-z0-9_.\[\]-]*)`

var (
	paramNumber = regexp.MustCompile(`\A-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\z`)
	paramIndex  = regexp.MustCompile(`\[[0-9]+\]`)
	fromText    = []*regexp.Regexp{
		regexp.MustCompile(`\A` + paramName + `: field '` + paramName + `'`),
		regexp.MustCompile(`[Ff]ield '` + paramName + `'`),
		regexp.MustCompile(`Missing required field: ` + paramName),
		regexp.MustCompile(`Missing required parameter: ` + paramName),
		regexp.MustCompile("`" + paramName + "`"),
	}
)

// param folds the indexes of a param path.
func param(s string) string {
	if paramNumber.MatchString(s) {
		return s
	}
	if strings.HasPrefix(s, "/") {
		s = strings.ReplaceAll(s[1:], "/", ".")
	}
	s = paramIndex.ReplaceAllString(s, "[]")
	var b strings.Builder
	for i, p := range strings.Split(s, ".") {
		switch {
		case digitsText.MatchString(p):
			b.WriteString("[]")
		case i > 0:
			b.WriteString("." + p)
		default:
			b.WriteString(p)
		}
	}
	return b.String()
}

func paramFromMessage(message string) (string, bool) {
	for i, re := range fromText {
		for _, m := range re.FindAllStringSubmatch(message, -1) {
			name := m[1]
			if i == 2 || i == 3 {
				name = strings.TrimRight(name, ".-")
			}
			long := len(name) > 128
			if i == 0 {
				long = long || len(m[2]) > 128
				name += "." + m[2]
			}
			if !long {
				return name, true
			}
		}
	}
	return "", false
}

// Mask set 1 of docs/decoding.md, word for word: a test compares them.
const maskRules = `ALNUM = [0-9A-Za-z]
TAIL = [0-9]<ALNUM>{5,}|[A-Za-z][0-9]<ALNUM>{4,}|[A-Za-z]{2}[0-9]<ALNUM>{3,}|[A-Za-z]{3}[0-9]<ALNUM>{2,}|[A-Za-z]{4}[0-9]<ALNUM>+|[A-Za-z]{5,}[0-9]<ALNUM>*
D = [0-9]
L = [A-Fa-f]
H = [0-9A-Fa-f]
HEX = <D><L><H>{6,}|<D>{2}<L><H>{5,}|<D>{3}<L><H>{4,}|<D>{4}<L><H>{3,}|<D>{5}<L><H>{2,}|<D>{6}<L><H>+|<D>{7,}<L><H>*|<L><D><H>{6,}|<L>{2}<D><H>{5,}|<L>{3}<D><H>{4,}|<L>{4}<D><H>{3,}|<L>{5}<D><H>{2,}|<L>{6}<D><H>+|<L>{7,}<D><H>*
CLOCK = <D><D>:<D><D>:<D><D>(?:[.,]<D>+)?
ZONE = Z|[+-]<D><D>:?<D><D>

'*': (\A|[\s(\[{<=:,;|]|[^\x00-\x7F])'(?:[^']|\b'[A-Za-z])*'
"*": "[^"]*"
` + "`*`: `[^`]*`" + `
{url}: \b[A-Za-z]<ALNUM>*://[!#-&(-;=?-_a-~]*[#$%&(*+/0-9=@A-Z\[\\^_a-z{|~-]
{uuid}: \b<H>{8}-<H>{4}-<H>{4}-<H>{4}-<H>{12}\b
{id}: \b[A-Za-z]\w*_<TAIL>\b
{hex}: \b(?:<HEX>|0[xX]<H>+)\b
{time}: \b<D>{4}[-/]<D><D>[-/]<D><D>(?:[T ]<D><D>:<D><D>(?::<D><D>(?:[.,]<D>+)?)?<ZONE>?)?\b|\b<CLOCK>\b
{ip}: \b<D>{1,3}(?:\.<D>{1,3}){3}\b|\b<H>{1,4}(?::<H>{1,4}){7}\b|\b<H>{1,4}(?::<H>{1,4}){0,6}::(?:<H>{1,4}(?::<H>{1,4}){0,6}\b)?
{n}: (?:\B[-+])?\b<D>\w*(?:[.,]<D>\w*)*
`

// masks are the rules joined: which group took part says which rule it was.
var masks, maskNames = readMasks(maskRules)

func readMasks(text string) (*regexp.Regexp, []string) {
	parts := map[string]string{}
	var names, all []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		fill := func(s string) string {
			for before := ""; s != before; {
				before = s
				for name, part := range parts {
					s = strings.ReplaceAll(s, "<"+name+">", "(?:"+part+")")
				}
			}
			return s
		}
		if name, part, ok := strings.Cut(line, " = "); ok {
			parts[name] = part
		} else if name, re, ok := strings.Cut(line, ": "); ok {
			names = append(names, name)
			all = append(all, "("+fill(re)+")")
		}
	}
	return regexp.MustCompile(strings.Join(all, "|")), names
}

var blankRun = regexp.MustCompile(`\s+`)

// template is the masked text of a message.
func template(message string) string {
	var b strings.Builder
	pos := 0
	for _, m := range masks.FindAllStringSubmatchIndex(message, -1) {
		b.WriteString(message[pos:m[0]])
		pos = m[1]
		// Group 1 is the first rule, group 2 what stays in front of its apostrophe.
		group := 0
		for i, g := 0, 2; i < len(maskNames); i++ {
			if m[g] >= 0 {
				group = i
			}
			g += 2
			if i == 0 {
				if m[g] >= 0 {
					b.WriteString(message[m[g]:m[g+1]])
				}
				g += 2
			}
		}
		b.WriteString(maskNames[group])
	}
	text := blankRun.ReplaceAllString(b.String()+message[pos:], " ")
	return strings.Trim(clip(strings.Trim(text, " "), 512), " ")
}

func templateID(typ, text string) string {
	sum := sha256.Sum256([]byte("1\x00" + typ + "\x00" + text))
	return hex.EncodeToString(sum[:8])
}
