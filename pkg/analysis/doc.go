// Package analysis finds out what recordings have to say about those who made the calls: path templates, sequences of
// calls, periodic calls, retries, bursts of errors, and sequence diagrams.
//
// Every finding is held against a null model, what chance alone would give, and is reported only where chance is an
// unlikely explanation. Memory is bounded whatever the input is.
package analysis
