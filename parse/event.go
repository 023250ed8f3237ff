package parse

import "errata/parse/normal"

// Reason says why an entry is dead. The empty Reason is a counted entry.
type Reason string

// The reasons of dead letters, in the order in which they are judged.
const (
	TooLong       Reason = "too_long"
	TooDeep       Reason = "too_deep"
	Binary        Reason = "binary"
	Cut           Reason = "cut"
	NotJSON       Reason = "not_json"
	UnknownFormat Reason = "unknown_format"
	NoTime        Reason = "no_time"
	NoStatus      Reason = "no_status"
)

// Shape says what the body of an error looks like; ShapeUnset is a success
// whose body nobody judged.
type Shape uint8

// The shapes.
const (
	ShapeUnset Shape = iota
	ShapeEnvelope
	ShapeFlat
	ShapeText
	ShapeHTML
	ShapeEmpty
	ShapeOther
	ShapeNone
)

var shapeNames = [...]string{"", "envelope", "flat", "text", "html", "empty", "other", "none"}

func (s Shape) String() string { return shapeNames[s] }

// Origin says who made an error: the application or something before it.
type Origin uint8

// The origins.
const (
	OriginUnset Origin = iota
	OriginApp
	OriginGateway
	OriginUnknown
)

var originNames = [...]string{"", "app", "gateway", "unknown"}

func (o Origin) String() string { return originNames[o] }

// Flags are facts about how an entry was read.
type Flags uint8

// The flags.
const (
	FlagTruncated Flags = 1 << iota
	FlagClampedTime
	FlagSSE
	FlagBase64
	FlagGzip
)

// Findings are the breaches of the envelope contract that an entry shows by itself.
type Findings uint16

// The findings that parse judges. FeedMismatch is judged by the fold, which knows the feed.
const (
	TypeStatus Findings = 1 << iota
	MissingType
	MissingMessage
	FeatureOutside501
	MissingFeature
	OuterType
	ErrorInSuccess
	FeedMismatch
)

// FindingNames are the findings' names in the order of their bits.
var FindingNames = [...]string{
	"type_status", "missing_type", "missing_message", "feature_outside_501",
	"missing_feature", "outer_type", "error_in_success", "feed_mismatch",
}

// ParamSource says where the normalised param came from.
type ParamSource uint8

// The param sources.
const (
	ParamNone ParamSource = iota
	ParamField
	ParamMessage
)

var paramSourceNames = [...]string{"", "field", "message"}

func (p ParamSource) String() string { return paramSourceNames[p] }

// MemberKind says what JSON value an envelope member had.
type MemberKind uint8

// The member kinds. Values of any other JSON type are MemberAbsent.
const (
	MemberAbsent MemberKind = iota
	MemberNull
	MemberString
	MemberNumber
)

// Member is one member of an envelope: unescaped, secrets masked, at most
// 256 bytes (message: whole).
type Member struct {
	Kind  MemberKind
	Value []byte // of MemberString and MemberNumber
}

// Key is the member as a rollup key: its value, nil where absent or null.
func (m Member) Key() []byte {
	if m.Kind >= MemberString {
		return m.Value
	}
	return nil
}

// Envelope holds the members that the body had.
type Envelope struct {
	Type, Message, Param, Feature, AvailableFrom, Code Member
}

// Event is one entry of a record, decoded and named. All slices are masked of
// secrets and belong to the Parser.
type Event struct {
	Index  int    // position of the entry in its record, from 0
	Raw    []byte // the entry's bytes as logged, secrets included: never print them
	Dead   Reason // not empty: the entry is a dead letter and only Index, Raw, Detail, Format, HasTime, Time and Flags hold
	Detail string // for people, what is wrong and where; holds no bytes of the entry

	Format  string // the preset's name
	Why     string // what the preset was recognised by
	HasTime bool
	Time    int64 // Unix nanoseconds, as logged

	HasStatus  bool
	Status     uint16 // 0 where absent
	Method     []byte
	Path       []byte
	Route      []byte
	RouteKnown bool  // from the catalogue or the user's own list: not under the cap of fallback routes
	Duration   int64 // microseconds, -1 absent
	Bytes      int64 // response bytes, -1 absent

	Caller     uint64 // valid if CallerKind is not CallerNone
	CallerKind normal.CallerKind
	RequestID  []byte
	RequestRaw []byte   // the request id as logged, secrets included: only to be hashed
	HasBeta    bool     // beta headers are logged, sent or not
	Beta       [][]byte // as sent, in order
	Client     []byte
	Auth       normal.Auth
	Retry      normal.Retry

	HasBody    bool // a body was logged (not absent, null or "-"; an empty one counts from status 400)
	Shape      Shape
	Origin     Origin
	Flags      Flags
	Findings   Findings
	ErrorEvent bool // an envelope under a status < 400 or none
	Env        Envelope
	Param      []byte // normalised
	ParamFrom  ParamSource
	Template   []byte // masked text, empty: none
	TemplateID uint64 // valid if Template is not empty
}

// IsError tells whether the entry writes an error row in a feed with bodies.
func (e *Event) IsError() bool { return e.Status >= 400 || e.ErrorEvent }
