package main

import (
	"strings"
	"testing"
)

// The sample of a collector with a file is taken over the one with PostgreSQL, whose connection string does not get in its way; a
// token that is missing is asked for. The browser tests run it.
func TestTheSampleWithAFileIsTakenOverTheOneWithADatabase(t *testing.T) {
	for _, test := range []struct{ name, token, refusal string }{
		{"whole", strings.Repeat("t", 16), ""},
		{"a short token", strings.Repeat("t", 15), "delegates"},
		{"no token", "", "delegates"},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := map[string]string{"MOCKFORGE_DSN": "postgres://nobody@127.0.0.1:1/none", "MOCKFORGE_GRAFANA_TOKEN": test.token}
			output, err := command(t, env, "validate", "--config", "../../provisioning/collector/collector.yaml", "--config", "../../provisioning/collector/file.yaml").CombinedOutput()
			if (err != nil) != (test.refusal != "") || !strings.Contains(string(output), test.refusal) {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}
