// Package clickhouse keeps recordings and counted traffic in ClickHouse, on one server or on many: for fleets that one PostgreSQL is
// too small for. All else (scenarios, presets, instances, patterns, replays, tags by hand) stays in PostgreSQL.
//
// It speaks to the HTTP interface by net/http, in RowBinary, which every version has: version 18.16 (of 2018) is what it is tested
// with. What newer versions have is used there, and never needed; see definitions.
//
// ClickHouse has no transactions. That a batch is there whole or not at all, and once however often it was written, comes from the
// ledger; see there.
package clickhouse
