// Package datasource is the Grafana edge of the data source: it turns queries of panels, Explore, alerts, annotations and
// variables into calls of the database, and their answers into data frames.
package datasource
