package oracle

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

var (
	majorText  = regexp.MustCompile(`^v?([0-9]+)`)
	qoderAgent = regexp.MustCompile(`^Qoder/([A-Za-z]+)$`)
)

// client is the SDK and its major version, else the user agent's product.
func client(lang, version, agent string) string {
	out := ""
	switch m := qoderAgent.FindStringSubmatch(agent); {
	case lang != "":
		out = "qoder-" + asciiLower(lang)
		if v := majorText.FindStringSubmatch(version); v != nil {
			out += "/" + v[1]
		}
	case m != nil:
		out = "qoder-" + asciiLower(m[1])
	default:
		out = agent
		if i := strings.IndexAny(agent, "/ "); i >= 0 {
			out = agent[:i]
		}
	}
	return clip(mask(valid([]byte(out))), 256)
}

var (
	paramIndex = regexp.MustCompile(`\[[0-9]+\]`)
	paramPart  = regexp.MustCompile(`^[0-9]+$`)
	paramName  = `([A-Za-z_][A-Za-z0-9_.\[\]-]{0,127})`
	fromText   = []*regexp.Regexp{
		regexp.MustCompile(`^` + paramName + `: field '` + paramName + `'`),
		regexp.MustCompile(`[Ff]ield '` + paramName + `'`),
		regexp.MustCompile(`Missing required field: ` + paramName),
		regexp.MustCompile(`Missing required parameter: ` + paramName),
		regexp.MustCompile("`" + paramName + "`"),
	}
)

// param folds the indexes of a param path.
func param(s string) string {
	s = paramIndex.ReplaceAllString(s, "[]")
	if strings.HasPrefix(s, "/") {
		s = strings.ReplaceAll(s[1:], "/", ".")
	}
	var b strings.Builder
	for i, p := range strings.Split(s, ".") {
		switch {
		case i > 0 && paramPart.MatchString(p):
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
		if m := re.FindStringSubmatch(message); m != nil {
			if i == 0 {
				return m[1] + "." + m[2], true
			}
			return m[1], true
		}
	}
	return "", false
}

// Mask set 1.
type replacement struct {
	re *regexp.Regexp
	to string
}

var masks []replacement

func template(message string) string {
	for _, m := range masks {
		message = m.re.ReplaceAllString(message, m.to)
	}
	return strings.Join(strings.Fields(message), " ")
}

func templateID(typ, text string) string {
	sum := sha256.Sum256([]byte("1\x00" + typ + "\x00" + text))
	return hex.EncodeToString(sum[:8])
}
