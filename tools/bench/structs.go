package main

import "encoding/json"

// The lines of the corpora as the libraries that decode into structs see them.
// The body stays raw until the status is known: that is each library's fastest way.
type line struct {
	Time      string  `json:"time"`
	Status    int     `json:"status"`
	Method    string  `json:"method"`
	URI       string  `json:"uri"`
	RequestID string  `json:"request_id"`
	Duration  float64 `json:"request_time"`
	Address   string  `json:"remote_addr"`
	Headers   struct {
		Beta string `json:"x-qoder-beta"`
	} `json:"headers"`
	Body json.RawMessage `json:"resp_body"`
}

type body struct {
	Error struct {
		Type          string `json:"type"`
		Message       string `json:"message"`
		Param         string `json:"param"`
		Feature       string `json:"feature"`
		AvailableFrom string `json:"available_from"`
	} `json:"error"`
	RequestID string `json:"request_id"`
}

// unmarshal is a library's way to decode JSON into a value.
type unmarshal func(data []byte, v any) error

// structDecoder does the job with such a library.
type structDecoder struct {
	unmarshal unmarshal
	line      line
	body      body
	text      string
}

func (d *structDecoder) decode(b []byte, f *fields) bool {
	d.line = line{Body: d.line.Body[:0]}
	l := &d.line
	whole := d.unmarshal(b, l) == nil
	*f = fields{
		time: l.Time, status: l.Status, method: l.Method, target: l.URI, requestID: l.RequestID,
		micros: micros(l.Duration), address: l.Address, beta: l.Headers.Beta,
	}
	if l.Status < 400 || len(l.Body) == 0 {
		return whole
	}
	raw := []byte(l.Body)
	if raw[0] == '"' {
		if d.unmarshal(raw, &d.text) != nil {
			return whole
		}
		raw = bytesOf(d.text)
	}
	if len(raw) == 0 || raw[0] != '{' {
		return whole // HTML or text: no library is made to try
	}
	d.body = body{}
	if d.unmarshal(raw, &d.body) != nil {
		return whole
	}
	e := &d.body.Error
	f.env = envelope{e.Type, e.Message, e.Param, e.Feature, e.AvailableFrom}
	if d.body.RequestID != "" {
		f.requestID = d.body.RequestID
	}
	return whole
}
