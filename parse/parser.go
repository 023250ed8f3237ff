package parse

import (
	"fmt"
	"net/netip"
	"strings"

	"errata/parse/envelope"
	"errata/parse/format"
	"errata/parse/normal"
)

// MaxRecord is the longest record that is decoded, in bytes: the API's limit
// for bodies is 32 MB, and a log line around one needs some room.
const MaxRecord = 40 << 20

// keepBuffers is how much scratch memory a parser keeps between records.
const keepBuffers = 1 << 20

// Config says how records are read.
type Config struct {
	// Format is a preset's name; "" and "auto" recognise the format of each record by itself.
	Format string
	// CallerKey keys the hashes of callers.
	CallerKey normal.CallerKey
	// Routes are own route templates such as /orders/{id}, matched before the fallback rule.
	Routes []string
	// CallerField is the dotted path of a field that names the caller, first in rank; JSON formats only.
	CallerField string
	// TrustedProxies are networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Presets are further formats, in rank behind the built-in ones.
	Presets []format.Preset
	// DecodeOnly leaves out naming: no route, caller, client, template, masks
	// or findings; paths and members are as logged. For measuring the decoder.
	DecodeOnly bool
}

// Formats are the names of the built-in presets in the order of rank.
func Formats() []string {
	var names []string
	for _, p := range format.Presets() {
		names = append(names, p.Name)
	}
	return names
}

// jsonPreset is a compiled JSON format.
type jsonPreset struct {
	name   string
	why    string
	claim  [][]int // slots, one of each list must be there
	fields [format.NumTargets][]jsonField
	has    [format.NumTargets]bool // what the format can carry
}

type jsonField struct {
	slots []int // names of one field: the first in the record counts
	as    format.Unit
}

// Parser decodes records into events. Not safe for concurrent use.
type Parser struct {
	cfg     Config
	dialect envelope.Dialect
	routes  *normal.Routes
	json    []jsonPreset
	text    []*textPreset
	entry   walker // over the entry
	body    bodyReader
	spans   []span // of the variables of a text format

	rec   []byte // what is left to read starts at pos
	ts    int64
	pos   int
	state parserState
	index int
	named bool // the format is named by the user and JSON
	ascii bool // the record has neither backslashes nor bytes from 0x80: its strings are text as they are
	times timeReader

	msgCut bool // the message was cut
	ev     Event
	raw    fields
	arena  []byte // decoded strings of the current entry
}

type parserState uint8

const (
	stateDone parserState = iota
	stateSingle
	stateText
	stateArray
	stateTail // at what should not stand behind an element or the array
	stateTooLong
)

// New makes a parser. It fails for an unknown format, a broken preset or route.
func New(cfg Config) (*Parser, error) {
	p := &Parser{cfg: cfg, dialect: envelope.CloudAgents()}
	presets := append(format.Presets(), cfg.Presets...)
	if cfg.Format != "" && cfg.Format != "auto" {
		var one []format.Preset
		var names []string
		for _, x := range presets {
			names = append(names, x.Name)
			if x.Name == cfg.Format {
				one = []format.Preset{x}
			}
		}
		if one == nil {
			return nil, fmt.Errorf("unknown log format %q: it is one of auto, %s", cfg.Format, strings.Join(names, ", "))
		}
		presets = one
	}
	var err error
	if p.routes, err = normal.NewRoutes(cfg.Routes); err != nil {
		return nil, err
	}
	if err := p.compile(presets); err != nil {
		return nil, err
	}
	p.named = len(p.json) == 1 && cfg.Format == p.json[0].name
	p.body.init(p.dialect)
	return p, nil
}

func (p *Parser) compile(presets []format.Preset) error {
	root, slots := newRoot(), 0
	for _, x := range presets {
		if x.Pattern != "" {
			t, err := compileText(x)
			if err != nil {
				return err
			}
			p.text = append(p.text, t)
			p.spans = append(p.spans, make([]span, max(0, len(t.vars)-len(p.spans)))...)
			continue
		}
		j := jsonPreset{name: x.Name, why: "keys " + strings.Join(x.Claim, ", ")}
		for _, f := range x.Fields {
			jf := jsonField{as: f.As}
			for alt := range strings.SplitSeq(f.Path, "|") {
				n, err := root.add(alt, f.Fold, &slots)
				if err != nil {
					return fmt.Errorf("format %s: %w", x.Name, err)
				}
				jf.slots = append(jf.slots, n.slot)
			}
			j.fields[f.To] = append(j.fields[f.To], jf)
			j.has[f.To] = true
		}
		for _, c := range x.Claim {
			var alts []int
			for alt := range strings.SplitSeq(c, "|") {
				n, err := root.add(alt, false, &slots)
				if err != nil {
					return fmt.Errorf("format %s: %w", x.Name, err)
				}
				alts = append(alts, n.slot)
			}
			j.claim = append(j.claim, alts)
		}
		p.json = append(p.json, j)
	}
	if err := p.compileCaller(root, &slots); err != nil {
		return err
	}
	p.entry = newWalker(root, slots)
	return nil
}

