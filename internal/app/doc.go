// Package app joins the parts into what a command does. It is the only place
// that opens stores and sources, and the only one that knows which kinds of
// them there are.
//
// Nothing here prints: what a person should hear is handed to the caller as
// notices, what went wrong as errors.
package app
