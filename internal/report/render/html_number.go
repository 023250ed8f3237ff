package render

import (
	"fmt"
	"html/template"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// Every number of the model stands on the page as
//
//	<data value="1234" data-path="/totals/errors">1,234</data>
//
// value is written as in the JSON form of the report and data-path points to it
// there, so that a program can read the page and a test can compare the two.

// number is such an element; text is the number for people. v is an int, an
// int64 or a float64.
func datum(path string, v any, text string) template.HTML {
	value, _ := numberText(reflect.ValueOf(v))
	return template.HTML(`<data value="` + value + `" data-path="` + // #nosec G203 -- a number and escaped text
		template.HTMLEscapeString(path) + `">` + template.HTMLEscapeString(text) + `</data>`)
}

// derived is a number that has no place of its own in the model: the sum of a
// few, or the 0 of what the model does not list.
func derived(n int64) template.HTML {
	return template.HTML(`<data class="derived" value="` + strconv.FormatInt(n, 10) + `">` + num(n) + `</data>`) // #nosec G203 -- digits
}

// pointer joins the parts of a JSON pointer. A type is whatever a response said:
// the percent sign and what is not printable are written as in a fragment of a
// URI (RFC 6901, section 6).
func pointer(parts ...any) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		for _, r := range fmt.Sprint(part) {
			switch {
			case r == '~':
				b.WriteString("~0")
			case r == '/':
				b.WriteString("~1")
			case r == '%' || !unicode.IsPrint(r):
				for _, c := range []byte(string(r)) {
					fmt.Fprintf(&b, "%%%02X", c)
				}
			default:
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// nothing stands where a number cannot be known: it leads to the notes.
const nothing template.HTML = `<a class="null" href="#notes" title="not known: the notes say why">–</a>`

// nothingOfDemand is the same in the section of demand, which has its own notes.
const nothingOfDemand template.HTML = `<a class="null" href="#demand-notes" title="not known: the notes below say why">–</a>`

// count is a whole number.
func (p *painter) count(path string, n int64) template.HTML { return datum(path, n, num(n)) }

func (p *painter) countOr(path string, n *int64) template.HTML {
	if n == nil {
		return nothing
	}
	return p.count(path, *n)
}

// estimated is a count of callers; where it is an estimate it says so, with its
// standard error.
func (p *painter) estimated(path string, n *int64, errorPath string, e *float64) template.HTML {
	if n == nil {
		return nothing
	}
	if !isEstimate(e) {
		return p.count(path, *n)
	}
	return "~" + p.count(path, *n) + ` <span class="pm">±` + datum(errorPath, *e, out.Fixed(math.Ceil(*e), 0)) + `</span>`
}

// share is a part of 1 in per cent.
func (p *painter) share(path string, x float64) template.HTML { return datum(path, x, percent(x)) }

func (p *painter) shareOr(path string, x *float64) template.HTML {
	if x == nil {
		return nothing
	}
	return p.share(path, *x)
}

// way says whether more of something is good.
type way int

const (
	neither way = iota
	moreIsBad
)

// change is how a number changed: an arrow, the difference and its share of
// what was before. Colour stands only where the direction is good or bad by
// itself, and never alone.
func (p *painter) change(path string, change, previous *int64, w way, rough bool) template.HTML {
	if change == nil {
		return ""
	}
	rel := ""
	if previous != nil {
		if s := relative(float64(*change), float64(*previous)); s != "" && *change != 0 {
			rel = "(" + s + ")"
		}
	}
	n := datum(path, *change, same(*change == 0, signed(*change)))
	if rough {
		n = "~" + n
	}
	return arrowed(n, float64(*change), rel, w)
}

// same is the text of a difference that may be none.
func same(none bool, text string) string {
	if none {
		return "no change"
	}
	return text
}

// arrowed is a changed number; its class puts an arrow before it.
func arrowed(n template.HTML, change float64, rel string, w way) template.HTML {
	class := "move"
	switch {
	case change > 0:
		class += " up" + [...]string{neither: "", moreIsBad: " bad"}[w]
	case change < 0:
		class += " down" + [...]string{neither: "", moreIsBad: " good"}[w]
	default:
		rel = ""
	}
	if rel != "" {
		n += template.HTML(` <span class="rel">` + template.HTMLEscapeString(rel) + `</span>`) // #nosec G203 -- digits, escaped
	}
	return `<span class="` + template.HTML(class) + `">` + n + `</span>` // #nosec G203 -- our own words
}

// from is the number of the compared range behind "from".
func from(n template.HTML) template.HTML {
	if n == "" || n == nothing {
		return ""
	}
	return `<span class="was">from ` + n + `</span>`
}

// zone is where the report's times are shown.
func (p *painter) zone() *time.Location { return p.r.Range.From.Location() }

// stamp is a time to the minute, in the report's zone.
func (p *painter) stamp(t time.Time) template.HTML { return stampIn(t, p.zone()) }

func stampIn(t time.Time, zone *time.Location) template.HTML {
	t = t.In(zone)
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("Mon 2 Jan 15:04") + `</time>`) // #nosec G203 -- digits and names of days
}

// dates is a range for people.
func (p *painter) dates(r report.Range) template.HTML {
	r.Week = ""
	return template.HTML(`<time datetime="` + r.From.Format(time.RFC3339) + `/` + r.To.Format(time.RFC3339) + `">` + spanOfDays(r) + `</time>`) // #nosec G203 -- digits and names of months
}

// spanOfDays is "9 to 15 November 2026", or to the minute where the ends are no
// midnights.
func spanOfDays(r report.Range) string {
	if !atMidnight(r.From) || !atMidnight(r.To) || !r.To.After(r.From) {
		return r.From.Format("2 January 2006 15:04") + " to " + r.To.Format("2 January 2006 15:04")
	}
	last := r.To.AddDate(0, 0, -1)
	switch {
	case r.From.Format(dayLayout) == last.Format(dayLayout):
		return last.Format("2 January 2006")
	case r.From.Year() != last.Year():
		return r.From.Format("2 January 2006") + " to " + last.Format("2 January 2006")
	case r.From.Month() != last.Month():
		return r.From.Format("2 January") + " to " + last.Format("2 January 2006")
	}
	return strconv.Itoa(r.From.Day()) + " to " + last.Format("2 January 2006")
}

// heading names the range.
func headline(r report.Range) string {
	if year, week, ok := strings.Cut(r.Week, "-W"); ok {
		if n, err := strconv.Atoi(week); err == nil {
			return "Errors in week " + strconv.Itoa(n) + " of " + visible(year, 4)
		}
	}
	return "Errors, " + spanOfDays(r)
}
