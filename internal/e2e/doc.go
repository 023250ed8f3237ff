// Package e2e holds tests of the built program as a user runs it: killed,
// starved, fed with every format, and compared with the plain recount of
// internal/oracle.
package e2e
