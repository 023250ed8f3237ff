package main

import (
	"encoding/json"
	"reflect"
	"unsafe"

	"github.com/bytedance/sonic"
	"github.com/go-faster/jx"
	goccy "github.com/goccy/go-json"
)

// bytesOf and stringOf spare the rivals the copies that their interfaces ask for.
func bytesOf(s string) []byte  { return unsafe.Slice(unsafe.StringData(s), len(s)) }
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func newStd(string) (decoder, error) { return &structDecoder{unmarshal: json.Unmarshal}, nil }

func newGoccy(string) (decoder, error) {
	return &structDecoder{unmarshal: func(b []byte, v any) error { return goccy.Unmarshal(b, v) }}, nil
}

func newSonic(string) (decoder, error) {
	for _, v := range []any{line{}, body{}} {
		if err := sonic.Pretouch(reflect.TypeOf(v)); err != nil {
			return nil, err
		}
	}
	return &structDecoder{unmarshal: func(b []byte, v any) error { return sonic.UnmarshalString(stringOf(b), v) }}, nil
}

// jxDecoder does the job with jx's streaming decoder: wanted keys only, the rest skipped.
type jxDecoder struct {
	line, sub jx.Decoder
	f         *fields
	headers   func(d *jx.Decoder, key []byte) error
	top       func(d *jx.Decoder, key []byte) error
	inner     func(d *jx.Decoder, key []byte) error
	members   func(d *jx.Decoder, key []byte) error
	raw       jx.Raw
	text      []byte
	arena     []byte
	reqID     string
}

func newJX(string) (decoder, error) {
	d := &jxDecoder{}
	d.top = d.topKey
	d.headers = func(dec *jx.Decoder, key []byte) error {
		if string(key) == "x-qoder-beta" && dec.Next() == jx.String {
			return d.str(dec, &d.f.beta)
		}
		return dec.Skip()
	}
	d.inner = func(dec *jx.Decoder, key []byte) error {
		switch {
		case string(key) == "error" && dec.Next() == jx.Object:
			return dec.ObjBytes(d.members)
		case string(key) == "request_id" && dec.Next() == jx.String:
			return d.str(dec, &d.reqID)
		}
		return dec.Skip()
	}
	d.members = func(dec *jx.Decoder, key []byte) error {
		if dec.Next() != jx.String {
			return dec.Skip()
		}
		e := &d.f.env
		switch string(key) {
		case "type":
			return d.str(dec, &e.typ)
		case "message":
			return d.str(dec, &e.message)
		case "param":
			return d.str(dec, &e.param)
		case "feature":
			return d.str(dec, &e.feature)
		case "available_from":
			return d.str(dec, &e.availableFrom)
		}
		return dec.Skip()
	}
	return d, nil
}

// str decodes a string to memory that holds until the next line.
func (d *jxDecoder) str(dec *jx.Decoder, to *string) error {
	n := len(d.arena)
	a, err := dec.StrAppend(d.arena)
	if err != nil {
		return err
	}
	// An arena that moved leaves the earlier strings where they were.
	d.arena = a
	*to = stringOf(a[n:])
	return nil
}

func (d *jxDecoder) topKey(dec *jx.Decoder, key []byte) error {
	f := d.f
	switch string(key) {
	case "time":
		return d.str(dec, &f.time)
	case "status":
		v, err := dec.Int()
		f.status = v
		return err
	case "method":
		return d.str(dec, &f.method)
	case "uri":
		return d.str(dec, &f.target)
	case "request_id":
		return d.str(dec, &f.requestID)
	case "request_time":
		v, err := dec.Float64()
		f.micros = micros(v)
		return err
	case "remote_addr":
		return d.str(dec, &f.address)
	case "headers":
		if dec.Next() == jx.Object {
			return dec.ObjBytes(d.headers)
		}
	case "resp_body":
		if f.status != 0 && f.status < 400 {
			return dec.Skip()
		}
		raw, err := dec.Raw()
		d.raw = raw
		return err
	}
	return dec.Skip()
}

func (d *jxDecoder) decode(b []byte, f *fields) bool {
	d.f, d.raw, d.arena, d.reqID = f, nil, d.arena[:0], ""
	d.line.ResetBytes(b)
	if d.line.ObjBytes(d.top) != nil {
		return false
	}
	if f.status < 400 || len(d.raw) == 0 {
		return true
	}
	raw := []byte(d.raw)
	if raw[0] == '"' {
		d.sub.ResetBytes(raw)
		text, err := d.sub.StrAppend(d.text[:0])
		if err != nil {
			return true
		}
		d.text, raw = text, text
	}
	if len(raw) == 0 || raw[0] != '{' {
		return true
	}
	d.sub.ResetBytes(raw)
	if d.sub.ObjBytes(d.inner) != nil {
		f.env = envelope{}
		return true
	}
	if d.reqID != "" {
		f.requestID = d.reqID
	}
	return true
}
