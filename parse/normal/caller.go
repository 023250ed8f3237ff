package normal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"github.com/dchest/siphash"
)

// CallerKey is the secret under which callers are hashed. It prints as its
// fingerprint, so that no log shows it by accident.
type CallerKey [16]byte

// FixedCallerKey is the documented key of one-shot commands, which keep no
// store whose key they could use: 000102030405060708090a0b0c0d0e0f.
func FixedCallerKey() CallerKey {
	return CallerKey{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
}

var errCallerKey = errors.New("a caller key is 32 hex digits")

// ParseCallerKey reads a key written as 32 hex digits; blanks around it (the
// line end of a key file) do not count. The error never shows the text.
func ParseCallerKey(text string) (CallerKey, error) {
	var k CallerKey
	raw, err := hex.DecodeString(string(trimBlanks([]byte(text))))
	if err != nil || len(raw) != len(k) {
		return CallerKey{}, errCallerKey
	}
	copy(k[:], raw)
	return k, nil
}

// Hash is the caller hash of a raw value: SipHash-2-4 with the top bit
// cleared, so that it fits a signed 64-bit column.
func (k *CallerKey) Hash(raw []byte) uint64 { return k.Hash64(raw) &^ (1 << 63) }

// Hash64 is SipHash-2-4 with all its bits.
func (k *CallerKey) Hash64(raw []byte) uint64 {
	return siphash.Hash(binary.LittleEndian.Uint64(k[:8]), binary.LittleEndian.Uint64(k[8:]), raw)
}

// Fingerprint tells two keys apart without giving either away: 16 hex digits
// of a SHA-256.
func (k CallerKey) Fingerprint() string {
	sum := sha256.Sum256(append([]byte("errata caller key\x00"), k[:]...))
	return hex.EncodeToString(sum[:8])
}

// String is the fingerprint.
func (k CallerKey) String() string { return "caller key " + k.Fingerprint() }

// GoString is the fingerprint.
func (k CallerKey) GoString() string { return k.String() }

// IsNoCaller tells whether a logged value stands for no caller: empty, "-" or
// what gateways write over a secret.
func IsNoCaller(v []byte) bool {
	v = trimBlanks(v)
	return len(v) == 0 || string(v) == "-" || isRedacted(v)
}

func isRedacted(v []byte) bool { return string(v) == "REDACTED" || string(v) == "***" }

// Credential is the part of an authorization value that identifies the
// caller: the text after the first blank, without one the whole value. It is
// a slice of its argument.
func Credential(authorization []byte) []byte {
	_, rest, found := cutScheme(authorization)
	if !found {
		return trimBlanks(authorization)
	}
	return rest
}

// cutScheme splits "Scheme credentials" at the first blank.
func cutScheme(v []byte) (scheme, rest []byte, found bool) {
	v = trimBlanks(v)
	i := bytes.IndexAny(v, " \t")
	if i < 0 {
		return v, nil, false
	}
	return v[:i], trimBlanks(v[i:]), true
}

// AuthOf says how a request authenticated, from its two headers; logged tells
// whether the record carries request headers at all.
func AuthOf(authorization, apiKey []byte, haveAuth, haveKey, logged bool) Auth {
	switch {
	case haveAuth:
		scheme, rest, _ := cutScheme(authorization)
		bearer := equalFold(scheme, "bearer")
		switch {
		case isRedacted(scheme) && len(rest) == 0, bearer && isRedacted(rest):
			return AuthRedacted
		case bearer:
			return AuthBearer
		}
		return AuthOther
	case haveKey:
		if isRedacted(trimBlanks(apiKey)) {
			return AuthRedacted
		}
		return AuthAPIKey
	case logged:
		return AuthNone
	}
	return AuthUnknown
}

// RetryOf reads a retry count header. What is no number of ASCII digits is
// unknown.
func RetryOf(v []byte, present bool) Retry {
	v = trimBlanks(v)
	if !present || len(v) == 0 {
		return RetryUnknown
	}
	for _, c := range v {
		if !isDigit(c) {
			return RetryUnknown
		}
	}
	for len(v) > 1 && v[0] == '0' {
		v = v[1:]
	}
	if len(v) > 1 || v[0] > '2' {
		return Retry3
	}
	return Retry0 + Retry(v[0]-'0')
}

// AppendClient names the client: the API's own SDK as qoder-LANG/MAJOR from
// its language and version headers, else the first product of the user agent.
// The name is masked of secrets.
func AppendClient(dst, lang, version, ua []byte) []byte {
	n := len(dst)
	if lang = trimBlanks(lang); len(lang) > 0 && string(lang) != "-" {
		dst = appendLower(append(dst, "qoder-"...), lang)
		if m := major(trimBlanks(version)); len(m) > 0 {
			dst = append(append(dst, '/'), m...)
		}
	} else if ua = trimBlanks(ua); isSDKAgent(ua) {
		dst = appendLower(append(dst, "qoder-"...), ua[len(sdkAgent):])
	} else if string(ua) != "-" {
		if i := bytes.IndexAny(ua, "/ \t"); i >= 0 {
			ua = ua[:i]
		}
		dst = append(dst, ua...)
	}
	if !HasSecret(dst[n:]) {
		return dst
	}
	end := len(dst)
	dst = AppendMasked(dst, dst[n:end])
	return append(dst[:n], dst[end:]...)
}

const sdkAgent = "Qoder/"

// isSDKAgent tells whether a user agent is the SDK's "Qoder/LANG" and nothing more.
func isSDKAgent(ua []byte) bool {
	if len(ua) <= len(sdkAgent) || string(ua[:len(sdkAgent)]) != sdkAgent {
		return false
	}
	for _, c := range ua[len(sdkAgent):] {
		if !isAlpha(c) {
			return false
		}
	}
	return true
}

// major is the leading number of a version, behind an optional v.
func major(version []byte) []byte {
	if len(version) > 0 && version[0] == 'v' {
		version = version[1:]
	}
	i := 0
	for i < len(version) && isDigit(version[i]) {
		i++
	}
	return version[:i]
}
