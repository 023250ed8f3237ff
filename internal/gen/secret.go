package gen

// secretPlace is where an entry's planted secret stands.
type secretPlace uint8

const (
	noSecret secretPlace = iota
	secretInMessage
	secretInQuery
	secretInPath
	secretInAgent
	secretInCode
	secretInCookie
	secretInRequestID
	secretInBeta
	secretPlaces
)

// Secrets that cannot hold the canary in a form that stays a secret when cut.
const (
	secretMail  = "synthetic.person@example.com"
	secretCard  = "4111 1111 1111 1111"
	secretCard2 = "5500-0000-0000-0004"
)

// canaries are what no output of errata may hold.
func canaries() []string {
	return []string{canary, secretMail, secretCard, secretCard2}
}

// secretForms are the looks of secrets; # stands for the value, which begins
// with twelve characters that are no canary, so that a cut one shows none.
var secretForms = []string{
	"Bearer #", "pt-#", "whsec_#", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzeW50aGV0aWMifQ.#",
	"https://files.example.com/o/report.csv?Expires=1790000000&Signature=#",
	"https://bucket.example.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=#",
	"password=#", "token=#", "secret=#", "Basic #", "Bearer%20#", "password%3D#",
	secretMail, secretCard, secretCard2, "synthetic.person%40example.com",
}

// maskedForms are the first forms as errata prints them.
var maskedForms = []string{"Bearer ***", "***", "***"}

// appendSecret writes one of the first n forms.
func appendSecret(dst []byte, forms []string, r *rng) []byte {
	for _, c := range []byte(forms[r.n(len(forms))]) {
		if c != '#' {
			dst = append(dst, c)
			continue
		}
		dst = appendToken(dst, r)
	}
	return dst
}

// appendToken writes the value of a secret.
func appendToken(dst []byte, r *rng) []byte {
	dst = appendHex(dst, r.next(), 12)
	dst = append(dst, canary...)
	return appendHex(dst, r.next(), 10)
}