// compileCaller adds the user's caller field to every JSON format. It comes
// last: where formats compare the keys beside it without case, as those of
// headers, its own is compared so too.
func (p *Parser) compileCaller(root *node, slots *int) error {
	if p.cfg.CallerField == "" {
		return nil
	}
	n, err := root.add(p.cfg.CallerField, false, slots)
	if err != nil {
		return fmt.Errorf("caller %w", err)
	}
	for i := range p.json {
		j := &p.json[i]
		j.fields[format.CallerPath] = []jsonField{{slots: []int{n.slot}}}
		j.has[format.CallerPath] = true
	}
	return nil
}

// Reset starts a record. ts is the source's timestamp of the record in
// nanoseconds, 0 where it has none. The parser reads rec in place: it must not
// change until the last event of it was used.
func (p *Parser) Reset(rec []byte, ts int64) {
	if cap(p.arena) > keepBuffers {
		p.arena = nil
	}
	p.body.shrink()
	p.ts, p.pos, p.index = ts, 0, -1
	if len(rec) >= 3 && rec[0] == 0xEF && rec[1] == 0xBB && rec[2] == 0xBF {
		rec = rec[3:]
	}
	p.rec = rec
	i := skipBlank(rec, 0)
	switch {
	case i == len(rec):
		p.state = stateDone
	case len(rec) > MaxRecord:
		p.state = stateTooLong
	case rec[i] == '{':
		p.pos, p.state = i, stateSingle
		p.mark()
	case rec[i] == '[':
		p.pos, p.state = i+1, stateArray
		p.mark()
	default:
		p.state = stateText
	}
}

// mark indexes the record.
func (p *Parser) mark() {
	x := &p.entry.own
	x.build(p.rec)
	p.ascii = !x.slash && !x.high
}

// Event is the current entry, valid until the next call of Next or Reset.
func (p *Parser) Event() *Event { return &p.ev }

// Next decodes the next entry of the record; false: there is none. A record
// that cannot be read is one dead entry, never an error.
func (p *Parser) Next() bool {
	if p.state == stateDone {
		return false
	}
	beta := p.ev.Beta[:0]
	p.ev = Event{Duration: -1, Bytes: -1, Beta: beta}
	p.arena = p.arena[:0]
	p.index++
	p.ev.Index = p.index
	switch p.state {
	case stateTooLong:
		p.state = stateDone
		p.ev.Raw = p.rec
		p.dead(TooLong, "the record is longer than 40 MiB")
	case stateText:
		p.state = stateDone
		p.ev.Raw = p.rec
		p.textEntry()
	case stateSingle:
		p.state = stateDone
		p.ev.Raw = p.rec[p.pos:]
		p.entry.begin()
		end, st := p.entry.object(&p.entry.own, p.rec, p.pos, p.entry.root, 0)
		if st == endOK {
			if rest := skipBlank(p.rec, end); rest < len(p.rec) {
				end, st = rest, endBroken
			}
		}
		p.jsonEntry(end, st)
	case stateArray:
		return p.element()
	case stateTail:
		p.state = stateDone
		p.ev.Raw = p.rec[p.pos:]
		p.entry.begin()
		p.undecodable(p.pos, endBroken, "")
	}
	return true
}

// element decodes the next element of an array record.
func (p *Parser) element() bool {
	b := p.rec
	i := skipBlank(b, p.pos)
	if i < len(b) && b[i] == ']' && p.index == 0 {
		if !p.closeArray(i) {
			return false
		}
		p.index-- // the array itself was no entry
		return p.Next()
	}
	p.pos = i
	p.ev.Raw = b[i:]
	p.entry.begin()
	if i >= len(b) {
		p.state = stateDone
		p.dead(Cut, "the record ends inside its array")
		return true
	}
	var end int
	var st scanEnd
	object := b[i] == '{'
	switch {
	case object:
		end, st = p.entry.object(&p.entry.own, b, i, p.entry.root, 1)
	case b[i] == '[':
		end, st = p.entry.container(&p.entry.own, b, i, 1)
	default:
		end, st = p.entry.member(&p.entry.own, b, i, nil, 1)
	}
	next := skipBlank(b, end)
	if st != endOK {
		p.state = stateDone
	} else {
		p.ev.Raw = b[i:end]
		switch {
		case next >= len(b):
			p.pos = next // the next call says that the array was cut
		case b[next] == ',':
			p.pos = next + 1
		case b[next] == ']':
			p.closeArray(next)
		default:
			p.pos, p.state = next, stateTail // the element is whole, the array breaks behind it
		}
	}
	if object {
		p.jsonEntry(end, st)
	} else {
		p.undecodable(end, st, "an element of the array is no object")
	}
	return true
}

// closeArray ends the array at its bracket b[i]; true: something stands behind it, which is a dead entry.
func (p *Parser) closeArray(i int) bool {
	p.state = stateDone
	p.pos = skipBlank(p.rec, i+1)
	if p.pos < len(p.rec) {
		p.state = stateTail
		return true
	}
	return false
}
