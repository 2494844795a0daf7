// Package devclickhouse gives tests and benchmarks a real ClickHouse: the server of the machine, which on Debian is its package
// clickhouse-server, as plain processes on free ports.
package devclickhouse

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/child"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// startPatience is how long a server may take until it answers, after a crash as well.
const startPatience = time.Minute

// ErrNoBinary says that there is no ClickHouse on the machine.
var ErrNoBinary = errors.New("there is no clickhouse-server on this machine: apt-get install clickhouse-server")

// Cluster is the name of the cluster of all servers that were started together.
const Cluster = "mockforge"

// Server is one running server.
type Server struct {
	binary, directory string
	http, tcp         int
	process           *child.Child
}

// Start starts so many servers, each of which is one shard of Cluster, with their files below a directory, and returns once all
// answer. Where it fails none is left.
func Start(ctx context.Context, directory string, shards int) (servers []*Server, err error) {
	binary, err := find()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			for _, s := range servers {
				s.Kill()
			}
		}
	}()
	var replicas strings.Builder
	for i := range shards {
		s := &Server{binary: binary, directory: filepath.Join(directory, fmt.Sprint("shard", i+1))}
		if s.http, err = probe.FreePort(ctx); err != nil {
			return servers, err
		}
		if s.tcp, err = probe.FreePort(ctx); err != nil {
			return servers, err
		}
		fmt.Fprintf(&replicas, "<shard><replica><host>127.0.0.1</host><port>%d</port></replica></shard>", s.tcp)
		servers = append(servers, s)
	}
	for _, s := range servers {
		if err := s.configure(ctx, replicas.String()); err != nil {
			return servers, err
		}
		if err := s.start(ctx); err != nil {
			return servers, err
		}
	}
	return servers, nil
}

func find() (string, error) {
	for _, name := range []string{"clickhouse-server", "/usr/sbin/clickhouse-server"} { // Who is not root may not have the second in PATH.
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoBinary
}

// Endpoint returns the URL of the HTTP interface.
func (s *Server) Endpoint() string { return fmt.Sprintf("http://127.0.0.1:%d", s.http) }

// PID returns the id of the process.
func (s *Server) PID() int { return s.process.PID() }

// Directory is where the server keeps its files.
func (s *Server) Directory() string { return s.directory }

// Kill ends the server as kill -9 does. It may be called again.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Kill()
	}
}

// Stop asks the server to end, and waits for that.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	_ = s.process.Terminate()
	select {
	case <-s.process.Exited():
	case <-time.After(startPatience):
		s.Kill()
	}
}

// Restart starts a server that was killed, with the same files and ports.
func (s *Server) Restart(ctx context.Context) error {
	s.Kill()
	return s.start(ctx)
}

// Execute runs a statement, and returns what the server answers.
func (s *Server) Execute(ctx context.Context, statement string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint(), strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("ClickHouse answered %d: %.500s", response.StatusCode, text)
	}
	return strings.TrimSpace(string(text)), err
}

const users = `<yandex>
  <profiles><default><max_memory_usage>4000000000</max_memory_usage><background_pool_size>2</background_pool_size></default></profiles>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
  <quotas><default></default></quotas>
</yandex>
`

func (s *Server) configure(ctx context.Context, shards string) error {
	for _, directory := range []string{s.directory, filepath.Join(s.directory, "data"), filepath.Join(s.directory, "tmp")} {
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return err
		}
	}
	between, err := probe.FreePort(ctx)
	if err != nil {
		return err
	}
	var place strings.Builder
	if err := xml.EscapeText(&place, []byte(s.directory)); err != nil {
		return err
	}
	config := fmt.Sprintf(`<yandex>
  <logger><level>warning</level><console>1</console></logger>
  <http_port>%d</http_port>
  <tcp_port>%d</tcp_port>
  <interserver_http_port>%d</interserver_http_port>
  <listen_host>127.0.0.1</listen_host>
  <path>%[4]s/data/</path>
  <tmp_path>%[4]s/tmp/</tmp_path>
  <users_config>users.xml</users_config>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <remote_servers><%[5]s>%[6]s</%[5]s></remote_servers>
</yandex>
`, s.http, s.tcp, between, place.String(), Cluster, shards)
	for name, content := range map[string]string{"config.xml": config, "users.xml": users} {
		if err := os.WriteFile(filepath.Join(s.directory, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// start runs the server and waits until it answers.
func (s *Server) start(ctx context.Context) error {
	process, err := child.Start(exec.Command(s.binary, "--config-file="+filepath.Join(s.directory, "config.xml")))
	if err != nil {
		return fmt.Errorf("ClickHouse did not start: %w", err)
	}
	s.process = process
	var last error
	ended := false
	err = probe.Until(ctx, startPatience, func() bool {
		select {
		case <-process.Exited():
			ended = true
			return true
		default:
		}
		_, last = s.Execute(ctx, "SELECT 1")
		return last == nil
	})
	if err == nil && !ended {
		return nil
	}
	s.Kill()
	return fmt.Errorf("ClickHouse does not answer: %w: %.2000s", errors.Join(err, last), process.Log())
}
