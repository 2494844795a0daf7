package architecture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mockforge/mockforge-observability-app"

// The software development kits at the project's two edges, and what logs in their ways.
const (
	grafana   = "github.com/grafana/grafana-plugin-sdk-go"
	collector = "go.opentelemetry.io/collector"
	zap       = "go.uber.org/zap"
	hclog     = "github.com/hashicorp/go-hclog"
)

// domain packages know neither edge.
var domain = []string{"validation", "role", "pathpattern", "querystring", "fieldpath", "scenario", "recording", "traffic", "analysis", "replay", "api", "storage", "retry"}

type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

func list(t *testing.T) []goPackage {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", module+"/...")
	command.Dir = "../.."
	var problem bytes.Buffer
	command.Stderr = &problem
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, problem.String())
	}
	var packages []goPackage
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// within reports whether path is the package root or below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func isDomain(path string) bool {
	return slices.ContainsFunc(domain, func(name string) bool { return within(path, module+"/pkg/"+name) })
}

func isPlugin(path string) bool {
	return path == module+"/pkg" || within(path, module+"/pkg/plugin") || within(path, module+"/pkg/datasource") || within(path, module+"/pkg/grafanahttp")
}

func isExtension(path string) bool { return within(path, module+"/collector-extension") }

func TestLayers(t *testing.T) {
	packages := list(t)
	for _, rule := range []struct {
		name      string
		applies   func(path string) bool
		forbidden []string
	}{
		{"the Collector extension never needs Grafana", isExtension, []string{grafana, module + "/pkg/plugin", module + "/pkg/datasource"}},
		{"the plugin never needs the Collector", isPlugin, []string{collector, module + "/collector-extension"}},
		{"domain packages know neither edge", isDomain, []string{grafana, collector, module + "/pkg/plugin", module + "/pkg/datasource", module + "/collector-extension"}},
		{"domain packages log through log/slog", isDomain, []string{zap, hclog}},
		{
			"relays of WebSockets know neither scenarios nor recordings", func(path string) bool {
				return within(path, module+"/collector-extension/internal/websocket")
			},
			[]string{module + "/pkg/scenario", module + "/pkg/recording", module + "/collector-extension/internal/fault"},
		},
		{
			"what takes streams apart harms nothing, and stores nothing", func(path string) bool {
				return within(path, module+"/collector-extension/internal/stream") || within(path, module+"/collector-extension/internal/capture")
			},
			[]string{module + "/pkg/storage", module + "/collector-extension/internal/fault"},
		},
		{
			"the exchange knows neither listeners nor who serves them",
			func(path string) bool { return path == module+"/collector-extension/internal/exchange" },
			[]string{
				collector, module + "/collector-extension/internal/gateway", module + "/collector-extension/internal/middleware",
				module + "/collector-extension/internal/http1", module + "/collector-extension/internal/telemetry", module + "/pkg/storage",
			},
		},
		{
			"the product needs nothing of its development", func(path string) bool {
				return isDomain(path) || isPlugin(path) || isExtension(path) && !strings.HasSuffix(path, "test")
			},
			[]string{module + "/dev"},
		},
	} {
		t.Run(rule.name, func(t *testing.T) {
			for _, p := range packages {
				if !rule.applies(p.ImportPath) || within(p.ImportPath, module+"/pkg/api/apitest") {
					continue
				}
				for _, dependency := range p.Deps {
					for _, forbidden := range rule.forbidden {
						if within(dependency, forbidden) {
							t.Errorf("%s depends on %s", p.ImportPath, dependency)
						}
					}
				}
			}
		})
	}
}

func TestImports(t *testing.T) {
	packages := list(t)
	for _, rule := range []struct {
		name      string
		forbidden []string
		allowed   func(path string) bool
	}{
		{
			"SQL is in the stores only",
			[]string{"database/sql", "github.com/lib/pq"},
			func(path string) bool {
				return within(path, module+"/pkg/storage") || within(path, module+"/dev") || within(path, module+"/bench")
			},
		},
		{"math/rand is version 2", []string{"math/rand"}, func(string) bool { return false }},
		{
			"PostgreSQL is not known where scenarios are decided or recordings described",
			[]string{module + "/pkg/storage"},
			func(path string) bool { return !isDomain(path) || within(path, module+"/pkg/storage") },
		},
	} {
		t.Run(rule.name, func(t *testing.T) {
			for _, p := range packages {
				if rule.allowed(p.ImportPath) {
					continue
				}
				for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
					if slices.Contains(rule.forbidden, imported) {
						t.Errorf("%s imports %s", p.ImportPath, imported)
					}
				}
			}
		})
	}
}
