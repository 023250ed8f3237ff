// Command bench compares errata's decoder and its whole way from a file into
// SQLite with what Go's JSON libraries reach on the same lines, in one run.
//
// Every decoder does the same job on the same corpora: time, status, method,
// target, request id, duration, caller and beta header of each line, and where
// the status is 400 or more the members of the error envelope, unescaped. All
// must agree with encoding/json on every whole line before anything is timed.
//
// A report in one shot is measured too, as what a user waits for: wall time of
// the whole program, on all cores, against parse + fold on one.
//
// All other figures are megabytes per second of CPU time (getrusage), not of wall time:
// neighbours on the machine change the latter by half, the former by little.
// Rounds are interleaved, one turn of each decoder after the other, and what
// counts is the ratio between medians of the same run.
//
// What is not the same: encoding/json, goccy and jx validate the syntax of all
// they read, sonic most of it; errata checks strings, the balance of brackets
// and control bytes in what nobody asked for, no number syntax and no UTF-8.
//
// The module is apart from errata's own so that no rival becomes a dependency.
package main
