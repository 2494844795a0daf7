package recorder

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestWhatComesBackFromDiskIsWhatWasRecorded(t *testing.T) {
	ok, normal, upstream := 0, 1000, 12.5
	want := recording.Recording{
		ID: uuid.MustParse("0193591d-6b31-7c4e-8a55-0123456789ab"), Timestamp: time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC),
		TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", Protocol: recording.GRPC, Gateway: "shop", Method: "POST", Path: "/shop.Shop/Get", Target: "/shop.Shop/Get?q=a;%zz&\xff", TargetRedacted: true, Route: "/shop.Shop/Get",
		Operation: "shop.Shop/Get", QueryParams: recording.Values{"q": {"a", "a"}}, Headers: recording.Values{"Accept": {"a", "b"}},
		Body:           recording.Body{Content: []byte{0, 1, 0xff, 0xfe}, Size: 9, Truncated: true, Redacted: true, Decoded: true},
		ResponseStatus: 200, ResponseTrailers: recording.Values{"Grpc-Status": {"0"}}, ResponseBody: recording.Body{Content: []byte(`{"a":"é"}`), Size: 10},
		GRPCStatus: &ok, WebSocketClose: &normal, UpstreamTimeMS: &upstream, ResponseTimeMS: 20.25, InjectedDelayMS: 7.75,
		ScenarioMode: "chaos", ScenarioVersion: 3, Rule: "half", Faults: []recording.Fault{{Kind: "latency", Detail: "8ms"}}, Tags: []string{"x"},
		PluginExecuted: []string{"auth"},
		Messages: []recording.Message{
			{Direction: "in", OffsetMS: 1, Kind: "grpc", Body: recording.Body{Content: []byte{1, 2, 3}, Size: 3}},
			{Direction: "out", OffsetMS: 2, Kind: "grpc", Body: recording.Body{Content: []byte("text"), Size: 4}},
		},
	}
	record, err := encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(record)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("through the disk (-want +got):\n%s", diff)
	}
}

func TestBytesThatAreNotUTF8ComeBackAsInTheDatabase(t *testing.T) {
	in := recording.Recording{Path: "/caf\xe9", Headers: recording.Values{"X-\xe9": {"\xfcber", "é"}}}
	record, err := encode(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(record)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recording.Values{"X-é": {"über", "é"}}, got.Headers); diff != "" || got.Path != "/café" {
		t.Errorf("path %q, headers (-want +got):\n%s", got.Path, diff)
	}
	if in.Headers["X-\xe9"][0] != "\xfcber" {
		t.Error("what was captured was changed")
	}
}

func FuzzDecode(f *testing.F) {
	record, err := encode(recording.Recording{Path: "/", Body: recording.Body{Content: []byte{0xff}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record)
	f.Add([]byte(`{"body":{"encoding":"rot13"}}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		r, err := decode(record)
		if err != nil {
			return
		}
		if _, err := encode(r); err != nil {
			t.Errorf("%+v was read and cannot be written: %v", r, err)
		}
	})
}
