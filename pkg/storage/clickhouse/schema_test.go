package clickhouse

import (
	"strings"
	"testing"

	"github.com/AfterShip/clickhouse-sql-parser/parser"
)

// Only an old server can be run here: what newer ones are given is read by a parser of their language.
func TestDefinitionsAreOfTheServersLanguage(t *testing.T) {
	versions := map[string]version{"18.16.1": {18, 16}, "19.14.3": {19, 14}, "20.3.1": {20, 3}, "21.8.15": {21, 8}, "23.3.1": {23, 3}, "24.8.4.13": {24, 8}, "25.12.1": {25, 12}}
	places := map[string]place{
		"one server": {database: "mock-forge"}, "shards": {database: "m", cluster: "c", keeper: false},
		"shards with a Keeper": {database: "m", cluster: "c", keeper: true}, "replicas": {database: "m", cluster: "c", keeper: true, replicated: true},
	}
	for text, want := range versions {
		v, err := parseVersion(text)
		if err != nil || v != want {
			t.Errorf("%s is %v, %v", text, v, err)
		}
		for where, p := range places {
			for _, statement := range p.statements(v) {
				parsed, err := parser.NewParser(statement).ParseStmts()
				if err != nil || len(parsed) != 1 {
					t.Errorf("%s, %s: %.300v", text, where, err)
				}
			}
		}
	}
}

func TestDefinitionsHaveWhatTheVersionHas(t *testing.T) {
	of := func(v version, p place) string { return strings.Join(p.statements(v), "\n") }
	single := place{database: "m"}
	for _, test := range []struct {
		name  string
		all   string
		with  []string
		never []string
	}{
		{
			"old", of(version{18, 16}, single),
			[]string{"ENGINE = MergeTree() PARTITION BY day ORDER BY (time, id_high, id_low)", "protocol String", "ReplacingMergeTree()"},
			[]string{"CODEC", "LowCardinality", "TTL", "INDEX", "DateTime64", "SETTINGS", "ON CLUSTER", "Distributed", "Replicated"},
		},
		{"with codecs", of(version{19, 3}, single), []string{"CODEC(ZSTD(3))", "LowCardinality(String)"}, []string{"TTL", "INDEX", "DateTime64"}},
		{"new", of(version{24, 8}, single), []string{"DateTime64(6, 'UTC')", "bloom_filter", "TTL toDateTime", "LowCardinality(String)", "SETTINGS"}, []string{"Distributed"}},
		{"shards", of(version{18, 16}, place{database: "m", cluster: "c"}), []string{"`recordings_part` (", "ENGINE = Distributed(`c`, `m`, `recordings_part`, id_low)"}, []string{"ON CLUSTER", "Replicated"}},
		{"replicas", of(version{24, 8}, place{database: "m", cluster: "c", keeper: true, replicated: true}), []string{
			"ON CLUSTER `c`", "ReplicatedMergeTree('/clickhouse/tables/{shard}/m/recordings_part', '{replica}')", "ReplicatedReplacingMergeTree(",
		}, nil},
	} {
		for _, part := range test.with {
			if !strings.Contains(test.all, part) {
				t.Errorf("%s: there is no %s", test.name, part)
			}
		}
		for _, part := range test.never {
			if strings.Contains(test.all, part) {
				t.Errorf("%s: there is %s", test.name, part)
			}
		}
	}
}

func TestVersionsThatAreNone(t *testing.T) {
	for _, text := range []string{"", "24", "a.b", "24.x", "-1.2", "."} {
		if v, err := parseVersion(text); err == nil {
			t.Errorf("%q is %v", text, v)
		}
	}
	for _, test := range []struct {
		v    version
		want bool
	}{{version{19, 2}, false}, {version{19, 3}, true}, {version{19, 4}, true}, {version{18, 99}, false}, {version{20, 1}, true}} {
		if got := test.v.hasCodecs(); got != test.want {
			t.Errorf("%v has codecs: %v", test.v, got)
		}
	}
}
