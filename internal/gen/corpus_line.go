package gen

// corpus makes the records of a benchmark corpus. resp_str and resp_obj of one
// seed hold the same records.
type corpus struct {
	kind string
	seed uint64
	size int64
	body bool

	s      Scenario
	b      *bodies
	ops    []op
	pick   alias
	civil  civil
	fields [24]span // of scratch
	vals   []byte
	ascii  bool
	spaced bool
	scr    []byte
}

type span struct{ from, to int }

func (c *corpus) init() {}

func (c *corpus) line(dst []byte, n uint64, done int64) []byte { return dst }
