package previewhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say what to serve, and where.
type Options struct {
	// Dist is the folder of the built plugin, with plugin.json, module.js and the backend's executable.
	Dist string
	// Web is the folder of the page's built bundle; empty is dev/previewhost/web/dist in the repository around the
	// working directory. BuildWeb makes it.
	Web string
	// Dashboards is the folder of provisioned dashboards; empty is provisioning/grafana/dashboards in the repository.
	Dashboards string
	// Listen is a loopback address; empty is 127.0.0.1:0, a free port.
	Listen string
	// DSN is the PostgreSQL connection string among the plugins' secure settings; without it and CollectorURL they are not configured.
	DSN string
	// CollectorURL is the collector whose control API the plugins ask in place of a database, and Token what they show it.
	CollectorURL, Token string
	// Role is what a visitor is until the page chooses otherwise: Viewer, Editor or Admin; empty is Admin.
	Role string
	// Logger takes what the host has to say, and the backend's log at its level. Nil is slog.Default().
	Logger *slog.Logger
}

// Host is a running preview host.
type Host struct {
	logger   *slog.Logger
	listener net.Listener
	server   *http.Server
	web      string
	role     Role
	plugins  []*plugin
	settings *settings
	live     *live

	dashboardsFolder string

	closing sync.Once
	done    chan struct{}
	err     error
}

// Start serves until ctx ends or Close is called. It returns once the backend runs and the address is taken, with an
// error that says what to do where that fails.
func Start(ctx context.Context, options Options) (*Host, error) {
	h := &Host{logger: options.Logger, role: Admin, settings: newSettings(options), done: make(chan struct{})}
	if h.logger == nil {
		h.logger = slog.Default()
	}
	if options.Role != "" {
		role, err := parseRole(options.Role)
		if err != nil {
			return nil, err
		}
		h.role = role
	}
	var err error
	if h.web, err = bundle(options.Web); err != nil {
		return nil, err
	}
	h.dashboardsFolder = options.Dashboards
	if root, err := repository(); err == nil && h.dashboardsFolder == "" {
		h.dashboardsFolder = filepath.Join(root, dashboardsFolder)
	}
	if h.plugins, err = readPlugins(options.Dist); err != nil {
		return nil, err
	}
	for _, p := range h.plugins {
		p.settings = newSettings(options)
	}
	if h.listener, err = listen(ctx, options.Listen); err != nil {
		return nil, err
	}
	for _, p := range h.plugins {
		if err := p.start(h.logger); err != nil {
			h.stopPlugins()
			return nil, errors.Join(err, h.listener.Close())
		}
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.live = newLive(life, h)
	h.server = &http.Server{
		Handler:           h.guard(h.routes()),
		ReadHeaderTimeout: 10 * time.Second,
		MaxHeaderBytes:    1 << 20,
		BaseContext:       func(net.Listener) context.Context { return life },
		ErrorLog:          slog.NewLogLogger(h.logger.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- h.server.Serve(h.listener) }()
	go func() {
		defer close(h.done)
		defer stop()
		select {
		case <-ctx.Done():
			h.shutdown(stop)
			<-served //nolint:errcheck // http.ErrServerClosed
		case err := <-served:
			if !errors.Is(err, http.ErrServerClosed) {
				h.err = err
			}
			h.shutdown(stop)
		}
	}()
	return h, nil
}

// URL returns the address of the page, without a slash at its end.
func (h *Host) URL() string { return "http://" + h.listener.Addr().String() }

// Close stops the host and its backend, and waits for both. It may be called more than once.
func (h *Host) Close() error {
	_ = h.server.Close()
	return h.Wait()
}

// Wait blocks until the host has stopped, and says why where nobody asked for it.
func (h *Host) Wait() error {
	<-h.done
	return h.err
}

// shutdown gives running answers a moment; streams and live connections end with the context.
func (h *Host) shutdown(stop context.CancelFunc) {
	h.closing.Do(func() {
		stop()
		patience, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := h.server.Shutdown(patience); err != nil {
			_ = h.server.Close()
		}
		h.live.wait()
		h.stopPlugins()
	})
}

func (h *Host) stopPlugins() {
	for _, p := range h.plugins {
		p.stop()
	}
}

// listen takes the address, which must be on loopback: the host has no sign-in.
func listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %q is not host:port", address)
	}
	if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen: %q is not a loopback address; the preview host has no sign-in and serves this machine only", name)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another port", address, err)
	}
	return listener, nil
}

// bundle finds the page's built bundle.
func bundle(folder string) (string, error) {
	if folder == "" {
		root, err := repository()
		if err != nil {
			return "", err
		}
		folder = filepath.Join(root, webFolder, "dist")
	}
	if _, err := os.Stat(filepath.Join(folder, "main.js")); err != nil {
		return "", fmt.Errorf("the page's bundle is not in %s; build it with: npx webpack -c %s/webpack.config.cjs", folder, webFolder)
	}
	return folder, nil
}
