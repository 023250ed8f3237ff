package app

import (
	"math"
	"runtime/debug"
)

// memoryLimit is what the runtime aims to stay under by collecting more often.
// A usual ingest needs half of it; a line of megabytes leaves buffers behind
// that would otherwise stay until the heap has doubled. The store's page cache
// and the program itself, some 40 MiB, come on top: 200 MB in all.
const memoryLimit = 112 << 20

// limitMemory sets the limit unless the user did, by GOMEMLIMIT. It is a soft
// one: what is really in use is never refused.
func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryLimit)
	}
}
