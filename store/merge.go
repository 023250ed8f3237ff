package store

import (
	"errata/aggregate"
)

// callerTally merges caller maps: the K smallest hashes with their rows. The
// counts of those are exact, since a hash among the K smallest of a union is
// among the K smallest of each part that has it.
type callerTally struct {
	callers, heavy []aggregate.CallerCount
	noCaller       int64
	expired        bool
}

func (c *callerTally) add(g Group) {
	c.merge(callerTally{callers: g.Callers, heavy: g.Heavy, noCaller: g.NoCaller, expired: g.Expired})
}

func (c *callerTally) merge(o callerTally) {
	c.noCaller += o.noCaller
	c.expired = c.expired || o.expired
	if len(o.callers) > 0 || len(o.heavy) > 0 {
		c.callers, c.heavy = aggregate.MergeCallers(c.callers, c.heavy, o.callers, o.heavy)
	}
}
