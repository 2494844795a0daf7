package mockforgeextension

import (
	"math"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func tapOf(t *testing.T, e any) (*recorder.Tap, error) {
	t.Helper()
	tapped, ok := e.(recorder.Tapped)
	if !ok {
		t.Fatalf("%T has no taps", e)
	}
	return tapped.Tap(recorder.TapOptions{Name: "mockforge", BufferSize: 100, BufferBytes: 1 << 20})
}

// Where nothing is stored there are recordings for those who tap them, and for nobody else.
func TestRecordingsAreTappedWhereNothingIsStored(t *testing.T) {
	c := config(t, shop(t))
	c.Recorder.Storage.Type, c.Recorder.Storage.Path = "memory", ""
	e := start(t, c)
	gateway := "http://" + c.Gateways[0].Server.NetAddr.Endpoint
	get(t, gateway+"/users/1")
	tap, err := tapOf(t, e)
	if err != nil {
		t.Fatal(err)
	}
	get(t, gateway+"/users/2")
	get(t, gateway+"/health")
	ask(t, "GET", gateway+"/users/3", "", map[string]string{"Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	var all []*recording.Recording
	for len(all) < 2 {
		all = append(all, tap.Take(t.Context(), 10, math.MaxInt64)...)
	}
	tap.Close(t.Context())
	all = append(all, tap.Take(t.Context(), 10, math.MaxInt64)...)
	if len(all) != 2 || all[0].Path != "/users/2" || all[1].Path != "/users/3" {
		t.Fatalf("%d came: %v", len(all), all)
	}
	if body := string(all[0].ResponseBody.Content); strings.Contains(body, "hunter2") || !strings.Contains(body, "/users/2") {
		t.Errorf("the body is %s", body)
	}
	if all[1].TraceID != "0af7651916cd43dd8448eb211c80319c" || all[1].TraceFlags != 1 || all[0].TraceFlags != 0 {
		t.Errorf("traces %s with %d, %s with %d", all[0].TraceID, all[0].TraceFlags, all[1].TraceID, all[1].TraceFlags)
	}
	if status, _ := send(t, "POST", "http://"+c.Control.NetAddr.Endpoint+"/recordings/query", `{}`); status == 200 {
		t.Error("the control API has recordings that nobody stores")
	}
}

func TestNothingIsTappedWhereNothingIsRecorded(t *testing.T) {
	c := config(t, shop(t))
	c.Recorder.Enabled = false
	if _, err := tapOf(t, start(t, c)); err == nil || !strings.Contains(err.Error(), "recorder::enabled of the extension is false") {
		t.Errorf("got %v", err)
	}
}
