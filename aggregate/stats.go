package aggregate

import "errata/parse"

// Overflow counts, per cap, the entries that went to Other. All zero: no cap
// was hit, and the rows are equal under any split of the input.
type Overflow struct {
	Keys          int64
	Routes        int64
	Templates     int64
	Params        int64
	Codes         int64
	Types         int64
	Features      int64
	Methods       int64
	Clients       int64
	DemandCallers int64
	AdoptCallers  int64
}

// Any tells whether any cap was hit.
func (o Overflow) Any() bool { return o != Overflow{} }

// Stats account for a batch. Entries = Counted + dead + Skipped.
type Stats struct {
	Entries  int64
	Counted  int64
	Skipped  int64 // successes of a response feed: they write no row but their read row
	Dead     map[parse.Reason]int64
	Days     int // distinct UTC days of the entries' times, the clamp day included
	Overflow Overflow
}

// reasons are the dead letters' reasons by the id that cells keep; the first
// two are those of entries that live. A reason that is not listed counts as
// the last one, so that nothing is lost.
var reasons = [...]parse.Reason{
	"", "success", parse.TooLong, parse.TooDeep, parse.Binary, parse.Cut, parse.NotJSON,
	parse.UnknownFormat, parse.NoTime, parse.NoStatus, parse.Reason(Other),
}

const (
	reasonCounted = 0
	reasonSuccess = 1
	reasonOther   = uint8(len(reasons) - 1)
)

func reasonID(r parse.Reason) uint8 {
	for i, n := range reasons {
		if n == r {
			return uint8(i)
		}
	}
	return reasonOther
}

// dayBits is a set of UTC days: bit 0 is the clamp day, the others count from
// 2000-01-01.
type dayBits struct {
	bits [(daysKept + 1 + 63) / 64]uint64
	n    int
}

// daysKept is the number of days from 2000-01-01 to 2099-12-31.
const daysKept = 36525

func (d *dayBits) add(unix int64) {
	i := 0
	if unix >= minTime {
		i = int((unix-minTime)/86400) + 1
	}
	if b := uint64(1) << (i & 63); d.bits[i>>6]&b == 0 {
		d.bits[i>>6] |= b
		d.n++
	}
}
