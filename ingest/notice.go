package ingest

import "fmt"

// Notice is something that a person should hear about an input and that stops
// nothing. Code is a closed set for programs, Text a whole sentence without Name.
type Notice struct {
	Code string
	Name string // file or topic/partition
	Line int64  // 0: none
	Text string
}

func (n Notice) String() string {
	switch {
	case n.Name == "":
		return n.Text
	case n.Line == 0:
		return n.Name + ": " + n.Text
	default:
		return fmt.Sprintf("%s:%d: %s", n.Name, n.Line, n.Text)
	}
}

// The codes of notices.
const (
	NoticeSkipped   = "skipped"   // a device, socket, fifo, dead link or own file in a directory
	NoticeEmpty     = "empty"     // an empty file
	NoticeBlank     = "blank"     // only blank lines
	NoticeWaiting   = "waiting"   // an unterminated last line waits for its end
	NoticeShorter   = "shorter"   // begins like a file that was counted, but ends before its mark
	NoticeDiffers   = "differs"   // begins like a file that was counted, but goes on differently
	NoticeContinues = "continues" // known from before
	NoticeFeed      = "feed"      // what kind of lines a file was taken for
	NoticeDead      = "dead"      // the first dead letter of a reason in a file
	NoticeUnknown   = "unknown"   // no entry of a file recognised
	NoticeRotated   = "rotated"   // the dead letters go on in a new file
)

// InputError is an input that could not be read, or not to its end. What was
// read before is counted; the other inputs go on.
type InputError struct {
	Name   string
	Offset int64 // in the bytes on disk, -1: never opened
	Err    error // says what is wrong and what was kept
}

func (e *InputError) Error() string {
	if e.Offset < 0 {
		return e.Name + ": " + e.Err.Error()
	}
	return fmt.Sprintf("%s: at byte %d: %v", e.Name, e.Offset, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }
