package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// ofOthers are top-level keys of blocks that are for other programs.
var ofOthers = map[string]string{
	"scrape_configs": "Prometheus", "groups": "Prometheus", "jsonData": "a data source of Grafana",
	"apiVersion": "Grafana's provisioning: pkg/datasource follows its links",
	"dist":       "the Collector builder: manifests/ builds it",
}

// configurations are the YAML blocks of the documents by their names.
func configurations(t *testing.T) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, b := range blocks(t, "ya?ml") {
		var content map[string]any
		if err := yaml.Unmarshal([]byte(b.text), &content); err != nil || len(content) == 0 {
			t.Errorf("%s: %d keys, %v", b.name, len(content), err)
			continue
		}
		all[b.name] = content
	}
	return all
}

// within puts the keys of a fragment where they belong, and adds what a whole has besides.
func within(t *testing.T, fragment map[string]any) map[string]any {
	t.Helper()
	gateway := func(g map[string]any) map[string]any {
		whole := map[string]any{
			"name": "shop", "server": map[string]any{"endpoint": "127.0.0.1:8080"}, "upstream": map[string]any{"endpoint": "http://127.0.0.1:8000"},
		}
		maps.Copy(whole, g)
		return whole
	}
	extension := map[string]any{"gateways": []any{gateway(nil)}}
	whole := map[string]any{
		"extensions": map[string]any{"mockforge": extension},
		"receivers":  map[string]any{"otlp": map[string]any{"protocols": map[string]any{"http": map[string]any{}}}},
		"exporters":  map[string]any{"debug": nil},
		"service": map[string]any{
			"extensions": []any{"mockforge"},
			"pipelines":  map[string]any{"logs": map[string]any{"receivers": []any{"otlp"}, "exporters": []any{"debug"}}},
		},
	}
	for key, value := range fragment {
		switch key {
		case "extensions":
			ours, _ := value.(map[string]any)["mockforge"].(map[string]any)
			maps.Copy(extension, ours)
			maps.Copy(whole[key].(map[string]any), value.(map[string]any))
			whole[key].(map[string]any)["mockforge"] = extension
		case "receivers", "exporters":
			maps.Copy(whole[key].(map[string]any), value.(map[string]any))
		case "redact":
			extension["recorder"] = map[string]any{"redact": value}
		case "mocks":
			extension["gateways"] = []any{gateway(map[string]any{"mocks": value})}
		case "gateways":
			var list []any
			for _, g := range value.([]any) {
				list = append(list, gateway(g.(map[string]any)))
			}
			extension["gateways"] = list
		default:
			t.Fatalf("nobody knows where the key %s belongs: put it into a whole, or say here where", key)
		}
	}
	return whole
}

// Each configuration of the documents is one that the Collector takes: a complete one as it stands, part of one in a whole.
func TestTheConfigurationsOfTheDocumentsAreTaken(t *testing.T) {
	complete := 0
	for name, whole := range configurations(t) {
		key := slices.Sorted(maps.Keys(whole))[0]
		if program, others := ofOthers[key]; others {
			t.Logf("%s is for %s", name, program)
			continue
		}
		t.Run(name, func(t *testing.T) {
			if _, isWhole := whole["service"]; !isWhole {
				whole = within(t, whole)
			} else {
				complete++
			}
			env := map[string]string{"MOCKFORGE_DSN": "postgres://nobody@127.0.0.1:1/none", "MOCKFORGE_HASH_KEY": strings.Repeat("k", 32), "MOCKFORGE_GRAFANA_TOKEN": strings.Repeat("t", 32)}
			if output, err := command(t, env, "validate", "--config", written(t, whole)).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
	if complete < 3 {
		t.Errorf("%d complete configurations: the quickstart and the README of the extension have three", complete)
	}
}

// Complete configurations start and forward, also in a Collector that wants pipelines where they have one.
func TestTheCompleteConfigurationsOfTheDocumentsStart(t *testing.T) {
	for name, content := range configurations(t) {
		service, isWhole := content["service"].(map[string]any)
		if !isWhole {
			continue
		}
		t.Run(name, func(t *testing.T) {
			// What stands in the document may be taken on this machine: the addresses alone are others here.
			extension := content["extensions"].(map[string]any)["mockforge"].(map[string]any)
			gateway := extension["gateways"].([]any)[0].(map[string]any)
			at := "127.0.0.1:" + port(t)
			gateway["server"].(map[string]any)["endpoint"] = at
			gateway["upstream"].(map[string]any)["endpoint"] = "http://" + echoing(t)
			extension["control"] = map[string]any{"endpoint": "127.0.0.1:" + port(t)}
			extension["prometheus"] = map[string]any{"endpoint": "127.0.0.1:" + port(t)}
			service["telemetry"] = map[string]any{"metrics": map[string]any{"level": "none"}}
			arguments := []string{"--config"}
			if _, has := service["pipelines"]; has {
				if receivers := content["receivers"].(map[string]any); receivers["otlp"] != nil {
					receivers["otlp"] = map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": "127.0.0.1:" + port(t)}}}
				}
				arguments = []string{"--feature-gates=-service.AllowNoPipelines", "--config"}
			}
			run := command(t, map[string]string{"MOCKFORGE_DSN": postgrestest.DSN(t)}, append(arguments, written(t, content))...)
			output := &log{}
			run.Stdout, run.Stderr = output, output
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- run.Wait() }()
			t.Cleanup(func() { _ = run.Process.Kill(); <-ended })
			eventually(t, "the gateway forwards", func() bool {
				select {
				case err := <-ended:
					ended <- err
					t.Fatalf("ended with %v: %s", err, output)
				default:
				}
				status, body := call(t, "GET", "http://"+at+"/users/7", "", "")
				return status == 200 && body == "GET /users/7"
			})
		})
	}
}

func written(t *testing.T, configuration map[string]any) string {
	t.Helper()
	text, err := yaml.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// echoing returns the address of an upstream that answers with the line it was asked.
func echoing(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}
