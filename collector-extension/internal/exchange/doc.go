// Package exchange is the life of one exchange, written once for gateways and for the pipelines of a Collector, which are its
// adapters: they know listeners, protocols and messages, this package knows none.
//
//	Begin ──▶ Decide ──▶ Inject ──▶ Forwarding ──▶ Answered ──▶ Finish ──▶ Terms.Observe
//	 clock     who calls,  harm, or    the upstream   the first    times, faults, failure,
//	 capture   scenario,   an answer   is asked       byte         bodies: handed over once
//	 room      recording   instead
//
// Fail, Update and both bodies may be used from any goroutine at any time between Decide and Finish; after that they do nothing.
package exchange
