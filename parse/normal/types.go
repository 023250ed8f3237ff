package normal

// CallerKind says which rank the caller of an entry came from.
type CallerKind uint8

// The caller kinds by rank.
const (
	CallerNone CallerKind = iota
	CallerField
	CallerConsumer
	CallerCredential
	CallerUser
	CallerAddress
)

var callerKindNames = [...]string{"", "field", "consumer", "credential", "user", "address"}

func (k CallerKind) String() string { return callerKindNames[k] }

// Auth is how a request authenticated.
type Auth uint8

// The auth values; AuthUnknown means that no headers were logged.
const (
	AuthUnknown Auth = iota
	AuthNone
	AuthBearer
	AuthAPIKey
	AuthOther
	AuthRedacted
)

var authNames = [...]string{"", "none", "bearer", "x-api-key", "other", "redacted"}

func (a Auth) String() string { return authNames[a] }

// Retry is the retry count that the caller's SDK sent.
type Retry uint8

// The retry values.
const (
	RetryUnknown Retry = iota
	Retry0
	Retry1
	Retry2
	Retry3
)

var retryNames = [...]string{"", "0", "1", "2", "3+"}

func (r Retry) String() string { return retryNames[r] }
