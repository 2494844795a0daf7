// Package mockforgereceiver is an OpenTelemetry Collector receiver that brings the recordings of the MockForge extension into pipelines
// of logs: each exchange is a log record by the semantic conventions, redacted as it is stored.
package mockforgereceiver
