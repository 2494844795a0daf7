package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/build"
)

// dockerAnswers reports whether there is a Docker daemon, and Compose to talk to it.
func dockerAnswers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, "docker", "info").Run() == nil &&
		exec.CommandContext(ctx, "docker", "compose", "version").Run() == nil
}

// desktopHost is this machine for containers of Docker Desktop.
const desktopHost = "host.docker.internal"

// onHost returns the address of a server on this machine's loopback as it is where the machine is called host.
func onHost(address, host string) string {
	u, err := url.Parse(address)
	if err != nil || host == loopback || u.Hostname() != loopback {
		return address
	}
	u.Host = net.JoinHostPort(host, u.Port())
	return u.String()
}

// startCompose runs Grafana alone by Docker Compose, beside what already runs on the machine. On Linux it shares the
// machine's network, since PostgreSQL and the control API listen on loopback only; Docker Desktop forwards host.docker.internal there.
func (s *stack) startCompose(ctx context.Context) error {
	if runtime.GOOS != "linux" {
		if err := build.BackendFor(ctx, "linux", runtime.GOARCH); err != nil {
			return err
		}
	}
	_, provisioning, err := s.grafanaFolders(filepath.Join(s.directory, "grafana"))
	if err != nil {
		return err
	}
	host, file := loopback, "dev/demo/compose.linux.yaml"
	if runtime.GOOS != "linux" {
		host, file = desktopHost, "dev/demo/compose.desktop.yaml"
	}
	dist, err := filepath.Abs("dist")
	if err != nil {
		return err
	}
	environment := slices.Concat(grafanaSettings(), s.home(host), []string{
		"MOCKFORGE_DEMO_DIST=" + dist,
		"MOCKFORGE_DEMO_PROVISIONING=" + provisioning,
		fmt.Sprintf("MOCKFORGE_DEMO_UI_PORT=%d", s.ports["ui"]),
	})
	compose := []string{"compose", "--project-name", fmt.Sprintf("mockforge-demo-%d", s.ports["ui"]), "--file", file}
	p, err := s.run("grafana", environment, "docker", append(compose, "up", "--no-log-prefix", "--abort-on-container-exit")...)
	if err != nil {
		return err
	}
	s.add("the container of Grafana", func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		down := exec.CommandContext(ctx, "docker", append(compose, "down", "--volumes", "--timeout", "5")...)
		down.Env = append(down.Environ(), environment...)
		return down.Run()
	})
	s.endpoints.UI = "http://" + s.address("ui")
	// The image is pulled first where it is not there yet.
	if err := s.wait(ctx, p, s.endpoints.UI+"/api/health", 10*time.Minute); err != nil {
		return err
	}
	return s.waitGrafana(ctx, p)
}
