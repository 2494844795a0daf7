// Package storage opens a store by its configuration. Who has one works with it by the ports of package api, and does not know
// which it is:
//
//	              ┌─ postgres: a fleet
//	Open(Config) ─┼─ clickhouse: recordings and traffic of a large fleet, the rest in a PostgreSQL
//	              └─ sqlite: one collector, one file
//
// What one store has and others do not is in small interfaces of its own (Severer, Sizer, Divider), which nobody needs to have.
package storage
