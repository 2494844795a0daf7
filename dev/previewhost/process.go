package previewhost

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
)

// grafanaVersion is the Grafana that the host passes itself off as: that of its libraries.
const grafanaVersion = "12.4.10"

var errStopped = errors.New("the preview host is stopping")

// connection is what Grafana calls of a backend.
type connection struct {
	diagnostics grpcplugin.DiagnosticsClient
	resources   grpcplugin.ResourceClient
	data        grpcplugin.DataClient
	streams     grpcplugin.StreamClient
}

// process is a plugin's backend as Grafana runs it: a child process that speaks Grafana's plugin protocol over gRPC,
// started again where it has died.
type process struct {
	executable string
	logger     *slog.Logger

	mu      sync.Mutex
	client  *goplugin.Client
	open    *connection
	stopped bool
}

func newProcess(executable string, logger *slog.Logger) *process {
	return &process{executable: executable, logger: logger}
}

// connect returns the connection to the running backend, which it starts where it does not run.
func (p *process) connect() (*connection, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil, errStopped
	}
	if p.client != nil && !p.client.Exited() {
		return p.open, nil
	}
	if p.client != nil {
		p.logger.Warn("The plugin's backend has exited, starting it again")
	}
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{grpcplugin.ProtocolVersion: {
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
			"resource":    &grpcplugin.ResourceGRPCPlugin{},
			"data":        &grpcplugin.DataGRPCPlugin{},
			"stream":      &grpcplugin.StreamGRPCPlugin{},
		}},
		Cmd:              command(p.executable),
		Logger:           newProcessLog(p.logger),
		Stderr:           io.Discard,
		SkipHostEnv:      true, // As Grafana does: a plugin has its settings, not the server's environment.
		StartTimeout:     30 * time.Second,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
	})
	open, err := dial(client)
	if err != nil {
		client.Kill()
		return nil, fmt.Errorf("start the plugin's backend %s: %w", p.executable, err)
	}
	p.client, p.open = client, open
	return open, nil
}

// stop ends the backend and waits for it.
func (p *process) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	if p.client != nil {
		p.client.Kill()
	}
}

func command(executable string) *exec.Cmd {
	cmd := exec.Command(executable)
	cmd.Env = []string{"GF_VERSION=" + grafanaVersion, "GF_EDITION=OSS"}
	dieWithParent(cmd)
	return cmd
}

func dial(client *goplugin.Client) (*connection, error) {
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	open := &connection{}
	open.diagnostics, err = dispense[grpcplugin.DiagnosticsClient](protocol, "diagnostics", err)
	open.resources, err = dispense[grpcplugin.ResourceClient](protocol, "resource", err)
	open.data, err = dispense[grpcplugin.DataClient](protocol, "data", err)
	open.streams, err = dispense[grpcplugin.StreamClient](protocol, "stream", err)
	return open, err
}

// dispense asks for one service, unless an earlier one failed.
func dispense[T any](protocol goplugin.ClientProtocol, name string, before error) (service T, err error) {
	if before != nil {
		return service, before
	}
	raw, err := protocol.Dispense(name)
	if err != nil {
		return service, err
	}
	service, ok := raw.(T)
	if !ok {
		return service, fmt.Errorf("the service %s is of an unexpected type %T", name, raw)
	}
	return service, nil
}

// newProcessLog hands what the backend and the plugin protocol log to logger.
func newProcessLog(logger *slog.Logger) hclog.Logger {
	log := hclog.NewInterceptLogger(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Debug})
	log.RegisterSink(sink{logger})
	return log
}

type sink struct{ logger *slog.Logger }

// Accept implements hclog.SinkAdapter.
func (s sink) Accept(_ string, level hclog.Level, message string, args ...any) {
	switch {
	case level >= hclog.Error:
		s.logger.Error(message, args...)
	case level >= hclog.Warn:
		s.logger.Warn(message, args...)
	case level >= hclog.Info:
		s.logger.Info(message, args...)
	default:
		s.logger.Debug(message, args...)
	}
}
