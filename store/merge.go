package store

import (
	"errata/aggregate"
)

// callerTally merges caller maps: the K smallest hashes with their rows. The
// counts of those are exact, since a hash among the K smallest of a union is
// among the K smallest of each part that has it.
type callerTally struct {
	callers, heavy []aggregate.CallerCount
	rows           int64 // entries that have a caller
	noCaller       int64
	expired        bool
}

func (c *callerTally) add(g Group) {
	c.merge(callerTally{
		callers: g.Callers, heavy: g.Heavy, rows: g.N - g.NoCaller, noCaller: g.NoCaller, expired: g.Expired,
	})
}

func (c *callerTally) merge(o callerTally) {
	c.rows += o.rows
	c.noCaller += o.noCaller
	c.expired = c.expired || o.expired
	if len(o.callers) > 0 || len(o.heavy) > 0 {
		c.callers, c.heavy = aggregate.MergeCallers(c.callers, c.heavy, o.callers, o.heavy)
	}
}

// distinct estimates the number of callers, with its standard error. An
// estimate is never below the callers that are known one by one nor above the
// entries that have a caller, and so its error is no more than these are apart.
func (c *callerTally) distinct() (n, stderr float64) {
	n, e := aggregate.Distinct(c.callers)
	if e == 0 {
		return n, 0
	}
	least := float64(aggregate.K)
	most := max(least, float64(c.rows))
	n = min(max(n, least), most)
	return n, min(n*e, most-least)
}
