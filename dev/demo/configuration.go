package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/load/consumers"
)

// The ways to show the plugin.
const (
	uiAuto    = "auto"
	uiDocker  = "docker"
	uiGrafana = "grafana"
	uiPreview = "preview"
)

// config is what the environment says about the demo.
type config struct {
	// directory gets endpoints.json and the logs (MOCKFORGE_DEMO_DIRECTORY, .demo).
	directory string
	// lifetime ends the demo by itself (MOCKFORGE_DEMO_SECONDS); 0 is never.
	lifetime time.Duration
	// rate is requests per second of the traffic (MOCKFORGE_DEMO_RATE); 0 is none.
	rate float64
	// storage is what the collector stores in (MOCKFORGE_DEMO_STORAGE: postgres, sqlite).
	storage string
	// ui is how to show the plugin (MOCKFORGE_DEMO_UI: auto, docker, grafana, preview).
	ui string
	// grafanaHome is the folder of an installed Grafana (GRAFANA_HOME).
	grafanaHome string
	// ports by name; those of the environment are fixed, the others only preferred.
	ports map[string]port
	// parent is the id of the process that started the demo, which stops when that is gone (MOCKFORGE_DEMO_PARENT); 0
	// is to go on.
	parent int
}

// port is one TCP port on loopback.
type port struct {
	number int
	// fixed reports whether the user chose the number, so that no other will do.
	fixed bool
	// environment is the variable that chooses it.
	environment string
}

// defaults are the ports in the order in which they are printed.
var defaults = []struct {
	name   string
	number int
}{
	{"ui", 3000},
	{"gateway", 8080},
	{"control", 4600},
	{"metrics", 9464},
	{"api", 8000},
	{"otlp_grpc", 4317},
	{"otlp_http", 4318},
	{"health", 13133},
	{"telemetry", 8888},
	{"postgres", 0},
}

func configuration(lookup func(string) (string, bool)) (config, error) {
	get := func(name, fallback string) string {
		if value, ok := lookup(name); ok && value != "" {
			return value
		}
		return fallback
	}
	c := config{
		directory:   get("MOCKFORGE_DEMO_DIRECTORY", ".demo"),
		storage:     get("MOCKFORGE_DEMO_STORAGE", storagePostgres),
		ui:          get("MOCKFORGE_DEMO_UI", uiAuto),
		grafanaHome: get("GRAFANA_HOME", ""),
		ports:       map[string]port{},
	}
	seconds, err := strconv.ParseFloat(get("MOCKFORGE_DEMO_SECONDS", "0"), 64)
	if err != nil || !(seconds >= 0 && seconds <= 1e9) {
		return c, fmt.Errorf("MOCKFORGE_DEMO_SECONDS must be a number of seconds, is %q", get("MOCKFORGE_DEMO_SECONDS", ""))
	}
	if c.parent, err = strconv.Atoi(get("MOCKFORGE_DEMO_PARENT", "0")); err != nil || c.parent < 0 {
		return c, fmt.Errorf("MOCKFORGE_DEMO_PARENT must be the id of a process, is %q", get("MOCKFORGE_DEMO_PARENT", ""))
	}
	c.lifetime = time.Duration(seconds * float64(time.Second))
	c.rate, err = strconv.ParseFloat(get("MOCKFORGE_DEMO_RATE", strconv.Itoa(consumers.DefaultRate)), 64)
	if err != nil || !(c.rate >= 0 && c.rate <= 10_000) {
		return c, fmt.Errorf("MOCKFORGE_DEMO_RATE must be requests per second from 0 to 10000, is %q", get("MOCKFORGE_DEMO_RATE", ""))
	}
	if c.storage != storagePostgres && c.storage != storageSQLite {
		return c, fmt.Errorf("MOCKFORGE_DEMO_STORAGE must be postgres or sqlite, is %q", c.storage)
	}
	switch c.ui {
	case uiAuto, uiDocker, uiPreview:
	case uiGrafana:
		if c.grafanaHome == "" {
			return c, fmt.Errorf("MOCKFORGE_DEMO_UI is grafana: set GRAFANA_HOME to the folder with bin/grafana, conf and public")
		}
	default:
		return c, fmt.Errorf("MOCKFORGE_DEMO_UI must be auto, docker, grafana or preview, is %q", c.ui)
	}
	for _, d := range defaults {
		p := port{number: d.number, environment: portVariable(d.name)}
		if value := get(p.environment, ""); value != "" {
			p.number, err = strconv.Atoi(value)
			if err != nil || p.number < 0 || p.number > 65535 {
				return c, fmt.Errorf("%s must be a port from 1 to 65535, or 0 for a free one, is %q", p.environment, value)
			}
			p.fixed = p.number != 0
		}
		c.ports[d.name] = p
	}
	return c, nil
}
