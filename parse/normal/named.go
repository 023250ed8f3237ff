package normal

// namedValue matches the name of a secret at i, a separator and a value; what
// it returns is the value. The name may be the end of a longer one, as in
// access_token or x-api-key.
func namedValue(s []byte, i int) match {
	n, header := secretName(s[i:])
	if n == 0 {
		return match{}
	}
	i = separatorEnd(s, i+n)
	if i == 0 || i == len(s) {
		return match{}
	}
	from, end := i, 0
	switch c := s[i]; c {
	case '"':
		from = i + 1
		end = quotedEnd(s, from)
	case '\'':
		from = i + 1
		end = untilByte(s, from, '\'')
	case '[':
		from = i + 1
		end = untilByte(s, from, ']')
	case '{':
		from = i + 1
		end = untilByte(s, from, '}')
	case '\\':
		for i < len(s) && s[i] == '\\' {
			i++
		}
		if i == len(s) {
			return match{}
		}
		n, from = i-from, i+1
		switch s[i] {
		case '"':
			end = escapedEnd(s, from, n)
		case '\'':
			end = untilByte(s, from, '\'')
		default:
			return match{}
		}
	case '>':
		return match{}
	default:
		end = bareEnd(s, i, header)
	}
	if end <= from {
		return match{}
	}
	return match{from, end}
}

// secretName is the length of the secret's name that b begins with, and
// whether it is a header whose value goes on to the end of the line.
func secretName(b []byte) (n int, header bool) {
	switch lower(b[0]) {
	case 'a':
		if hasPrefixFold(b, "authorization") {
			return len("authorization"), true
		}
		if hasPrefixFold(b, "api") {
			return wordKey(b, 3), false
		}
	case 'c':
		if hasPrefixFold(b, "cookie") {
			return len("cookie"), true
		}
	case 'p':
		switch {
		case len(b) > 1 && b[1]|0x20 == 'w' && hasPrefixFold(b, "pwd"):
			return len("pwd"), false
		case hasPrefixFold(b, "password"):
			return len("password"), false
		case hasPrefixFold(b, "passwd"):
			return len("passwd"), false
		case hasPrefixFold(b, "private"):
			return wordKey(b, len("private")), false
		}
	case 's':
		if hasPrefixFold(b, "secret") {
			n := len("secret")
			m := n
			if m < len(b) && (b[m] == '_' || b[m] == '-') {
				m++
			}
			if hasPrefixFold(b[m:], "access") {
				if k := wordKey(b, m+len("access")); k > 0 {
					return k, false
				}
			}
			if k := wordKey(b, n); k > 0 {
				return k, false
			}
			return n, false
		}
		if hasPrefixFold(b, "signature") {
			return len("signature"), false
		}
	case 't':
		if hasPrefixFold(b, "token") {
			return len("token"), false
		}
	}
	return 0, false
}

// wordKey matches "key", "_key" or "-key" at b[n:] and returns where it ends, else 0.
func wordKey(b []byte, n int) int {
	if n < len(b) && (b[n] == '_' || b[n] == '-') {
		n++
	}
	if !hasPrefixFold(b[n:], "key") {
		return 0
	}
	return n + len("key")
}

// separatorEnd is the end of what stands between a name and its value: the
// name's closing quote, gaps, : or = or =>, gaps. 0: something else.
func separatorEnd(s []byte, i int) int {
	for i < len(s) && s[i] == '\\' {
		i++
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		i++
	}
	i = skipGaps(s, i)
	if i == len(s) || s[i] != ':' && s[i] != '=' {
		return 0
	}
	i++
	if s[i-1] == '=' && i < len(s) {
		if s[i] == '>' {
			i++
		} else if n := backslashes(s, i); n > 0 && hasPrefixFold(s[i+n:], "u003e") {
			i += n + len("u003e")
		}
	}
	return skipGaps(s, i)
}

// skipGaps skips blanks and what forms write for them.
func skipGaps(s []byte, i int) int {
	for i < len(s) && (isBlank(s[i]) || s[i] == '+') {
		i++
	}
	return i
}

func skipBlanks(s []byte, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

// backslashes counts the backslashes at i.
func backslashes(s []byte, i int) int {
	n := 0
	for i+n < len(s) && s[i+n] == '\\' {
		n++
	}
	return n
}

func untilByte(s []byte, i int, stop byte) int {
	for i < len(s) && s[i] != stop {
		i++
	}
	return i
}

// quotedEnd is the end of a string's content: a quote behind no backslash.
func quotedEnd(s []byte, i int) int {
	for i < len(s) && s[i] != '"' {
		if s[i] == '\\' {
			if i+1 == len(s) {
				return i
			}
			i++
		}
		i++
	}
	return i
}

// escapedEnd is the end of a string's content in text that was escaped once
// (its quotes have one backslash) or more often: a quote behind more
// backslashes than that is content.
func escapedEnd(s []byte, i, backslashes int) int {
	limit := 1
	if backslashes > 1 {
		limit = 3
	}
	for i < len(s) && s[i] != '"' {
		n := i
		for n < len(s) && s[n] == '\\' {
			n++
		}
		run := n - i
		switch {
		case run > limit:
			i = min(n+1, len(s))
		case run == 0:
			i++
		case n == len(s) || s[n] == '"':
			return i
		default:
			i = n + 1
		}
	}
	return i
}

// bareEnd is the end of a value without quotes. A name with a value of its own
// inside it ("token: password: x") belongs to it.
func bareEnd(s []byte, i int, header bool) int {
	for i < len(s) {
		c := s[i]
		if c == ':' || c == '=' {
			j := skipBlanks(s, i+1)
			k := j
			for k < len(s) && s[k] == '\\' {
				k++
			}
			if k < len(s) && (s[k] == '"' || s[k] == '\'') {
				for i = k + 1; i < len(s) && s[i] != '"' && s[i] != '\'' && s[i] != '\r' && s[i] != '\n'; i++ {
				}
				if i < len(s) && (s[i] == '"' || s[i] == '\'') {
					i++
				}
				continue
			}
			i++
			if !header {
				i = j
			}
			continue
		}
		switch {
		case c == '"' || c == '\'' || c == '\\':
			return i
		case header && (c == '\r' || c == '\n'):
			return i
		case !header && (isBlank(c) || c == '&' || c == '<' || c == '>'):
			return i
		}
		i++
	}
	return i
}
