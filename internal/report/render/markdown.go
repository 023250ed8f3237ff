package render

import (
	"io"
	"strings"
	"unicode"

	"errata/internal/report"
)

// Markdown writes a report for places that render GitHub's dialect. Values from
// logs stand in code spans, so that nothing in them is markup, a link or a
// mention.
func Markdown(w io.Writer, r *report.Report, _ Options) error {
	m := &markdownPage{writer{w: w}}
	body(m, r)
	return m.err
}

type markdownPage struct{ writer }

func (m *markdownPage) title(s string)      { m.put("# " + mdText(s) + "\n\n") }
func (m *markdownPage) heading(s string)    { m.put("## " + mdText(s) + "\n\n") }
func (m *markdownPage) subheading(s string) { m.put("### " + mdText(s) + "\n\n") }

func (m *markdownPage) paragraph(s string) {
	if s != "" {
		m.put(mdLine(s) + "\n\n")
	}
}

func (m *markdownPage) list(items []string) {
	for _, s := range items {
		m.put("- " + mdLine(s) + "\n")
	}
	if len(items) > 0 {
		m.put("\n")
	}
}

func (m *markdownPage) table(t table) {
	head, rule := "|", "|"
	for _, c := range t.columns {
		head += " " + mdText(c.name) + " |"
		if c.kind == number {
			rule += " ---: |"
		} else {
			rule += " --- |"
		}
	}
	m.put(head + "\n" + rule + "\n")
	for _, row := range t.rows {
		m.put("|")
		for _, c := range row {
			m.put(" " + mdCell(c) + " |")
		}
		m.put("\n")
	}
	m.put("\n")
}

func mdCell(c cell) string {
	parts := make([]string, len(c))
	for i, p := range c {
		if p.style == value {
			parts[i] = mdCode(p.text)
		} else {
			parts[i] = mdText(p.text)
		}
	}
	return strings.Join(parts, " ")
}

// mostDays bounds the table of days.
const mostDays = 62

// timeline is a table by day: a grid of shades would be unreadable as a table.
func (m *markdownPage) timeline(r *report.Report) {
	days, unit := byDay(r), " days"
	if r.Timeline.Step == "7d" {
		unit = " weeks"
	}
	if more := len(days) - mostDays; more > 0 {
		m.paragraph("The latest " + num(mostDays) + unit + "; and " + num(int64(more)) + " more: -o json has all.")
		days = days[more:]
	}
	t := table{columns: []column{{name: "day", kind: short}, {name: "errors"}, {name: "before"}, {name: "requests"}, {name: "by hour", kind: short}}}
	if r.Timeline.Step != "1h" {
		t.columns = t.columns[:4]
	}
	for _, d := range days {
		row := []cell{words(d.name), words(num(d.errors)), words(numOr(d.previous)), words(numOr(d.requests)), words(spark(d.hours))}
		t.rows = append(t.rows, row[:len(t.columns)])
	}
	m.table(t)
}

// dayRow is the steps of one local day.
type dayRow struct {
	name               string
	errors             int64
	previous, requests *int64 // nil: of no step known
	hours              []int64
}

// byDay sums up the time line by local day.
func byDay(r *report.Report) []dayRow {
	var days []dayRow
	add := func(sum, n *int64) *int64 {
		if n == nil {
			return sum
		}
		if sum == nil {
			sum = new(int64)
		}
		*sum += *n
		return sum
	}
	for _, p := range r.Timeline.Points {
		name := p.Time.Format("Mon " + dayLayout)
		if len(days) == 0 || days[len(days)-1].name != name {
			days = append(days, dayRow{name: name})
		}
		d := &days[len(days)-1]
		d.errors += p.Errors
		d.previous, d.requests = add(d.previous, p.Previous), add(d.requests, p.Requests)
		d.hours = append(d.hours, p.Errors)
	}
	return days
}

// mdCode is a value as a code span. Its fence is longer than every run of
// backticks within; a pipe is escaped as tables want it, and behind a backslash,
// where renderers disagree on what that escapes, written as \x7c.
func mdCode(s string) string {
	longestRun, run := 0, 0
	var b strings.Builder
	for i, r := range s {
		if r == '`' {
			run++
			longestRun = max(longestRun, run)
		} else {
			run = 0
		}
		switch {
		case r == '|' && i > 0 && s[i-1] == '\\':
			b.WriteString(`\x7c`)
		case r == '|':
			b.WriteString(`\|`)
		default:
			b.WriteRune(r)
		}
	}
	text := b.String()
	if text == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun+1)
	// A renderer takes one blank off each end where both have one.
	if text[0] == '`' || text[len(text)-1] == '`' || text[0] == ' ' && text[len(text)-1] == ' ' && strings.Trim(text, " ") != "" {
		text = " " + text + " "
	}
	return fence + text + fence
}

// mdText is a sentence. Words with a character that could be markup stand in
// code spans, without the marks of punctuation around them.
func mdText(s string) string {
	list := strings.Split(strings.Trim(s, " "), " ")
	for i, w := range list {
		list[i] = mdWord(w)
	}
	return strings.Join(list, " ")
}

// mdLine is a sentence at the start of a line, where it must not begin a list.
func mdLine(s string) string {
	text := mdText(s)
	if first, _, _ := strings.Cut(text, " "); opensBlock(first) {
		return text[:len(first)-1] + `\` + text[len(first)-1:]
	}
	return text
}

func mdWord(w string) string {
	if isPlain(w) {
		return w
	}
	// Of our own numbers: an estimate, and less or more than can be shown.
	if rest := strings.TrimLeft(w, "~<>("); len(w)-len(rest) <= 2 && rest != "" && isNumeric(rest) {
		return numberEscapes.Replace(w)
	}
	core := strings.TrimRight(w, ".,;:)")
	tail := w[len(core):]
	lead := ""
	if strings.HasPrefix(core, "(") && len(core) > 1 {
		lead, core = "(", core[1:]
	}
	if core == "" {
		return mdCode(w)
	}
	return lead + mdCode(core) + tail
}

// numberEscapes are of signs before our own numbers.
var numberEscapes = strings.NewReplacer("~", `\~`, "<", `\<`, ">", `\>`)

func isNumeric(s string) bool {
	return strings.Trim(s, "0123456789.,-+)") == "" && strings.ContainsAny(s, "0123456789")
}

// opensBlock tells whether a word begins a list or a heading at the start of a
// line.
func opensBlock(w string) bool {
	if w == "-" || w == "+" {
		return true
	}
	n := strings.TrimRight(w, ".)")
	return len(w) == len(n)+1 && n != "" && len(n) <= 9 && strings.Trim(n, "0123456789") == ""
}

// isPlain tells whether a word can stand as it is: letters, digits and marks
// that are markup nowhere, and nothing that renderers make a link of.
func isPlain(w string) bool {
	lower := strings.ToLower(w)
	if strings.HasPrefix(lower, "www.") || strings.Contains(lower, "(www.") || strings.Trim(w, "-") == "" && len(w) > 1 {
		return false
	}
	for i, r := range w {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), unicode.Is(unicode.So, r), unicode.Is(unicode.Sm, r) && r > 0x7F:
		case strings.ContainsRune(`.,;()%'"-+±·…–—’“”`, r):
		case r == ':' && (i == len(w)-1 || isDigit(w[i+1]) && i > 0 && isDigit(w[i-1])):
		case r == '/' && !strings.Contains(w, "//") && i > 0 && i < len(w)-1:
		default:
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
