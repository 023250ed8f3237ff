package dlq

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
