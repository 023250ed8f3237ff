package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"errata/internal/app"
	"errata/internal/cli/out"
	"errata/internal/config"
	"errata/store"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFound       = 3
	exitInterrupted = 130
)

// usageError is a command that cannot be meant.
type usageError struct {
	text    string
	command string // whose help to read
}

func (e *usageError) Error() string { return e.text }

// foundError is a check that found something.
type foundError struct{ text string }

func (e *foundError) Error() string { return e.text }

// errSaid ends a command whose trouble was told already.
var errSaid = errors.New("told already")

// exitCode is the code that an error ends the process with.
func exitCode(err error) int {
	var (
		usage    *usageError
		found    *foundError
		problems config.Problems
		query    *store.UsageError
	)
	switch {
	case err == nil, isBrokenPipe(err):
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &problems), errors.As(err, &query), errors.Is(err, app.ErrCallerKey):
		return exitUsage
	case errors.As(err, &found):
		return exitFound
	default:
		return exitFailed
	}
}

// isBrokenPipe tells that the reader of the output went away, as head does:
// no failure of ours, and nobody is left to tell.
func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

// tell says what ended a command and returns its exit code.
func (e *env) tell(err error) int {
	code := exitCode(err)
	if err == nil || isBrokenPipe(err) || errors.Is(err, errSaid) {
		return code
	}
	usage, problems := (*usageError)(nil), config.Problems(nil)
	switch {
	case code == exitInterrupted:
		e.fail("interrupted")
	case errors.As(err, &problems) && e.log == nil:
		for _, p := range problems { // FILE:LINE first, as editors read it
			if strings.HasPrefix(p.Where, "-") {
				e.fail(p.String())
			} else {
				e.say(p.String())
			}
		}
	case errors.As(err, &usage):
		e.fail(usage.text)
		if usage.command != "" && e.log == nil {
			e.say(fmt.Sprintf("see: %s --help", usage.command))
		}
	default:
		e.fail(err.Error())
	}
	return code
}

// fail says what went wrong.
func (e *env) fail(text string) {
	if e.log != nil {
		e.log.Error("failed", "text", text)
		return
	}
	say(e.stderr, "errata: "+text)
}

// say says anything else.
func (e *env) say(text string) {
	if e.log != nil {
		e.log.Info("said", "text", text)
		return
	}
	say(e.stderr, text)
}

// say prints lines for people. File names and what a decoder says of a line
// come from outside, so every line is made visible; secrets are masked.
func say(w io.Writer, text string) {
	var b strings.Builder
	for line := range strings.SplitSeq(config.Mask(text), "\n") {
		if line != "" {
			line = out.Visible(line)
		}
		b.WriteString(line + "\n")
	}
	_, _ = io.WriteString(w, b.String())
}
