package gen

import "hash/crc32"

// filler is prose with what a careless decoder trips over.
var filler = []string{
	"lorem ipsum ", `"quoted" `, `C:\temp\x `, `^\d+(\.\d+)?$ `, `{"error":{"type":"not_this_one"}} `, "naïve ", "日本語 ", "}]", `\" `, "line\n", "😀 ", "x=1&y=2 ",
}

func appendFiller(dst []byte, n int, r *rng) []byte {
	for end := len(dst) + n; len(dst) < end; {
		dst = append(dst, filler[r.n(len(filler))]...)
	}
	return dst
}

// appendMessage writes a text with its placeholders filled in.
func (b *bodies) appendMessage(dst []byte, text string, e *entry) []byte {
	r := &b.r
	for i := 0; i < len(text); i++ {
		if text[i] != '{' || i+1 == len(text) || text[i+1] == '"' {
			dst = append(dst, text[i])
			continue
		}
		j := i + 1
		for j < len(text) && text[j] != '}' {
			j++
		}
		switch name := text[i+1 : j]; name {
		case "id":
			dst = append(dst, e.id...)
		case "n":
			dst = appendInt(dst, int64(r.n(4000)))
		case "ms":
			dst = appendInt(dst, e.t/1e6)
		case "hex":
			dst = appendHex(dst, r.next(), 16)
		case "uuid":
			dst = appendUUID(dst, r)
		case "ip":
			dst = append(dst, "10.0."...)
			dst = appendInt(append(appendInt(dst, int64(r.n(256))), '.'), int64(r.n(256)))
		case "host":
			dst = append(dst, hosts[r.n(len(hosts))]...)
		case "time", "date":
			var c civil
			from := len(dst)
			dst = c.appendISO(dst, e.t/1e9, 0)
			if name == "date" {
				dst = dst[:from+10]
			}
		case "name":
			dst = append(dst, b.name()...)
		case "feature":
			if e.feature != nil {
				dst = append(dst, e.feature.Name...)
			}
		default:
			dst = appendID(dst, name, e.t, r)
		}
		i = j
	}
	return dst
}

func (b *bodies) name() string {
	switch {
	case b.r.per100k(b.s.Bodies.Hostile):
		return hostileNames[b.r.n(len(hostileNames))]
	case b.r.per100k(b.s.Bodies.Unicode):
		return unicodeNames[b.r.n(len(unicodeNames))]
	}
	return plainNames[b.r.n(len(plainNames))]
}

// appendGzip writes text as a gzip member of stored blocks: a compressor's
// output might change with the Go version.
func appendGzip(dst, text []byte) []byte {
	const block = 0xffff
	dst = append(dst, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
	sum, size := crc32.ChecksumIEEE(text), uint32(len(text))
	for {
		n := min(len(text), block)
		last := byte(0)
		if n == len(text) {
			last = 1
		}
		dst = append(dst, last, byte(n), byte(n>>8), ^byte(n), ^byte(n>>8))
		dst = append(dst, text[:n]...)
		text = text[n:]
		if last == 1 {
			break
		}
	}
	return append(dst, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24), byte(size), byte(size>>8), byte(size>>16), byte(size>>24))
}
