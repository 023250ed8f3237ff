package aggregate

import (
	"errata/parse"
	"errata/parse/normal"
)

// The times that rows keep: 2000 <= t < 2100. Everything else lies at 0, the
// clamp day.
const (
	minTime = int64(946684800)
	maxTime = int64(4102444800)
)

// Aggregator folds the events of one source and feed into rows.
type Aggregator struct {
	cfg      Config
	requests bool  // the feed stands for requests
	bodies   bool  // the feed has bodies
	minute   int64 // width of the buckets of request and error rows
	ten      int64 // and of samples
	routed   map[string]bool

	cells cells
	rows  [KindLedger + 1]int // cells per kind, those of a folded key left out
	sets  []callerSet         // from 1
	hists []foldHist          // from 1
	texts []string            // from 1
	// Places in the three slices that a merge gave back.
	freeSets, freeHists, freeTexts []uint32
	textBytes                      int64
	sc                             scratch

	dicts  [dimCount]dict
	ranked bool // the cells hold ranks instead of ids: the batch is being flushed
	over   bool // something is so far over its cap that memory asks for pruning
	slack  int
	// The hourly cells that every entry counts in, as long as the hour lasts.
	readCell, activeCell memo

	stats Stats
	dead  [len(reasons)]int64
	days  dayBits
	done  bool // the batch was flushed: the next Add starts new stats

	entry   sampleState
	betas   [][]byte
	joined  []byte
	buckets []BucketCount
	hex     [16]byte
}

// memo remembers the place of a cell that differs in time only.
type memo struct {
	time  uint32
	place uint32 // in the slab, plus 1; 0: nothing remembered
}

// The dimensions that are interned.
const (
	dimRoute = iota
	dimMethod
	dimType
	dimCode
	dimParam
	dimFeature
	dimAvail
	dimBeta
	dimTemplate
	dimClient
	dimCount
)

// pruneSlack is how far beyond twice its cap a dimension or a kind may grow
// before it is pruned while folding. Pruning early is right but sees less of
// the batch, so what is kept is less sure to be the largest; pruning late
// costs memory: 10 dictionaries of some 256 bytes a value.
const pruneSlack = 4096

// New makes an Aggregator.
func New(cfg Config) (*Aggregator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Caps == (Caps{}) {
		cfg.Caps = DefaultCaps()
	}
	a := &Aggregator{
		cfg:      cfg,
		requests: cfg.Feed != FeedResponse,
		bodies:   cfg.Feed != FeedAccess,
		minute:   max(KindError.Grain(), cfg.Grain),
		ten:      max(KindSample.Grain(), cfg.Grain),
		routed:   make(map[string]bool, len(cfg.DemandRoutes)),
		slack:    pruneSlack,
	}
	for _, r := range cfg.DemandRoutes {
		a.routed[r] = true
	}
	c := &cfg.Caps
	for dim, limit := range [dimCount]int{
		dimRoute: c.Routes, dimMethod: c.Methods, dimType: c.Types, dimCode: c.Codes, dimParam: c.Params,
		dimFeature: c.Features, dimAvail: c.Features, dimBeta: c.Features, dimTemplate: c.Templates, dimClient: c.Clients,
	} {
		a.dicts[dim].init(limit)
	}
	a.reset()
	return a, nil
}

// reset empties the fold and keeps its memory.
func (a *Aggregator) reset() {
	a.cells.reset()
	a.rows = [len(a.rows)]int{}
	a.sets = append(a.sets[:0], callerSet{})
	a.hists = append(a.hists[:0], foldHist{})
	clear(a.texts)
	a.texts = append(a.texts[:0], "")
	a.freeSets, a.freeHists, a.freeTexts = a.freeSets[:0], a.freeHists[:0], a.freeTexts[:0]
	a.textBytes = 0
	a.sc.reset()
	for i := range a.dicts {
		a.dicts[i].reset()
	}
	a.over, a.ranked = false, false
	a.readCell, a.activeCell = memo{}, memo{}
}

// Rows is the number of rows that the batch would have now.
func (a *Aggregator) Rows() int { return len(a.cells.slab) }

