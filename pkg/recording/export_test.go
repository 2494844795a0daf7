package recording

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func sequence(recordings ...Recording) iter.Seq2[Recording, error] {
	return func(yield func(Recording, error) bool) {
		for _, r := range recordings {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func exported() []Recording {
	first, grpc := 4.0, 5
	return []Recording{
		{
			ID: uuid.UUID{6: 0x70, 8: 0x80}, Timestamp: time.Date(2026, 11, 23, 12, 0, 0, 5e6, time.UTC), Protocol: HTTP, Gateway: "shop", Instance: "one",
			Consumer: "=cmd|' /C calc'!A0", Method: "POST", Scheme: "https", Host: "shop.example", Path: "/a b/ü", HTTPVersion: "2",
			QueryParams: Values{"q": {"1", "2&"}}, Headers: Values{"Cookie": {"a=b; c=d"}, "Content-Type": {"application/x-www-form-urlencoded"}, "X": {"1", "2"}},
			Body: Body{Content: []byte("x=1&y=2"), Size: 7}, ResponseStatus: 302,
			ResponseHeaders: Values{"Location": {"/next"}, "Set-Cookie": {"s=1; Path=/; HttpOnly; Expires=Mon, 23 Nov 2026 13:00:00 GMT"}, "Content-Type": {"image/png"}},
			ResponseBody:    Body{Content: []byte{0x89, 0xff, 0}, Size: 9, Truncated: true}, ResponseTimeMS: 10, FirstByteMS: &first,
			ScenarioMode: "chaos", Faults: []Fault{{Kind: "latency", Detail: "4ms"}, {Kind: "reset"}}, Tags: []string{"a", "b"},
		},
		{
			Protocol: WebSocket, Method: "GET", Path: "/ws", ResponseTimeMS: 3, Failure: "client aborted", GRPCStatus: &grpc,
			ResponseBody: Body{Content: []byte(`{"a":1}`), Size: 4, Decoded: true},
			Messages: []Message{
				{Direction: "in", OffsetMS: 1, Kind: "text", Body: Body{Content: []byte("hi")}},
				{Direction: "out", OffsetMS: 2, Kind: "binary", Body: Body{Content: []byte{0xff}}},
			},
		},
	}
}

func TestHAR(t *testing.T) {
	var b bytes.Buffer
	if err := WriteHAR(&b, sequence(exported()...)); err != nil {
		t.Fatal(err)
	}
	var har struct {
		Log struct {
			Version string
			Creator struct{ Name, Version string }
			Entries []map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &har); err != nil {
		t.Fatal(err)
	}
	if har.Log.Version != "1.2" || har.Log.Creator.Name == "" || len(har.Log.Entries) != 2 {
		t.Fatalf("%+v", har.Log)
	}
	pair := func(name, value string) any { return map[string]any{"name": name, "value": value} }
	want := map[string]any{
		"startedDateTime": "2026-11-23T12:00:00.005Z", "time": 10.0, "cache": map[string]any{},
		"timings": map[string]any{"send": 0.0, "wait": 4.0, "receive": 6.0},
		"request": map[string]any{
			"method": "POST", "url": "https://shop.example/a%20b/%C3%BC?q=1&q=2%26", "httpVersion": "HTTP/2", "headersSize": -1.0, "bodySize": 7.0,
			"cookies": []any{pair("a", "b"), pair("c", "d")}, "queryString": []any{pair("q", "1"), pair("q", "2&")},
			"headers":  []any{pair("content-type", "application/x-www-form-urlencoded"), pair("cookie", "a=b; c=d"), pair("x", "1"), pair("x", "2")},
			"postData": map[string]any{"mimeType": "application/x-www-form-urlencoded", "text": "x=1&y=2", "params": []any{pair("x", "1"), pair("y", "2")}},
		},
		"response": map[string]any{
			"status": 302.0, "statusText": "Found", "httpVersion": "HTTP/2", "redirectURL": "/next", "headersSize": -1.0, "bodySize": 9.0,
			"cookies": []any{map[string]any{"name": "s", "value": "1", "path": "/", "httpOnly": true, "expires": "2026-11-23T13:00:00Z"}},
			"headers": []any{pair("content-type", "image/png"), pair("location", "/next"), pair("set-cookie", "s=1; Path=/; HttpOnly; Expires=Mon, 23 Nov 2026 13:00:00 GMT")},
			"content": map[string]any{"size": 9.0, "mimeType": "image/png", "text": "if8A", "encoding": "base64", "comment": "truncated"},
		},
		"_mockforge": map[string]any{
			"id": "00000000-0000-7000-8000-000000000000", "protocol": "http", "gateway": "shop", "consumer": "=cmd|' /C calc'!A0",
			"scenario_mode": "chaos", "faults": []any{map[string]any{"kind": "latency", "detail": "4ms"}, map[string]any{"kind": "reset"}},
		},
	}
	if diff := cmp.Diff(want, har.Log.Entries[0]); diff != "" {
		t.Error(diff)
	}
	messages := []any{
		map[string]any{"type": "send", "time": -62135596799.999, "opcode": 1.0, "data": "hi"},
		map[string]any{"type": "receive", "time": -62135596799.998, "opcode": 2.0, "data": "/w=="},
	}
	if diff := cmp.Diff(messages, har.Log.Entries[1]["_webSocketMessages"]); diff != "" {
		t.Error(diff)
	}
	if content := har.Log.Entries[1]["response"].(map[string]any)["content"].(map[string]any); content["size"] != 7.0 || content["compression"] != 3.0 {
		t.Errorf("the content that was decompressed is %v", content)
	}
}

func TestHARHasThePartsOfForms(t *testing.T) {
	parts := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n" +
		"Content-Type: text/plain\r\n\r\nhello\r\n--B--\r\n"
	for name, content := range map[string]string{"whole": parts, "cut": parts[:len(parts)-9]} {
		r := Recording{Method: "POST", Path: "/", Headers: Values{"Content-Type": {"multipart/form-data; boundary=B"}}, Body: Body{Content: []byte(content)}}
		params := harPostDataOf(&r).Params
		if len(params) != 2 || params[0] != (harParam{Name: "a", Value: "1"}) || params[1].FileName != "x.txt" || params[1].ContentType != "text/plain" {
			t.Errorf("%s: %+v", name, params)
		}
	}
	broken := Recording{Headers: Values{"Content-Type": {"multipart/form-data"}}, Body: Body{Content: []byte("--")}}
	if params := harPostDataOf(&broken).Params; params == nil || len(params) != 0 {
		t.Errorf("broken: %v", params)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, sequence(exported()...)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	cells := map[string]string{}
	for i, column := range rows[0] {
		cells[column] = rows[1][i]
	}
	for column, want := range map[string]string{
		"timestamp": "2026-11-23T12:00:00.005Z", "consumer": "'=cmd|' /C calc'!A0", "path": "/a b/ü", "query_params": "q=1&q=2%26",
		"response_status": "302", "response_time_ms": "10", "upstream_time_ms": "", "faults": "latency=4ms;reset", "tags": "a;b",
	} {
		if cells[column] != want {
			t.Errorf("%s is %q, want %q", column, cells[column], want)
		}
	}
}

func TestJSONLinesComeBackAsTheyWere(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSONLines(&b, sequence(exported()...)); err != nil {
		t.Fatal(err)
	}
	var back []Recording
	for line := range strings.Lines(b.String()) {
		var r Recording
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		back = append(back, r)
	}
	if diff := cmp.Diff(exported(), back); diff != "" {
		t.Error(diff)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestExportsEndAtTheFirstError(t *testing.T) {
	lost := errors.New("lost the database")
	for _, format := range Formats() {
		var b bytes.Buffer
		err := format.Write(&b, func(yield func(Recording, error) bool) {
			if yield(exported()[0], nil) && yield(Recording{}, lost) {
				t.Errorf("%s goes on after an error", format.Name)
			}
		})
		if !errors.Is(err, lost) {
			t.Errorf("%s: %v", format.Name, err)
		}
		if json.Valid(b.Bytes()) && format.Name == "har" {
			t.Error("the unfinished HAR looks whole")
		}
		if err := format.Write(brokenWriter{}, sequence(exported()...)); err == nil {
			t.Errorf("%s: a broken writer goes unnoticed", format.Name)
		}
		var empty bytes.Buffer
		if err := format.Write(&empty, sequence()); err != nil {
			t.Errorf("%s of nothing: %v", format.Name, err)
		}
	}
}
