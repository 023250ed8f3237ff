package normal

import (
	"fmt"
	"strings"
	"testing"
)

func TestCallerKey(t *testing.T) {
	k := FixedCallerKey()
	parsed, err := ParseCallerKey("000102030405060708090a0b0c0d0e0f\n")
	if err != nil || parsed != k {
		t.Fatalf("ParseCallerKey: %v, %v", parsed, err)
	}
	// The vectors of the SipHash paper: the key above, messages 00 01 02 ….
	msg := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	for n, want := range map[int]uint64{0: 0x726fdb47dd0e0e31, 8: 0x93f5f5799a932462, 15: 0xa129ca6149be45e5} {
		if got := k.Hash64(msg[:n]); got != want {
			t.Errorf("Hash64 of %d bytes = %#x, want %#x", n, got, want)
		}
		if got := k.Hash(msg[:n]); got != want&(1<<63-1) {
			t.Errorf("Hash of %d bytes = %#x, want the top bit cleared", n, got)
		}
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 31), strings.Repeat("0", 34), strings.Repeat("g", 32), "s3cret"} {
		if _, err := ParseCallerKey(bad); err == nil || bad == "s3cret" && strings.Contains(err.Error(), bad) {
			t.Errorf("ParseCallerKey(%q): %v", bad, err)
		}
	}
}

func TestCallerKeyDoesNotPrintItself(t *testing.T) {
	k := CallerKey{0xde, 0xad, 0xbe, 0xef}
	other := CallerKey{0xde, 0xad, 0xbe, 0xee}
	if k.Fingerprint() == other.Fingerprint() || len(k.Fingerprint()) != 16 {
		t.Errorf("fingerprints %s, %s", k.Fingerprint(), other.Fingerprint())
	}
	for _, format := range []string{"%v", "%s", "%+v", "%#v", "%x", "%q"} {
		for _, v := range []any{k, &k, struct{ K CallerKey }{k}} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, "deadbeef") || strings.Contains(s, "222 173") || strings.Contains(s, "0xde") {
				t.Errorf("%s of a key prints %q", format, s)
			}
		}
	}
}

func TestIsNoCaller(t *testing.T) {
	for _, v := range []string{"", "-", "REDACTED", "***", " ", " - "} {
		if !IsNoCaller([]byte(v)) {
			t.Errorf("%q is a caller", v)
		}
	}
	for _, v := range []string{"x", "--", "redacted", "****", "Bearer REDACTED"} {
		if IsNoCaller([]byte(v)) {
			t.Errorf("%q is no caller", v)
		}
	}
}