// Bytes is the memory that the rows of the batch take while they are folded.
// Buffers that wait for the next batch are not in it; they are never more than
// a batch took before.
func (a *Aggregator) Bytes() int64 {
	b := a.cells.bytes() + a.sc.bytes() + a.textBytes +
		int64(len(a.sets))*setBytes + int64(len(a.hists))*histBytes + int64(len(a.texts))*16
	for i := range a.dicts {
		b += a.dicts[i].size
	}
	return b
}

const (
	setBytes  = 72
	histBytes = 32
)

// Stats account for the batch in progress; after Flush, until the next Add,
// for the batch that was flushed. Only then is the overflow complete.
func (a *Aggregator) Stats() Stats {
	s := a.stats
	s.Days = a.days.n
	for i, n := range a.dead {
		if n > 0 {
			if s.Dead == nil {
				s.Dead = make(map[parse.Reason]int64)
			}
			s.Dead[reasons[i]] = n
		}
	}
	return s
}

// Add counts one event, dead or alive.
func (a *Aggregator) Add(ev *parse.Event, pos Position) {
	if a.done {
		a.done = false
		a.stats, a.dead, a.days = Stats{}, [len(reasons)]int64{}, dayBits{}
	}
	a.stats.Entries++
	t, us := eventTime(ev)
	a.days.add(t)
	isError := a.bodies && ev.IsError()
	k := key{time: uint32(t - t%3600), kind: KindRead}
	switch {
	case ev.Dead != "":
		k.reason = reasonID(ev.Dead)
		a.dead[k.reason]++
		a.at(&k).n++
	case !a.requests && !isError:
		k.reason = reasonSuccess
		a.stats.Skipped++
		a.at(&k).n++
	default:
		k.reason = reasonCounted
		a.stats.Counted++
		c := a.hourly(&a.readCell, &k)
		c.n++
		if a.cfg.Grain != 0 {
			c.span(us)
		}
		a.addCounted(ev, pos, t, us, isError)
	}
	if a.over {
		a.prune(false)
	}
}

// eventTime is the time of an entry's rows in Unix seconds and, for first and
// last, in microseconds; 0 where it is absent or not kept.
func eventTime(ev *parse.Event) (sec, us int64) {
	if ev.Flags&parse.FlagClampedTime != 0 || !ev.HasTime {
		return 0, 0
	}
	sec = ev.Time / 1e9
	if sec < minTime || sec >= maxTime {
		return 0, 0
	}
	return sec, ev.Time / 1e3
}

func (a *Aggregator) addCounted(ev *parse.Event, pos Position, t, us int64, isError bool) {
	// Rows share most of their key: it is changed from kind to kind, columns
	// that the next kind lacks are put back to 0.
	k := key{route: a.route(ev), method: a.id(dimMethod, ev.Method), status: ev.Status}
	client := a.id(dimClient, ev.Client)
	failed := ev.Status >= 400
	if a.requests {
		k.kind, k.time = KindRequest, uint32(t-t%a.minute)
		c := a.at(&k)
		c.n++
		c.bytes += max(ev.Bytes, 0)
		if ev.Duration >= 0 {
			a.addDuration(c, ev.Duration)
		}
		if failed && !a.bodies {
			a.addCaller(c, ev)
		}
		k.kind, k.time = KindRClient, uint32(t-t%3600)
		k.client, k.auth, k.retry = client, uint8(ev.Auth), uint8(ev.Retry)
		a.at(&k).n++
		k.client, k.auth, k.retry = 0, 0, 0
		act := key{kind: KindActive, time: k.time}
		c = a.hourly(&a.activeCell, &act)
		c.n++
		a.addCaller(c, ev)
		if ev.Status/100 == 2 && len(ev.Beta) > 0 {
			a.addAdopt(ev, k.route, t, us)
		}
	}
	findings := ev.Findings &^ parse.FeedMismatch
	if a.bodies && failed && ev.Shape == parse.ShapeNone || !a.bodies && ev.HasBody {
		findings |= parse.FeedMismatch
	}
	sampled := isError || !a.bodies && failed
	if !sampled && findings == 0 {
		return
	}
	k.typ = a.id(dimType, ev.Env.Type.Key())
	if sampled {
		a.addError(ev, pos, k, client, t, us, isError)
	}
	if findings != 0 {
		a.addFindings(findings, k, t, sampled)
	}
}

