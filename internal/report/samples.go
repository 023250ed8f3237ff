package report

import (
	"context"
	"encoding/json"
	"strings"

	"errata/aggregate"
	"errata/store"
)

// sampleKey is what samples are kept by.
type sampleKey struct {
	source, route, method string
	status                string
	typ, param, template  string
	finding               string
}

func sampleDims() []string {
	return []string{"source", "route", "method", "status", "type", "param", "template", "finding"}
}

// sampleOf is the samples' key of an error. Those of an error without a logged
// body stand under no type, no param and no template.
func sampleOf(k *ErrorKey) sampleKey {
	s := sampleKey{
		source: k.Source, route: k.Route, method: k.Method, status: statusText(k.Status),
		typ: k.Type, param: k.Param, template: k.Template,
	}
	for _, t := range []*string{&s.typ, &s.param, &s.template} {
		if *t == store.NoBody {
			*t = ""
		}
	}
	return s
}

// wanted is the samples that the report shows of one range: they are read in
// one pass when all sections have said which.
type wanted map[sampleKey][]*pick

// pick is the sample of one place: of several candidates the smallest text,
// so that it is the same in any order.
type pick struct {
	text string
	to   **Sample
}

func (w *wanted) want(k sampleKey, to **Sample) { w.add(k, &pick{to: to}) }

// wantAny wants a sample of any of the errors.
func (w *wanted) wantAny(keys []ErrorKey, to **Sample) {
	p := &pick{to: to}
	for i := range keys {
		w.add(sampleOf(&keys[i]), p)
	}
}

func (w *wanted) add(k sampleKey, p *pick) {
	if *w == nil {
		*w = wanted{}
	}
	(*w)[k] = append((*w)[k], p)
}

// wantedTexts are the templates that the report shows, with where their texts go.
type wantedTexts map[templateKey][]*string

type templateKey struct{ source, typ, id string }

func (w *wantedTexts) want(source, typ, id string, to *string) {
	if id == "" || id == aggregate.Other || id == store.NoBody {
		return // they stand for themselves
	}
	if *w == nil {
		*w = wantedTexts{}
	}
	k := templateKey{source, typ, id}
	(*w)[k] = append((*w)[k], to)
}

// texts reads the samples and the texts of templates that the sections want.
func (b *builder) texts(ctx context.Context) error {
	for i := range b.rep.Top {
		b.wantTemplate(&b.rep.Top[i].ErrorKey)
	}
	for i := range b.rep.Movers {
		b.wantTemplate(&b.rep.Movers[i].ErrorKey)
	}
	for i := range b.rep.Mistakes {
		m := &b.rep.Mistakes[i]
		b.templates.want(m.Source, m.Type, m.Template, &m.TemplateText)
	}
	if err := b.readSamples(ctx, b.now, b.samples[0]); err != nil {
		return err
	}
	if b.then != nil {
		if err := b.readSamples(ctx, *b.then, b.samples[1]); err != nil {
			return err
		}
	}
	if len(b.templates) == 0 {
		return nil
	}
	// The text is that of the id at any time: a row of another day has it too.
	return b.list(ctx, aggregate.KindTemplate, window{}, []string{"source", "type", "template"}, 0, func(c store.Cell) error {
		for _, to := range b.templates[templateKey{c.Dims[0], c.Dims[1], c.Dims[2]}] {
			*to = c.Text
		}
		return nil
	})
}

func (b *builder) wantTemplate(k *ErrorKey) {
	b.templates.want(k.Source, k.Type, k.Template, &k.TemplateText)
}

func (b *builder) readSamples(ctx context.Context, w window, picks wanted) error {
	if len(picks) == 0 {
		return nil
	}
	err := b.list(ctx, aggregate.KindSample, w, sampleDims(), 0, func(c store.Cell) error {
		k := sampleKey{c.Dims[0], c.Dims[1], c.Dims[2], c.Dims[3], c.Dims[4], c.Dims[5], c.Dims[6], c.Dims[7]}
		for _, p := range picks[k] {
			if p.text == "" || c.Text < p.text {
				p.text = c.Text
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, list := range picks {
		for _, p := range list {
			*p.to = parseSample(p.text)
		}
	}
	return nil
}

// parseSample reads the text of a sample row: 16 hex digits, a blank and JSON.
// What is none is no sample.
func parseSample(text string) *Sample {
	_, body, ok := strings.Cut(text, " ")
	if !ok {
		return nil
	}
	s := &Sample{}
	if json.Unmarshal([]byte(body), s) != nil {
		return nil
	}
	return s
}
