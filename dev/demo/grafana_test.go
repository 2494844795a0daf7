package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// TestMain is a Grafana where a test has linked bin/grafana to this program: it listens where it is told and shows its
// arguments and environment.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "grafana" {
		mux := http.NewServeMux()
		ok := func(http.ResponseWriter, *http.Request) {}
		mux.HandleFunc("/api/health", ok)
		mux.HandleFunc("/api/plugins/"+pluginID+"/health", ok)
		mux.HandleFunc("/how", func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string][]string{"arguments": os.Args[1:], "environment": os.Environ()})
		})
		address := net.JoinHostPort(os.Getenv("GF_SERVER_HTTP_ADDR"), os.Getenv("GF_SERVER_HTTP_PORT"))
		fmt.Println(http.ListenAndServe(address, mux))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// installGrafana makes a home in which bin/grafana is this program, and a built plugin and the provisioning around it.
func installGrafana(t *testing.T) (home string) {
	t.Helper()
	provisioning, err := filepath.Abs("../../provisioning/grafana")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	home = t.TempDir()
	for _, folder := range []string{"bin", "conf", "public"} {
		if err := os.MkdirAll(filepath.Join(home, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		os.Symlink(self, filepath.Join(home, "bin", "grafana")),
		os.WriteFile(filepath.Join(home, "conf", "defaults.ini"), nil, 0o600),
		os.Mkdir("dist", 0o755),
		os.WriteFile("dist/plugin.json", []byte("{}"), 0o600),
		os.CopyFS("provisioning/grafana", os.DirFS(provisioning)),
		os.CopyFS("provisioning/grafana-by-collector", os.DirFS(provisioning+"-by-collector")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := probe.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestGrafanaOfTheMachineRunsApart(t *testing.T) {
	home := installGrafana(t)
	s := &stack{
		config: config{grafanaHome: home}, directory: t.TempDir(), ports: map[string]int{"ui": freePort(t)}, failed: make(chan error, 1),
		endpoints: endpoints{DSN: "postgres://u:p@127.0.0.1:1/d"},
	}
	if err := s.startGrafana(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	}()
	response, err := http.Get(s.endpoints.UI + "/how")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var how struct{ Arguments, Environment []string }
	if err := json.NewDecoder(response.Body).Decode(&how); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(how.Arguments, []string{"server", "--homepath", home}) {
		t.Errorf("arguments %q", how.Arguments)
	}
	for _, want := range []string{
		"GF_SERVER_HTTP_ADDR=127.0.0.1",
		"GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=" + pluginID + ",mockforge-recordings-datasource,mockforge-scenario-panel",
		"GF_ANALYTICS_REPORTING_ENABLED=false",
		"GF_ANALYTICS_CHECK_FOR_UPDATES=false",
		"GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false",
		"GF_NEWS_NEWS_FEED_ENABLED=false",
		"MOCKFORGE_DSN=postgres://u:p@127.0.0.1:1/d",
	} {
		if !slices.Contains(how.Environment, want) {
			t.Errorf("%s is not in its environment", want)
		}
	}
	folder := func(name string) string {
		for _, variable := range how.Environment {
			if path, ok := strings.CutPrefix(variable, name+"="); ok {
				return path
			}
		}
		return ""
	}
	for name, file := range map[string]string{
		"GF_PATHS_PLUGINS":      pluginID + "/plugin.json",
		"GF_PATHS_PROVISIONING": "plugins/mockforge.yaml",
	} {
		if _, err := os.Stat(filepath.Join(folder(name), file)); err != nil || strings.HasPrefix(folder(name), home) {
			t.Errorf("%s is %q: %v; want a folder of the demo's own with %s", name, folder(name), err, file)
		}
	}
	if data := folder("GF_PATHS_DATA"); data == "" || strings.HasPrefix(data, home) {
		t.Errorf("GF_PATHS_DATA is %q; want a folder of the demo's own", data)
	}
}

func TestProvisioningOfAGrafanaThatAsksACollector(t *testing.T) {
	installGrafana(t)
	for storage, want := range map[string]string{storagePostgres: "$__env{MOCKFORGE_DSN}", storageSQLite: "$__env{MOCKFORGE_COLLECTOR_URL}"} {
		s := &stack{config: config{storage: storage}}
		_, provisioning, err := s.grafanaFolders(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"plugins/mockforge.yaml", "datasources/mockforge.yaml"} {
			content, err := os.ReadFile(filepath.Join(provisioning, file))
			if err != nil || !strings.Contains(string(content), want) || strings.Contains(string(content), "MOCKFORGE_DSN") != (storage == storagePostgres) {
				t.Errorf("%s over %s: %v; want %s, and nothing of the other", file, storage, err, want)
			}
		}
		if _, err := os.Stat(filepath.Join(provisioning, "dashboards", "mockforge.yaml")); err != nil {
			t.Errorf("%s: %v", storage, err)
		}
	}
}

func TestAGrafanaHomeThatIsNone(t *testing.T) {
	s := &stack{config: config{grafanaHome: t.TempDir()}, directory: t.TempDir()}
	err := s.startGrafana(t.Context())
	if err == nil || !strings.Contains(err.Error(), "GRAFANA_HOME") || !strings.Contains(err.Error(), "bin/grafana") {
		t.Errorf("%v; want an error that says what GRAFANA_HOME must be", err)
	}
}