// addError writes what an error writes besides findings: in a feed with bodies
// the error row and its company, in every feed the sample.
func (a *Aggregator) addError(ev *parse.Event, pos Position, k key, client uint32, t, us int64, rows bool) {
	k.param = a.id(dimParam, ev.Param)
	if len(ev.Template) > 0 {
		k.template = a.templateID(ev)
	}
	if rows {
		extra := int64(0)
		if ev.ErrorEvent {
			extra = 1
		}
		feature, avail := a.id(dimFeature, ev.Env.Feature.Key()), a.id(dimAvail, ev.Env.AvailableFrom.Key())
		e := k
		e.kind, e.time = KindError, uint32(t-t%a.minute)
		e.code, e.feature, e.avail = a.id(dimCode, ev.Env.Code.Key()), feature, avail
		e.psource, e.shape, e.origin = uint8(ev.ParamFrom), uint8(ev.Shape), uint8(ev.Origin)
		c := a.at(&e)
		c.n++
		c.extra += extra
		c.span(us)
		a.addCaller(c, ev)

		e = k
		e.kind, e.time, e.template = KindEClient, uint32(t-t%3600), 0
		e.client, e.auth, e.retry = client, uint8(ev.Auth), uint8(ev.Retry)
		c = a.at(&e)
		c.n++
		c.extra += extra

		if k.template != 0 {
			e = key{kind: KindTemplate, time: uint32(t - t%86400), typ: k.typ, template: k.template}
			a.at(&e).n++
		}
		if ev.Status == 501 && feature != 0 {
			a.addDemand(ev, feature, avail, client, t, us)
		}
	}
	a.entry.start(&a.cfg, ev, pos)
	k.kind, k.time, k.pos = KindSample, uint32(t-t%a.ten), a.entry.slot
	a.addSample(&k)
}

func (a *Aggregator) addFindings(findings parse.Findings, k key, t int64, sampled bool) {
	for i := range parse.FindingNames {
		if findings&(1<<i) == 0 {
			continue
		}
		k.finding = uint8(i + 1)
		k.kind, k.time, k.pos = KindFinding, uint32(t-t%3600), 0
		a.at(&k).n++
		if sampled {
			k.kind, k.time, k.pos = KindSample, uint32(t-t%a.ten), a.entry.slot
			a.addSample(&k)
		}
	}
}

// at is the cell of a key, until the next call; one more row of its kind if it
// is new.
func (a *Aggregator) at(k *key) *cell { return &a.cells.slab[a.placeOf(k)] }

func (a *Aggregator) placeOf(k *key) int {
	p, made := a.cells.at(k)
	if made {
		a.rows[k.kind]++
		if a.rows[k.kind] > 2*a.cfg.Caps.Keys+a.slack {
			a.over = true
		}
	}
	return p
}

// hourly is at for keys that differ in time only.
func (a *Aggregator) hourly(m *memo, k *key) *cell {
	if m.place == 0 || m.time != k.time {
		*m = memo{k.time, uint32(a.placeOf(k) + 1)}
	}
	return &a.cells.slab[m.place-1]
}

func (a *Aggregator) id(dim int, b []byte) uint32 {
	d := &a.dicts[dim]
	id := d.id(b)
	if d.named > 2*d.cap+a.slack {
		a.over = true
	}
	return id
}

func (a *Aggregator) route(ev *parse.Event) uint32 {
	id := a.id(dimRoute, ev.Route)
	if ev.RouteKnown || string(ev.Route) == normal.NotHTTP { // a constant needs no cap
		a.dicts[dimRoute].exempt(id)
	}
	return id
}

func (a *Aggregator) templateID(ev *parse.Event) uint32 {
	const digits = "0123456789abcdef"
	for i := range a.hex {
		a.hex[i] = digits[ev.TemplateID>>(60-4*i)&15]
	}
	id := a.id(dimTemplate, a.hex[:])
	d := &a.dicts[dimTemplate]
	if v := &d.vals[id]; v.n == 1 || string(ev.Template) < v.text {
		d.size += int64(len(ev.Template) - len(v.text))
		v.text = string(ev.Template)
	}
	return id
}
