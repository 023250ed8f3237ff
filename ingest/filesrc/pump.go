package filesrc

import (
	"errors"
	"io"
	"sync"
)

var errStopped = errors.New("stopped")

// pump reads stdin in a goroutine of its own, so that waiting for a terminal
// or a slow pipe can be given up: the read itself cannot.
type pump struct {
	ch   chan []byte // what was read; closed after err is set
	back chan []byte
	cur  []byte
	used []byte // the whole of what cur is a part of
	err  error
	quit chan struct{}
	once sync.Once
}

func newPump(r io.Reader) *pump {
	p := &pump{ch: make(chan []byte, 1), back: make(chan []byte, 3), quit: make(chan struct{})}
	for range cap(p.back) {
		p.back <- make([]byte, 128<<10)
	}
	go p.run(r)
	return p
}

func (p *pump) run(r io.Reader) {
	defer close(p.ch)
	for {
		var b []byte
		select {
		case b = <-p.back:
		case <-p.quit:
			return
		}
		n, err := r.Read(b)
		select {
		case p.ch <- b[:n]:
		case <-p.quit:
			return
		}
		if err != nil {
			p.err = err
			return
		}
	}
}

func (p *pump) stop() { p.once.Do(func() { close(p.quit) }) }

func (p *pump) Read(b []byte) (int, error) {
	for len(p.cur) == 0 {
		if p.used != nil {
			p.back <- p.used[:cap(p.used)]
			p.used = nil
		}
		select {
		case <-p.quit:
			return 0, errStopped
		case c, ok := <-p.ch:
			if !ok {
				if p.err == nil {
					return 0, errStopped
				}
				return 0, p.err
			}
			p.cur, p.used = c, c
			if len(c) == 0 {
				return 0, nil // the caller knows how often to put up with that
			}
		}
	}
	n := copy(b, p.cur)
	p.cur = p.cur[n:]
	return n, nil
}
