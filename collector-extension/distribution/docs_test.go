package main

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// documents are those that show configurations, from this folder.
var documents = []string{"../../README.md", "../../CONTRIBUTING.md", "../../bench/README.md", "../README.md", "../../docs/*.md", "../../docs/*/*.md"}

// ofOthers are top-level keys of blocks that are for other programs.
var ofOthers = map[string]string{
	"scrape_configs": "Prometheus", "groups": "Prometheus", "jsonData": "a data source of Grafana",
}

// block is a YAML block of a document.
type block struct {
	name    string
	content map[string]any
}

func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	for _, pattern := range documents {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no file (%v)", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// A block may stand within a list: each of its lines is then as far in as its fences.
			for _, found := range regexp.MustCompile("(?ms)^( *)```ya?ml\n(.*?)^ *```$").FindAllSubmatchIndex(text, -1) {
				line := strings.Count(string(text[:found[0]]), "\n") + 1
				indent, inner := string(text[found[2]:found[3]]), string(text[found[4]:found[5]])
				b := block{name: filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file) + " line " + strconv.Itoa(line)}
				inner = strings.ReplaceAll("\n"+inner, "\n"+indent, "\n")
				if err := yaml.Unmarshal([]byte(inner), &b.content); err != nil {
					t.Errorf("%s: %v", b.name, err)
				}
				all = append(all, b)
			}
		}
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
	for _, b := range blocks(t) {
		key := slices.Sorted(maps.Keys(b.content))[0]
		if program, others := ofOthers[key]; others {
			t.Logf("%s is for %s", b.name, program)
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			whole := b.content
			if _, isWhole := whole["service"]; !isWhole {
				whole = within(t, whole)
			} else {
				complete++
			}
			env := map[string]string{"MOCKFORGE_DSN": "postgres://nobody@127.0.0.1:1/none", "MOCKFORGE_HASH_KEY": strings.Repeat("k", 32)}
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
	for _, b := range blocks(t) {
		service, isWhole := b.content["service"].(map[string]any)
		if !isWhole {
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			// What stands in the document may be taken on this machine: the addresses alone are others here.
			extension := b.content["extensions"].(map[string]any)["mockforge"].(map[string]any)
			gateway := extension["gateways"].([]any)[0].(map[string]any)
			at := "127.0.0.1:" + port(t)
			gateway["server"].(map[string]any)["endpoint"] = at
			gateway["upstream"].(map[string]any)["endpoint"] = "http://" + echoing(t)
			extension["control"] = map[string]any{"endpoint": "127.0.0.1:" + port(t)}
			extension["prometheus"] = map[string]any{"endpoint": "127.0.0.1:" + port(t)}
			service["telemetry"] = map[string]any{"metrics": map[string]any{"level": "none"}}
			arguments := []string{"--config"}
			if _, has := service["pipelines"]; has {
				b.content["receivers"] = map[string]any{"otlp": map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": "127.0.0.1:" + port(t)}}}}
				arguments = []string{"--feature-gates=-service.AllowNoPipelines", "--config"}
			}
			run := command(t, map[string]string{"MOCKFORGE_DSN": postgrestest.DSN(t)}, append(arguments, written(t, b.content))...)
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
