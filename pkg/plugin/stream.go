package plugin

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// livePath is the path of the plugin's one channel, "plugin/mockforge-observability-app/live" in full: traffic.Update as
// JSON, once a second and at once when the scenario changes.
const livePath = "live"

// errReplaced ends streams of an instance whose settings were changed. It is an error, since that is what makes
// Grafana run the stream again, on the new instance.
var errReplaced = errors.New("the settings were changed")

// SubscribeStream lets every signed-in user with a role of the organisation listen to the live channel.
func (a *App) SubscribeStream(_ context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	switch {
	case req.Path != livePath:
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusNotFound}, nil
	case !canRead(req.PluginContext.User):
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusPermissionDenied}, nil
	}
	return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK}, nil
}

// PublishStream refuses: only the backend writes to the channel.
func (a *App) PublishStream(context.Context, *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

// RunStream sends updates until Grafana ends it. Trouble with the database is an update that says so, not an error of
// the stream: Grafana would run it again without a word to the user.
func (a *App) RunStream(ctx context.Context, req *backend.RunStreamRequest, sender *backend.StreamSender) error {
	if req.Path != livePath {
		return nil
	}
	a.waitUntilTried(ctx)
	updates, leave := a.feed.Subscribe()
	defer leave()
	for {
		select {
		case <-ctx.Done():
			return nil
		case update, open := <-updates:
			if !open {
				return errReplaced
			}
			message, err := json.Marshal(update)
			if err != nil {
				a.logger.ErrorContext(ctx, "A live update could not be encoded", "error", err)
				continue
			}
			if err := sender.SendJSON(message); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
		}
	}
}
