// Package grafanahttp is Grafana's way to a collector that is asked in place of a database: a client from the HTTP settings that the
// SDK reads, and what a check of the settings says.
package grafanahttp
