// Package gen makes traffic: access and response logs of an API whose callers,
// routes, incidents and errors a Scenario describes, together with the Truth
// about them; and the corpora of the benchmarks (Corpus).
//
// One seed and one scenario are one traffic. Every format and every kind of log
// shows that same traffic, so the access log and the response log of it can be
// ingested together. The plan (plan.go) draws from one stream of
// numbers that no output touches; what only concerns a line, its body's
// rendering or how it is broken, draws from a stream of that entry's own. Both
// are integers only, from a generator of our own, so that the bytes depend
// neither on the Go version nor on the machine.
//
// The Truth is counted from the plan and from what was done to each line, never
// by reading the output back: it shares no code with parse or aggregate, and
// the tests compare it with the recount of internal/oracle. Where the rules of
// decoding leave a broken line open to judgement (a message cut inside the name
// that a param is derived from, say), the generator does not cut there; such
// inputs belong to the fuzz tests of parse. The Truth counts entries whose time
// is out of range like all others; they lie on the day 1970-01-01 of by_day,
// which is in no range that a reader can ask for.
//
// Nothing here starts a goroutine or reads a clock. A Run keeps one buffer and
// writes it in pieces of at least 64 KiB; its writer, progress function and
// context belong to the caller.
//
// The package is over 1,500 lines because it is mostly data: the operations of
// the API, the texts of its errors and six gateway formats. Splitting it would
// export the entry that they all work on.
package gen
