// Package format holds log formats as data: a preset says where each field of
// an entry sits and in which unit. The decoder knows no format by name.
package format

// Target is the field of an entry that a value fills.
type Target uint8

// The targets. Where several fields fill one target, the first in the preset
// that has a usable value wins.
const (
	Time Target = iota
	Status
	Method
	URI     // request target, with or without scheme, host and query
	Request // "METHOD target HTTP/1.1"
	Duration
	Bytes
	Consumer
	Authorization
	APIKey
	User
	Address
	ForwardedFor
	RequestIDHeader  // the API's own id, from a response header
	RequestIDGateway // the gateway's id
	Beta
	Lang
	PackageVersion
	UserAgent
	RetryCount
	Body
	OriginMark
	Headers    // presence: request headers are logged
	CallerPath // the configured caller field
	NumTargets
)

// Unit says how to read a value.
type Unit uint8

// The units.
const (
	Text         Unit = iota
	UnixMillis        // decimal, number or string
	UnixSeconds       // decimal, number or string
	RFC3339           // with offset; also with a blank for the T
	CLF               // 17/May/2015:10:05:03 +0000
	AnyTime           // RFC3339, CLF or UnixSeconds, whichever it is
	Seconds           // duration; of a list the last
	Millis            // duration; of a list the last
	Nanos             // duration
	Int               // non-negative
	StatusCode        // of a list the last
	JSONOrString      // a body
	OriginIsKong      // "kong": gateway, "upstream": app
	AddressPort       // ip or ip:port
)

// Field maps a path of the entry to a target.
type Field struct {
	To Target
	// Path is the dotted path of keys; "\." is a dot inside a key. Alternatives
	// separated by "|" are names of one field: the first in the record counts.
	Path string
	As   Unit
	// Fold compares the last key without case, as header names are.
	Fold bool
}

// Preset is one log format.
type Preset struct {
	Name string
	// Claim lists paths that must all be in the entry (each with "|"
	// alternatives) for the preset to recognise it. Unused for text.
	Claim []string
	// Pattern is the layout of a text format in nginx's log_format language:
	// literals and $variables. The preset claims a record whose time was read
	// at its place; a record that ends before the pattern does is cut; what
	// follows the pattern after a blank is ignored.
	Pattern string
	// NotBefore: the preset does not claim a record that goes on with this
	// literal, or ends inside it: it is of the longer format.
	NotBefore string
	Fields    []Field // Path is the variable's name for text
}
