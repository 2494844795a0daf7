package main

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

func environment(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func TestConfigurationOfTheEnvironment(t *testing.T) {
	c, err := configuration(environment(map[string]string{
		"MOCKFORGE_DEMO_SECONDS": "1.5", "MOCKFORGE_DEMO_RATE": "0", "MOCKFORGE_DEMO_UI": "preview", "MOCKFORGE_DEMO_UI_PORT": "0",
		"MOCKFORGE_DEMO_GATEWAY_PORT": "18080", "MOCKFORGE_DEMO_STORAGE": "sqlite",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if c.lifetime != 1500*time.Millisecond || c.rate != 0 || c.ui != uiPreview || c.storage != storageSQLite || c.directory != ".demo" {
		t.Errorf("%+v", c)
	}
	if p := c.ports["ui"]; p.number != 0 || p.fixed {
		t.Errorf("ui: %+v; want any free port", p)
	}
	if p := c.ports["gateway"]; p.number != 18080 || !p.fixed {
		t.Errorf("gateway: %+v; want 18080 and no other", p)
	}
	if p := c.ports["control"]; p.number != 4600 || p.fixed {
		t.Errorf("control: %+v; want 4600 if it is free", p)
	}
}

func TestTheDemoStoresInPostgreSQLWhereNothingIsSaid(t *testing.T) {
	for _, values := range []map[string]string{nil, {"MOCKFORGE_DEMO_STORAGE": ""}, {"MOCKFORGE_DEMO_STORAGE": "postgres"}} {
		if c, err := configuration(environment(values)); err != nil || c.storage != storagePostgres {
			t.Errorf("%v: %q, %v", values, c.storage, err)
		}
	}
}

func TestConfigurationNamesWhatIsWrong(t *testing.T) {
	for name, value := range map[string]string{
		"MOCKFORGE_DEMO_SECONDS":  "soon",
		"MOCKFORGE_DEMO_RATE":     "-1",
		"MOCKFORGE_DEMO_UI":       "browser",
		"MOCKFORGE_DEMO_STORAGE":  "mysql",
		"MOCKFORGE_DEMO_UI_PORT":  "70000",
		"MOCKFORGE_DEMO_API_PORT": "http",
		"MOCKFORGE_DEMO_PARENT":   "me",
	} {
		if _, err := configuration(environment(map[string]string{name: value})); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v; want an error that names it", name, value, err)
		}
	}
	if _, err := configuration(environment(map[string]string{"MOCKFORGE_DEMO_UI": "grafana"})); err == nil || !strings.Contains(err.Error(), "GRAFANA_HOME") {
		t.Errorf("grafana without a home: %v", err)
	}
}

func TestATakenPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	number := taken.Addr().(*net.TCPAddr).Port
	free := map[string]port{}
	for _, d := range defaults {
		free[d.name] = port{environment: portVariable(d.name)}
	}

	t.Run("chosen by the user it is an error that says what to do", func(t *testing.T) {
		free["gateway"] = port{number: number, fixed: true, environment: portVariable("gateway")}
		_, err := choosePorts(t.Context(), free, t.Logf)
		if err == nil || !strings.Contains(err.Error(), strconv.Itoa(number)) || !strings.Contains(err.Error(), "MOCKFORGE_DEMO_GATEWAY_PORT") {
			t.Errorf("%v; want an error with the port and its variable", err)
		}
	})
	t.Run("a default gives way to a free one", func(t *testing.T) {
		free["gateway"] = port{number: number, environment: portVariable("gateway")}
		var said []string
		chosen, err := choosePorts(t.Context(), free, func(format string, args ...any) { said = append(said, format) })
		if err != nil {
			t.Fatal(err)
		}
		if chosen["gateway"] == number || chosen["gateway"] == 0 || len(said) != 1 {
			t.Errorf("gateway on %d, with %d lines said; want another port and one line", chosen["gateway"], len(said))
		}
		seen := map[int]bool{}
		for name, number := range chosen {
			if seen[number] {
				t.Errorf("%s shares port %d", name, number)
			}
			seen[number] = true
		}
	})
}
