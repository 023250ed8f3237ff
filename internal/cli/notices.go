package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"errata/ingest"
	"errata/internal/cli/out"
)

// perCode is how many notices of one kind are printed: a folder of ten thousand
// files must not bury what matters.
const perCode = 20

// notices prints what people should hear, and counts the rest. It may be called
// from any goroutine.
type notices struct {
	mu    sync.Mutex
	e     *env
	w     io.Writer // above the progress bar
	n     map[string]int
	order []string
}

func newNotices(e *env, w io.Writer) *notices {
	return &notices{e: e, w: w, n: map[string]int{}}
}

func (s *notices) add(n ingest.Notice) {
	if s.e.quiet || n.Code == ingest.NoticeContinues && strings.HasPrefix(n.Text, "known as "+n.Name+":") {
		return // that a file is what it was is no news
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n[n.Code] == 0 {
		s.order = append(s.order, n.Code)
	}
	s.n[n.Code]++
	switch {
	case s.e.log != nil:
		s.e.log.Warn("notice", "text", n.Text, "code", n.Code, "name", n.Name, "line", n.Line)
	case s.n[n.Code] <= perCode:
		say(s.w, n.String())
	}
}

// rest says how many notices were not printed.
func (s *notices) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.e.log != nil {
		return
	}
	for _, code := range s.order {
		if more := s.n[code] - perCode; more > 0 {
			s.e.say(fmt.Sprintf("and %s of the kind %q", out.Count(int64(more), "more notice", "more notices"), code))
		}
	}
}
