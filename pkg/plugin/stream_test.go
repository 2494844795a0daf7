package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// packets receives what a stream sends.
type packets chan traffic.Update

func (p packets) Send(packet *backend.StreamPacket) error {
	var update traffic.Update
	if err := json.Unmarshal(packet.Data, &update); err != nil {
		return err
	}
	p <- update
	return nil
}

// run runs the live stream until the test ends or the app does.
func run(t *testing.T, app *App) (packets, <-chan error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	updates, ended := make(packets, 100), make(chan error, 1)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		ended <- app.RunStream(ctx, &backend.RunStreamRequest{Path: livePath}, backend.NewStreamSender(updates))
	}()
	t.Cleanup(func() { stop(); <-finished })
	return updates, ended
}

func TestSubscriptionNeedsARoleAndTheRightPath(t *testing.T) {
	app := newApp(t, "")
	for _, test := range []struct {
		path string
		user *backend.User
		want backend.SubscribeStreamStatus
	}{
		{livePath, &backend.User{Role: "Viewer"}, backend.SubscribeStreamStatusOK},
		{livePath, &backend.User{Role: "Admin"}, backend.SubscribeStreamStatusOK},
		{livePath, &backend.User{Role: "None"}, backend.SubscribeStreamStatusPermissionDenied},
		{livePath, nil, backend.SubscribeStreamStatusPermissionDenied},
		{"other", &backend.User{Role: "Admin"}, backend.SubscribeStreamStatusNotFound},
	} {
		got, err := app.SubscribeStream(t.Context(), &backend.SubscribeStreamRequest{
			Path: test.path, PluginContext: backend.PluginContext{User: test.user},
		})
		if err != nil || got.Status != test.want {
			t.Errorf("%s for %+v: %v, %v, want %v", test.path, test.user, got, err, test.want)
		}
	}
}

func TestNobodyPublishes(t *testing.T) {
	got, err := newApp(t, "").PublishStream(t.Context(), &backend.PublishStreamRequest{
		Path: livePath, PluginContext: backend.PluginContext{User: &backend.User{Role: "Admin"}},
	})
	if err != nil || got.Status != backend.PublishStreamStatusPermissionDenied {
		t.Errorf("%v, %v", got, err)
	}
}

func TestASwitchIsStreamedAtOnce(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		app := by.freshApp(t)
		updates, _ := run(t, app)
		if first := <-updates; first.Type != "metrics_update" || first.Error != "" || first.Mode != "healthy" {
			t.Fatalf("first update: %+v", first)
		}
		if got := call(t, app, "Admin", "PUT", "/scenarios/mode", `{"mode":"error"}`); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		for update := range updates {
			if update.ScenarioVersion == 1 {
				if update.Mode != "error" {
					t.Errorf("%+v", update)
				}
				break
			}
		}
	})
}

func TestChangedSettingsEndTheStreamSoThatGrafanaRunsItAgain(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		app := by.freshApp(t)
		updates, ended := run(t, app)
		<-updates
		app.Dispose()
		if err := <-ended; !errors.Is(err, errReplaced) {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestAStreamWithoutSettingsSaysSoAndStays(t *testing.T) {
	updates, ended := run(t, newApp(t, ""))
	if update := <-updates; update.Error != errNotConfigured.Error() {
		t.Errorf("%+v", update)
	}
	select {
	case err := <-ended:
		t.Errorf("ended with %v", err)
	default:
	}
}
