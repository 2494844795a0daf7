package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// liveServer streams what is sent to updates; ended is closed with the context of the stream.
func liveServer(t *testing.T, updates <-chan traffic.Update) (url string, ended <-chan struct{}) {
	t.Helper()
	done := make(chan struct{})
	s := newServer(t, func(o *api.Options) {
		o.Live = func(ctx context.Context) <-chan traffic.Update {
			context.AfterFunc(ctx, func() { close(done) })
			return updates
		}
	})
	listening := httptest.NewServer(s)
	t.Cleanup(listening.Close)
	return "ws" + strings.TrimPrefix(listening.URL, "http") + "/ws/metrics", done
}

func TestLiveSendsUpdatesUntilTheStreamEnds(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t, goleak.IgnoreCurrent()) })
	updates := make(chan traffic.Update)
	url, ended := liveServer(t, updates)
	conn, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	for version := range int64(3) {
		updates <- traffic.Update{Type: "metrics_update", Mode: "chaos", ScenarioVersion: version}
		var got traffic.Update
		if err := wsjson.Read(t.Context(), conn, &got); err != nil || got.ScenarioVersion != version || got.Mode != "chaos" {
			t.Fatalf("update %d: %+v, %v", version, got, err)
		}
	}
	close(updates)
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the end of the stream: %v, want close code 1001", err)
	}
	<-ended
}

func TestLiveEndsItsStreamWhenTheClientLeaves(t *testing.T) {
	url, ended := liveServer(t, make(chan traffic.Update))
	conn, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	<-ended
}

func TestLiveRefusesOtherOriginsAndPlainRequests(t *testing.T) {
	url, _ := liveServer(t, nil)
	_, answer, err := websocket.Dial(t.Context(), url, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://evil.example"}}})
	if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("another origin: %v", err)
	}
	plain, err := http.Get("http" + strings.TrimPrefix(url, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plain.Body.Close() }()
	if plain.StatusCode != http.StatusUpgradeRequired || plain.Header.Get("Upgrade") != "websocket" {
		t.Errorf("a plain request: %d", plain.StatusCode)
	}
}
