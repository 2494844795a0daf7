// Package previewhost serves the built plugin in a plain page where no Grafana can be had, for tests and for looking at
// the product. It stands in for Grafana's server and page, and offers a plugin only what Grafana offers it: the backend
// runs as a real plugin process over Grafana's gRPC protocol, the frontend is loaded as Grafana loads it, with Grafana's
// own libraries, and between both is the subset of Grafana's HTTP API that plugins use.
//
// It is for loopback only: there is no sign-in, and the page itself chooses the role.
package previewhost
