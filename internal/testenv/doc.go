// Package testenv finds the real programs that tests run against. A missing
// one is a skip that says so at home and a failure where CI is true.
package testenv
