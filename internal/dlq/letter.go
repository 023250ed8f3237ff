package dlq

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"unicode/utf8"

	"errata/parse/normal"
)

// Letter is one dead letter: one or more consecutive entries of a lane that
// failed for one reason.
type Letter struct {
	Source  string `json:"source"`
	Name    string `json:"name"` // file or topic/partition
	Lane    string `json:"lane"`
	Line    int64  `json:"line,omitempty"` // of the first entry, from 1
	Offset  int64  `json:"offset"`         // of the first record
	Entry   int    `json:"entry"`          // of the first, in its record
	Count   int64  `json:"count"`          // consecutive entries of this reason
	Reason  string `json:"reason"`
	Detail  string `json:"detail,omitempty"`
	Time    string `json:"time,omitempty"` // RFC 3339, where one was read
	Payload string `json:"payload"`        // the first entry, redacted, at most 1 KiB
}

// payloadMax bounds a payload: enough to see what is wrong with an entry.
const payloadMax = 1 << 10

// maskWindow is how much of an entry is redacted to get a payload: more than
// payloadMax, since masks are shorter than secrets.
const maskWindow = 8 << 10

// identity tells letters apart. Not by lane: a file whose first batch was not
// committed gets another one. Not by count: see the package comment.
type identity [16]byte

func (l *Letter) identity() identity {
	h := sha256.New()
	var n [8]byte
	text := func(s string) {
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	text(l.Source)
	text(l.Name)
	text(l.Payload)
	binary.LittleEndian.PutUint64(n[:], uint64(l.Offset))
	h.Write(n[:])
	binary.LittleEndian.PutUint64(n[:], uint64(l.Entry))
	h.Write(n[:])
	var id identity
	copy(id[:], h.Sum(nil))
	return id
}

// Payload is what a letter shows of an entry: redacted, valid UTF-8, at most
// 1 KiB. cut says that raw is only the beginning of the entry.
func Payload(raw []byte, cut bool) string {
	if len(raw) > maskWindow {
		raw, cut = raw[:maskWindow], true
	}
	if cut {
		// A secret that the end of the window cuts may not look like one any more.
		raw = raw[:lastWord(raw)]
	}
	masked := bytes.ToValidUTF8(normal.AppendMasked(nil, raw), []byte("\uFFFD"))
	if len(masked) > payloadMax {
		end := payloadMax
		for end > 0 && !utf8.RuneStart(masked[end]) {
			end--
		}
		masked = masked[:end]
	}
	return string(masked)
}

// lastWord is where the last word of b begins. A b without any blank, quote or
// separator in its second half is cut in the middle: a word that long is shown in part or not at all.
func lastWord(b []byte) int {
	for i := len(b); i > len(b)/2; i-- {
		switch b[i-1] {
		case ' ', '\t', '"', '\'', ',', '{', '}', '[', ']', '(', ')', '<', '>', '\n':
			return i
		}
	}
	return len(b) / 2
}
