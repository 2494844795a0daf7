// Package sqlite keeps what the product stores in one file, for a collector that has no database server: recordings, the scenario with
// its presets and history, the instance that is running.
//
// One process has the file at a time (see Open). Within it one connection writes, and others read what was committed before they
// began.
package sqlite
