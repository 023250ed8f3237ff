// Package cli is the command line: commands, flags, output and exit codes.
//
// Tables are for people, data goes to standard output and everything else to
// standard error. What comes from logs or from file names is made visible
// before it is printed, so that no input can drive a terminal. Exit codes:
//
//	0    done; also an empty input, with a message
//	1    failed, or only a part was done, or no entry was recognised
//	2    usage or configuration: trying again does not help
//	3    a check found something
//	130  interrupted; a second interrupt ends the process at once
//
// Flags, names and JSON are a contract that other programs rely on. The pages
// under docs/reference are made from the commands and the configuration.
//
// The package is over 1,500 lines because each command is a file of its own here
// and they share the environment of a run; what can stand alone does: when, out
// and eventjson.
package cli
