package aggregate

import (
	"cmp"
	"strings"
)

// Kind is the kind of a rollup row.
type Kind uint8

// The kinds, in the order of docs/schema.md.
const (
	KindRequest Kind = iota + 1
	KindError
	KindRClient
	KindEClient
	KindFinding
	KindRead
	KindSample
	KindTemplate
	KindDemand
	KindAdopt
	KindActive
	KindWatermark
	KindLedger
)

var kindNames = [...]string{
	"", "request", "error", "rclient", "eclient", "finding", "read", "sample",
	"template", "demand", "adopt", "active", "watermark", "ledger",
}

func (k Kind) String() string { return kindNames[k] }

// Grain is the width of a kind's time bucket in seconds.
func (k Kind) Grain() int64 {
	switch k {
	case KindRequest, KindError:
		return 60
	case KindSample:
		return 600
	case KindRClient, KindEClient, KindFinding, KindRead, KindActive:
		return 3600
	default:
		return 86400
	}
}

// Columns are the key columns that rows of the kind use besides kind and time,
// in the order of docs/schema.md. The other columns are empty or 0.
func (k Kind) Columns() []string {
	var s string
	switch k {
	case KindRequest:
		s = "source route method status x1 x2 x3"
	case KindError:
		s = "source route method status type code param param_source feature available_from shape origin template x1 x2 x3"
	case KindRClient:
		s = "source route method status client auth retry"
	case KindEClient:
		s = "source route method status type param client auth retry"
	case KindFinding:
		s = "source route method status type finding"
	case KindRead:
		s = "source reason"
	case KindSample:
		s = "source route method status type param template finding pos"
	case KindTemplate:
		s = "source type template"
	case KindDemand:
		s = "source feature available_from reason client caller"
	case KindAdopt:
		s = "source route available_from caller"
	case KindActive:
		s = "source"
	case KindWatermark, KindLedger:
		s = "source lane pos"
	}
	return strings.Fields(s)
}

// Other is the key of what a cap folded together.
const Other = "(other)"

// K and M are the sizes of caller maps: the K smallest hashes, and the M
// heaviest callers beyond them. Constants of the schema.
const (
	K = 256
	M = 8
)

// Key is the key of a rollup row. Unused columns are zero.
type Key struct {
	Kind          Kind
	Time          int64 // start of the grain, Unix seconds
	Source        string
	Route         string
	Method        string
	Status        uint16
	Type          string
	Code          string
	Param         string
	ParamSource   string
	Feature       string
	AvailableFrom string
	Reason        string
	Shape         string
	Origin        string
	Template      string // 16 hex digits, "" or Other
	Client        string
	Auth          string
	Retry         string
	Finding       string
	X1, X2, X3    string
	Caller        uint64
	Lane          string
	Pos           int64
}

// Compare orders keys by their columns in the order of docs/schema.md, text
// byte by byte. Rows are sorted by it.
func (k *Key) Compare(o *Key) int {
	if c := cmp.Compare(k.Kind, o.Kind); c != 0 {
		return c
	}
	if c := cmp.Compare(k.Time, o.Time); c != 0 {
		return c
	}
	if c := strings.Compare(k.Source, o.Source); c != 0 {
		return c
	}
	if c := strings.Compare(k.Route, o.Route); c != 0 {
		return c
	}
	if c := strings.Compare(k.Method, o.Method); c != 0 {
		return c
	}
	if c := cmp.Compare(k.Status, o.Status); c != 0 {
		return c
	}
	a, b := k.texts(), o.texts()
	for i := range a {
		if c := strings.Compare(*a[i], *b[i]); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(k.Caller, o.Caller); c != 0 {
		return c
	}
	if c := strings.Compare(k.Lane, o.Lane); c != 0 {
		return c
	}
	return cmp.Compare(k.Pos, o.Pos)
}

// texts are the text columns between status and caller, in key order.
func (k *Key) texts() [17]*string {
	return [...]*string{
		&k.Type, &k.Code, &k.Param, &k.ParamSource, &k.Feature, &k.AvailableFrom, &k.Reason, &k.Shape,
		&k.Origin, &k.Template, &k.Client, &k.Auth, &k.Retry, &k.Finding, &k.X1, &k.X2, &k.X3,
	}
}

// CallerCount is one entry of a caller map.
type CallerCount struct {
	Hash uint64
	N    int64
}

// BucketCount is one entry of a duration histogram.
type BucketCount struct {
	Bucket uint8
	N      int64
}

// Row is one additive delta.
type Row struct {
	Key
	N         int64
	Extra     int64
	Bytes     int64
	Hist      []BucketCount // ascending by bucket
	Callers   []CallerCount // ascending by hash, at most K
	Heavy     []CallerCount // ascending by hash, at most M
	NNoCaller int64
	First     int64 // Unix microseconds
	Last      int64
	Text      string
	WM        int64
}
