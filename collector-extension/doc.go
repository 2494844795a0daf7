// Package mockforgeextension is an OpenTelemetry Collector extension that puts gateways in front of APIs: it forwards
// their traffic, injects faults into it as the live scenario says, records it, and counts it.
package mockforgeextension
