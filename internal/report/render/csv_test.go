package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// table reads the CSV form: records by path.
func readCSV(t *testing.T, text string) map[string]map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]map[string]string{}
	for _, rec := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = rec[i]
		}
		if rows[row["path"]] != nil {
			t.Fatalf("two rows of %s", row["path"])
		}
		rows[row["path"]] = row
	}
	return rows
}

// numbersOf walks JSON: every number by its pointer, and what is null.
func numbersOf(t *testing.T, text string) (numbers map[string]string, nulls map[string]bool) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	numbers, nulls = map[string]string{}, map[string]bool{}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch x := v.(type) {
		case json.Number:
			numbers[at] = x.String()
		case nil:
			nulls[at] = true
		case map[string]any:
			for k, e := range x {
				walk(at+"/"+escape.Replace(k), e)
			}
		case []any:
			for i, e := range x {
				walk(at+"/"+json.Number(jsonInt(i)).String(), e)
			}
		}
	}
	walk("", v)
	return numbers, nulls
}

func jsonInt(i int) string {
	b, _ := json.Marshal(i)
	return string(b)
}

// Every number of the JSON form is in the CSV form under its pointer, as it is
// there, and the CSV form has no other.
func TestCSVHoldsEveryNumber(t *testing.T) {
	for name, r := range reports() {
		rows := readCSV(t, rendered(t, "csv", r))
		numbers, nulls := numbersOf(t, rendered(t, "json", r))
		statuses := 0
		for at, want := range numbers {
			if strings.HasSuffix(at, "/status") { // a key: in its column
				statuses++
				continue
			}
			row := rows[at]
			if row == nil {
				t.Errorf("%s: %s = %s is missing", name, at, want)
			} else if row["value"] != want {
				t.Errorf("%s: %s is %s, want %s", name, at, row["value"], want)
			}
		}
		for at, row := range rows {
			if _, ok := numbers[at]; !ok && !(nulls[at] && row["value"] == "") {
				t.Errorf("%s: %s is no number of the JSON form: %v", name, at, row)
			}
		}
		if len(rows) < len(numbers)-statuses || name != "nothing" && statuses == 0 {
			t.Errorf("%s: %d rows for %d numbers, %d of them keys", name, len(rows), len(numbers), statuses)
		}
	}
}

// Columns say what a number is of, and repeat what it is compared with.
func TestCSVColumns(t *testing.T) {
	r := fixture(inTurn(plainTexts))
	rows := readCSV(t, rendered(t, "csv", r))
	for _, c := range []struct{ path, column, want string }{
		{"/totals/errors", "section", "totals"},
		{"/totals/errors", "measure", "errors"},
		{"/totals/errors", "previous", rows["/previous/totals/errors"]["value"]},
		{"/totals/errors", "change", "-51"},
		{"/totals/ratio", "previous", rows["/previous/totals/ratio"]["value"]},
		{"/previous/totals/errors", "section", "previous.totals"},
		{"/previous/totals/errors", "previous", ""},
		{"/by_status/400", "status", "400"},
		{"/by_status/400", "measure", "responses"},
		{"/by_status/400", "change", rows["/change/by_status/400"]["value"]},
		{"/by_type/a~1b~0c", "type", "a/b~c"},
		{"/by_type/a~1b~0c", "previous", rows["/previous/by_type/a~1b~0c"]["value"]},
		{"/by_type/", "type", ""},
		{"/schema_version", "section", "report"},
		{"/coverage/read/1/entries", "name", "success"},
		{"/coverage/read/1/entries", "previous", ""},
		{"/coverage/read/0/entries", "previous", rows["/coverage/read/0/previous"]["value"]},
		{"/coverage/value", "name", ""},
		{"/timeline/points/2/errors", "time", "2026-11-09T02:00:00+01:00"},
		{"/timeline/points/2/errors", "previous", rows["/timeline/points/2/previous"]["value"]},
		{"/top/0/errors", "status", "400"},
		{"/top/0/errors", "method", "POST"},
		{"/top/0/errors", "name", r.Top[0].TemplateText},
		{"/top/0/errors", "template", r.Top[0].Template},
		{"/top/0/errors", "previous", rows["/top/0/previous_errors"]["value"]},
		{"/top/0/errors", "change", rows["/top/0/change"]["value"]},
		{"/top/0/callers", "previous", rows["/top/0/previous_callers"]["value"]},
		{"/top/0/callers", "change", ""},
		{"/top/0/days/4", "value", "900"},
		{"/top/0/days/4", "time", "2026-11-13"},
		{"/top/0/days/4", "section", "top"},
		{"/movers/0/callers", "change", "120"},
		{"/movers/0/errors", "change", ""},
		{"/movers/1/errors", "change", "-99"},
		{"/movers/1/callers", "value", ""},
		{"/movers/1/p", "value", "1.5e-9"},
		{"/client_mistakes/0/clients/1/errors", "name", ""},
		{"/client_mistakes/0/clients/0/errors", "section", "client_mistakes.clients"},
		{"/client_mistakes/0/clients/0/errors", "route", r.Mistakes[0].Route},
		{"/demand/rows/0/reasons/no_header", "measure", "no_header"},
		{"/demand/rows/0/reasons/no_header", "feature", r.Demand.Rows[0].Feature},
		{"/demand/rows/0/reasons/no_header", "available_from", r.Demand.Rows[0].AvailableFrom},
		{"/findings/0/entries", "name", "feature_outside_501"},
		{"/method/caps/0/share", "name", "caps.routes"},
	} {
		if rows[c.path] == nil {
			t.Errorf("%s is missing", c.path)
		} else if got := rows[c.path][c.column]; got != c.want {
			t.Errorf("%s: %s is %q, want %q", c.path, c.column, got, c.want)
		}
	}
}

// No cell is a formula, and numbers are as they are.
func TestCSVIsInert(t *testing.T) {
	r := fixture(inTurn(hostile))
	text := rendered(t, "csv", r)
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	negative, marked := 0, 0
	for _, rec := range all[1:] {
		for i, cell := range rec {
			switch {
			case cell == "":
			case i >= colValue:
				if cell[0] == '-' {
					negative++
				}
				if strings.Trim(cell, "0123456789.-e") != "" {
					t.Errorf("%q is no number", cell)
				}
			case strings.ContainsRune("=+-@\t\r\n", rune(cell[0])):
				t.Errorf("%s: the cell %q may be taken for a formula", rec[colPath], cell)
			case cell[0] == '\'':
				marked++
			}
		}
	}
	if negative == 0 || marked < 10 {
		t.Errorf("%d negative numbers, %d marked texts: the fixture tries too little", negative, marked)
	}
	if text != strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n") && !strings.Contains(text, "\r=1") {
		t.Error("lines do not end as RFC 4180 has them")
	}
}

// On a terminal, no byte of it can drive that.
func TestCSVOnScreen(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, fixture(inTurn(hostile)), Options{Screen: true}); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.String() {
		if c < 0x20 && c != '\n' && c != '\r' || c >= 0x7F && c < 0xA0 || c == '\u202e' {
			t.Fatalf("it has the character %U", c)
		}
	}
}
