package clickhouse

import (
	"fmt"
	"strings"
)

// schemaVersion is that of the tables below; it is kept in the table of the schema.
const schemaVersion = 1

// The tables. Where there is a cluster each has a part on every shard, and the name is that of all parts together.
const (
	recordingsTable = "recordings"
	trafficTable    = "traffic_intervals"
	// See ledger.
	batchesTable = "batches"
	leftOutTable = "left_out"
	settledTable = "settled"
	schemaTable  = "schema_versions"
	// partSuffix names what one shard has of a table.
	partSuffix = "_part"
)

// definition is a table before it is known where it goes.
type definition struct {
	name string
	// columns are with their types, indexes behind them.
	columns []string
	engine  string // of a MergeTree, without Replicated before it
	clauses string // what comes behind the engine
	// sharding says on which shard a row is; rows that are on whichever shard was asked have none.
	sharding string
}

// definitions returns the tables as a version of the server has them best. Every version is given the same columns, and the same
// statements work on all; what differs is how they are stored, and what is found by an index.
func (v version) definitions() []definition {
	recordings := definition{
		name: recordingsTable, engine: "MergeTree", sharding: "id_low",
		clauses: "PARTITION BY day ORDER BY (time, id_high, id_low)" + v.settings(),
	}
	for _, c := range columns {
		recordings.columns = append(recordings.columns, c.name+" "+v.typeOf(c))
	}
	if v.hasDateTime64() { // For people who look into the table.
		recordings.columns = append(recordings.columns, "timestamp DateTime64(6, 'UTC') ALIAS fromUnixTimestamp64Micro(time, 'UTC')")
	}
	if v.hasBloomFilters() {
		recordings.columns = append(recordings.columns,
			"INDEX by_id id_low TYPE bloom_filter(0.001) GRANULARITY 4",
			"INDEX by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 4",
			"INDEX by_consumer consumer TYPE bloom_filter(0.01) GRANULARITY 4",
			"INDEX by_tag tags TYPE bloom_filter(0.01) GRANULARITY 4",
			"INDEX by_fault fault_set TYPE bloom_filter(0.01) GRANULARITY 4",
			"INDEX by_header_name header_names TYPE bloom_filter(0.01) GRANULARITY 4",
			"INDEX by_response_time response_time_ms TYPE minmax GRANULARITY 4")
	}
	traffic := definition{
		name: trafficTable, engine: "ReplacingMergeTree", sharding: "cityHash64(instance)",
		clauses: "PARTITION BY day ORDER BY (start, instance, gateway, protocol, route, mode)",
	}
	for _, c := range trafficColumns {
		traffic.columns = append(traffic.columns, c.name+" "+v.typeOf(column{of: c.of}))
	}
	if v.hasTTL() { // Maintenance drops the days as well; this is for when nobody calls it.
		traffic.clauses += " TTL toDateTime(intDiv(start, 1000000)) + INTERVAL 3 DAY"
	}
	return []definition{
		recordings,
		traffic,
		{
			name:    batchesTable,
			columns: []string{"day Int32", "begun UInt32", "batch UInt64", "committed UInt8", "other_batches Array(UInt64)", "other_begun Array(UInt32)", "id_highs Array(UInt64)", "id_lows Array(UInt64)"},
			engine:  "MergeTree", clauses: "PARTITION BY day ORDER BY (begun, batch)",
		},
		{name: leftOutTable, columns: []string{"batch UInt64", "id_high UInt64", "id_low UInt64"}, engine: "MergeTree", clauses: "PARTITION BY tuple() ORDER BY batch"},
		{name: settledTable, columns: []string{"mark UInt32"}, engine: "MergeTree", clauses: "PARTITION BY tuple() ORDER BY mark"},
		{name: schemaTable, columns: []string{"version UInt32"}, engine: "MergeTree", clauses: "PARTITION BY tuple() ORDER BY version"},
	}
}

// typeOf returns how v has a column.
func (v version) typeOf(c column) string {
	kind, codec := string(c.of), ""
	switch c.of {
	case few:
		kind = "String"
		if v.hasLowCardinality() {
			kind = "LowCardinality(String)"
		}
	case large:
		kind, codec = "String", " CODEC(ZSTD(3))"
	case texts, lists, bytesOf:
		codec = " CODEC(ZSTD(1))"
	}
	switch c.name {
	case "time", "begun", "batch", "day":
		codec = " CODEC(Delta, ZSTD(1))"
	}
	if !v.hasCodecs() {
		codec = ""
	}
	return kind + codec
}

// settings has servers store small parts in one file each, where they can.
func (v version) settings() string {
	if v.from(20, 1) {
		return " SETTINGS index_granularity = 8192, min_bytes_for_wide_part = 10485760"
	}
	return ""
}

// place is where tables go.
type place struct {
	database string
	// cluster is empty where there is one server.
	cluster string
	// replicated reports whether a shard has several replicas; keeper whether servers run definitions for each other.
	replicated, keeper bool
}

// statements returns what makes the tables of v at a place, each of which does nothing where it has been run already.
func (p place) statements(v version) []string {
	on := ""
	if p.cluster != "" && p.keeper {
		on = " ON CLUSTER " + name(p.cluster)
	}
	all := []string{"CREATE DATABASE IF NOT EXISTS " + name(p.database) + on}
	for _, d := range v.definitions() {
		columns := strings.Join(d.columns, ", ")
		part := p.part(d.name)
		all = append(all, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s (%s) ENGINE = %s %s", part, on, columns, p.engine(d), d.clauses))
		if p.cluster == "" {
			continue
		}
		sharding := ""
		if d.sharding != "" {
			sharding = ", " + d.sharding
		}
		all = append(all, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s AS %s ENGINE = Distributed(%s, %s, %s%s)",
			p.whole(d.name), on, part, name(p.cluster), name(p.database), name(d.name+partSuffix), sharding))
	}
	return all
}

func (p place) engine(d definition) string {
	if !p.replicated {
		return d.engine + "()"
	}
	return fmt.Sprintf("Replicated%s(%s, '{replica}')", d.engine, quoted("/clickhouse/tables/{shard}/"+p.database+"/"+d.name+partSuffix))
}

// whole returns the name of a table with all its parts.
func (p place) whole(table string) string { return name(p.database) + "." + name(table) }

// part returns the name of what the server that is asked has of a table.
func (p place) part(table string) string {
	if p.cluster != "" {
		table += partSuffix
	}
	return p.whole(table)
}
