// Package remote is the control API of a collector as a store: for Grafana without a database. What the API itself does, such as
// changes with their rights, versions and history, is handed over to it whole (Forward); data sources and live figures read by
// ports.
package remote
