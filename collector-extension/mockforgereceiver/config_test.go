package mockforgereceiver

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func TestConfigurations(t *testing.T) {
	if err := componenttest.CheckConfigStruct(NewFactory().CreateDefaultConfig()); err != nil {
		t.Error(err)
	}
	all, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	whole := createDefaultConfig().(*Config)
	whole.Extension = component.MustNewIDWithName("mockforge", "shop")
	whole.IncludeBodies, whole.MaxBodySizeKB, whole.IncludeQuery, whole.IncludeExporters = true, 64, true, true
	whole.RequestHeaders, whole.ResponseHeaders = []string{"X-Request-Id"}, []string{"Content-Type"}
	whole.BufferSize, whole.BufferMaxMB, whole.RetryOnFailure.Enabled = 5, 1, false
	for id, test := range map[string]struct {
		want    *Config
		problem string
	}{
		"mockforge":                 {want: createDefaultConfig().(*Config)},
		"mockforge/all":             {want: whole},
		"mockforge/no_extension":    {problem: "id must not be empty"},
		"mockforge/other_type":      {problem: "extension: must be the name of an extension of type mockforge"},
		"mockforge/no_room":         {problem: "buffer_size: must be between 1 and 10000000, is 0"},
		"mockforge/no_bytes":        {problem: "buffer_max_mb: must be between 1 and"},
		"mockforge/large":           {problem: "max_body_size_kb: must be between 1 and 65536, is 65537"},
		"mockforge/header":          {problem: `request_headers[1]: must be the name of a header (RFC 9110 section 5.1), is "not fine"`},
		"mockforge/response_header": {problem: `response_headers[0]: must be the name of a header`},
		"mockforge/retry":           {problem: "initial_interval"},
	} {
		t.Run(id, func(t *testing.T) {
			part, err := all.Sub(id)
			if err != nil {
				t.Fatal(err)
			}
			config := createDefaultConfig().(*Config)
			if err = part.Unmarshal(config); err == nil {
				err = confmap.Validate(config)
			}
			if test.problem != "" {
				if err == nil || !strings.Contains(err.Error(), test.problem) {
					t.Errorf("got %v, want %s", err, test.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, config, cmpopts.IgnoreUnexported(Config{}, configretry.BackOffConfig{}), cmp.Comparer(func(a, b component.ID) bool { return a == b })); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
