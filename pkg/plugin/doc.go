// Package plugin is the Grafana edge of the product: it turns app settings into a database, Grafana's users into actors
// of the control API, resource calls into its requests, and the traffic of the fleet into a live stream. What happens
// to traffic is decided elsewhere.
package plugin
