package render

import (
	"html/template"
	"strings"

	"errata/internal/cli/out"
)

// coverageView says what the numbers rest on.
type coverageView struct {
	Value    template.HTML
	Said     string
	Clamped  template.HTML
	Undated  template.HTML
	Silent   template.HTML
	Hours    template.HTML
	NotReads int
	Read     rowList
	Inputs   rowList
	NotRead  rowList
	Gaps     rowList
	Notes    []string
	MoreNote string
	Caps     []capView
}

type readView struct {
	Source, Reason string
	Entries, From  template.HTML
}

type inputView struct {
	Name, Format, Feed           string
	Entries, Counted, Dead, Skip template.HTML
}

type notReadView struct{ Name, Reason string }

type gapView struct {
	Source          string
	From, To, Hours template.HTML
}

func (p *painter) coverage() coverageView {
	c := p.r.Coverage
	v := coverageView{
		Value:    p.shareOr("/coverage/value", c.Value),
		Said:     visible(p.coverageSaid(), maxMessage),
		Clamped:  p.count("/coverage/clamped", c.Clamped),
		Undated:  p.count("/coverage/undated", c.Undated),
		Silent:   p.count("/coverage/silent_hours/silent", c.Hours.Silent),
		Hours:    p.count("/coverage/silent_hours/all", c.Hours.All),
		NotReads: len(c.NotRead),
	}
	v.Read = p.cut(p.rows("read-row", len(c.Read), budgetCoverage, func(i int) any {
		n, at := c.Read[i], pointer("coverage", "read", i)
		return readView{visible(n.Source, maxName), visible(readReason(n.Reason), maxName), p.count(at+"/entries", n.Entries), from(p.countOr(at+"/previous", n.Previous))}
	}), len(c.Read), int64(len(c.Read)))
	v.Inputs = p.cut(p.rows("input-row", len(c.Inputs), budgetCoverage, func(i int) any {
		n, at := c.Inputs[i], pointer("coverage", "inputs", i)
		return inputView{
			visible(n.Name, maxRoute), visible(n.Format, maxName), visible(n.Feed, maxName),
			p.count(at+"/entries", n.Entries), p.count(at+"/counted", n.Counted), p.count(at+"/dead", n.Dead), p.count(at+"/skipped", n.Skipped),
		}
	}), len(c.Inputs), int64(len(c.Inputs)))
	v.NotRead = p.cut(p.rows("notread-row", len(c.NotRead), budgetCoverage, func(i int) any {
		return notReadView{visible(c.NotRead[i].Name, maxRoute), visible(c.NotRead[i].Reason, maxText)}
	}), len(c.NotRead), int64(len(c.NotRead)))
	v.Gaps = p.cut(p.rows("gap-row", len(c.Silent), budgetCoverage, func(i int) any {
		g := c.Silent[i]
		return gapView{visible(g.Source, maxName), p.stamp(g.From), p.stamp(g.To), p.count(pointer("coverage", "silent", i, "hours"), g.Hours)}
	}), len(c.Silent), int64(len(c.Silent)))
	for i, c := range p.r.Method.Caps[:min(len(p.r.Method.Caps), 12)] {
		v.Caps = append(v.Caps, capView{visible(c.Setting, maxName), p.share(pointer("method", "caps", i, "share"), c.Share)})
	}
	notes, more := sentences(p.r.Notes, maxMessage)
	if v.Notes = notes; more > 0 {
		v.MoreNote = "And " + num(int64(more)) + " more, which errata report -o json has."
	}
	return v
}

// coverageSaid is the sentence on coverage without what stands beside it.
func (p *painter) coverageSaid() string {
	s := coverageText(p.r)
	if c := p.r.Coverage.Value; c != nil {
		if rest, ok := strings.CutPrefix(s, "Coverage: "+percent(*c)); ok {
			return strings.TrimLeft(rest, ": ")
		}
	}
	return s
}

type methodView struct {
	Compare      string
	Significance template.HTML
	BucketError  template.HTML
	Exact        template.HTML
	NewAfter     template.HTML
	Tested       template.HTML
	Lines        []string
	History      template.HTML
	Schema       template.HTML
}

type capView struct {
	Setting string
	Share   template.HTML
}

func (p *painter) method() methodView {
	m := p.r.Method
	v := methodView{
		Compare:      visible(m.Compare, maxName),
		Significance: datum("/method/significance", m.Significance, out.Fixed(m.Significance, 2)),
		BucketError:  datum("/method/bucket_error", m.BucketError, percentDecimals(m.BucketError, 2)),
		Exact:        p.count("/method/exact_callers", m.ExactCallers),
		NewAfter:     datum("/method/new_after_days", m.NewAfterDays, num(int64(m.NewAfterDays))),
		Tested:       p.count("/found/tested", p.r.Found.Tested),
		Schema:       datum("/schema_version", p.r.SchemaVersion, num(int64(p.r.SchemaVersion))),
	}
	v.Lines, _ = sentences(methodLines(p.r), maxMessage)
	if h := p.r.History; h.From != nil {
		v.History = p.stamp(*h.From)
	}
	return v
}