func TestCredential(t *testing.T) {
	for in, want := range map[string]string{
		"Bearer pt-x":     "pt-x",
		"  Bearer  pt-x ": "pt-x",
		"Bearer\tpt-x y":  "pt-x y",
		"pt-x":            "pt-x",
		"Bearer ":         "Bearer",
		"Bearer REDACTED": "REDACTED",
		"":                "",
		"  ":              "",
	} {
		if got := string(Credential([]byte(in))); got != want {
			t.Errorf("Credential(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAuthOf(t *testing.T) {
	for _, c := range []struct {
		auth, key         string
		haveAuth, haveKey bool
		logged            bool
		want              Auth
	}{
		{"Bearer x", "", true, false, true, AuthBearer},
		{"bEARER x", "k", true, true, true, AuthBearer},
		{"Bearer", "", true, false, true, AuthBearer},
		{"Basic x", "", true, false, true, AuthOther},
		{"Bearerx", "", true, false, true, AuthOther},
		{"pt-x", "", true, false, false, AuthOther},
		{"", "", true, false, true, AuthOther},
		{"REDACTED", "", true, false, true, AuthRedacted},
		{"***", "", true, false, true, AuthRedacted},
		{"Bearer REDACTED", "", true, false, true, AuthRedacted},
		{"bearer ***", "", true, false, true, AuthRedacted},
		{"Basic REDACTED", "", true, false, true, AuthOther},
		{"REDACTED x", "", true, false, true, AuthOther},
		{"", "k", false, true, true, AuthAPIKey},
		{"", "REDACTED", false, true, true, AuthRedacted},
		{"", "***", false, true, false, AuthRedacted},
		{"", "", false, false, true, AuthNone},
		{"", "", false, false, false, AuthUnknown},
	} {
		if got := AuthOf([]byte(c.auth), []byte(c.key), c.haveAuth, c.haveKey, c.logged); got != c.want {
			t.Errorf("AuthOf(%q, %q, %v, %v, %v) = %q, want %q", c.auth, c.key, c.haveAuth, c.haveKey, c.logged, got, c.want)
		}
	}
}

func TestRetryOf(t *testing.T) {
	for in, want := range map[string]Retry{
		"0": Retry0, "1": Retry1, "2": Retry2, "3": Retry3, "4": Retry3, "10": Retry3, "002": Retry2, " 1 ": Retry1, "00": Retry0,
		strings.Repeat("9", 99): Retry3,
		"":                      RetryUnknown, "-": RetryUnknown, "-1": RetryUnknown, "1.0": RetryUnknown, "x": RetryUnknown, "１": RetryUnknown,
	} {
		if got := RetryOf([]byte(in), true); got != want {
			t.Errorf("RetryOf(%q) = %q, want %q", in, got, want)
		}
	}
	if got := RetryOf([]byte("1"), false); got != RetryUnknown {
		t.Errorf("RetryOf without a header = %q", got)
	}
}

func TestAppendClient(t *testing.T) {
	for _, c := range []struct{ lang, version, ua, want string }{
		{"Go", "1.2.3", "Qoder/Go", "qoder-go/1"},
		{"Python", "v12.0-rc1", "x", "qoder-python/12"},
		{" TypeScript ", "", "x", "qoder-typescript"},
		{"go", "dev", "", "qoder-go"},
		{"-", "1", "Qoder/Go", "qoder-go"},
		{"", "1", "Qoder/Java", "qoder-java"},
		{"", "", "Qoder/1.2", "Qoder"},
		{"", "", "Qoder/Go curl/8", "Qoder"},
		{"", "", "Qoder/", "Qoder"},
		{"", "", "curl/8.1.2", "curl"},
		{"", "", "Mozilla/5.0 (X11)", "Mozilla"},
		{"", "", "python requests", "python"},
		{"", "", "okhttp", "okhttp"},
		{"", "", "-", ""},
		{"", "", "", ""},
		{"", "", "/x", ""},
		{"", "", "bob@example.com/1", "***"},
		{"", "", "pt-EXAMPLE", "***"},
		{"token=abc", "1", "", "qoder-token=***"},
	} {
		if got := string(AppendClient([]byte("keep "), []byte(c.lang), []byte(c.version), []byte(c.ua))); got != "keep "+c.want {
			t.Errorf("AppendClient(%q, %q, %q) = %q, want %q", c.lang, c.version, c.ua, got, "keep "+c.want)
		}
	}
}

// TestNames guards the order of names against that of the constants.
func TestNames(t *testing.T) {
	if s := fmt.Sprint(CallerNone, CallerField, CallerConsumer, CallerCredential, CallerUser, CallerAddress); s != "  field consumer credential user address" && s != " field consumer credential user address" {
		t.Errorf("caller kinds: %q", s)
	}
	if s := fmt.Sprint(AuthNone, AuthBearer, AuthAPIKey, AuthOther, AuthRedacted); s != "none bearer x-api-key other redacted" {
		t.Errorf("auth: %q", s)
	}
	if s := fmt.Sprint(Retry0, Retry1, Retry2, Retry3); s != "0 1 2 3+" {
		t.Errorf("retry: %q", s)
	}
	if AuthUnknown.String() != "" || RetryUnknown.String() != "" || CallerNone.String() != "" {
		t.Error("what is not known has a name")
	}
}
